// Package baselines holds the transferability metrics that SFDA is compared
// with, one to a file.
//
// Each metric is a struct whose fields are its parameters, with tags that say
// their names, defaults, ranges and meanings. A zero value is the metric with its
// defaults. Its doc comment gives the formula of the paper and, where the authors'
// released code computes something else, says so; the default is what the released
// code computes, because that is what published tables contain. Package fidelity says
// what each was compared with, and how closely they agree. Every score is oriented so
// that higher predicts a better fine-tuned accuracy.
//
// Throughout, X is the N×D feature matrix with rows x_n, y_n the class of sample
// n among C classes, n_c the size of class c, π_c = n_c/N its share and μ_c its
// mean. O are the N×Z outputs of the source model and P their softmax. All logs
// are natural.
//
// The files rounding_*.go are about digits alone: they repeat in which order, and to
// how many digits, PyTorch and NumPy compute what some published tables rest on.
package baselines
