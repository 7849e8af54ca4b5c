// Package finetune fine-tunes networks with a program of the user's choice. It defines
// which settings a protocol tries, how the program is asked and answers, and which
// settings are best.
//
// A trial trains one network on one dataset with one choice of settings and seed, and
// evaluates it on one split. The program is started once for each trial. It reads a
// Request, one line of JSON, from standard input, and writes lines of JSON to standard
// output: progress, and finally a result or an error. It keeps checkpoints in a folder
// that the request names, and continues from them when it is started again for the same
// trial.
//
// A Protocol is how a network gets its accuracy on a dataset: each of its settings is
// trained on the training split and evaluated on the validation split; the best (Best) is
// trained once more on both and evaluated on the test split.
package finetune
