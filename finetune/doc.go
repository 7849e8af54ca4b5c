// Package finetune has networks fine-tuned by a program of the user's choice: it says what
// a protocol tries, what the program is asked and answers, and which settings are best.
//
// A trial trains one network on one dataset with one choice of settings and seed, and
// evaluates it on one split. For each trial the program is started once. It reads a
// Request, one line of JSON, from standard input, and writes lines of JSON to standard
// output: progress, and at last a result or an error. It keeps checkpoints in a folder
// that it is given, and goes on from there when it is started for the same trial again.
//
// A Protocol is how a network gets its accuracy on a dataset: each of its settings is
// trained on the training split and evaluated on the validation split; the best (Best) is
// trained once more on both and evaluated on the test split.
package finetune
