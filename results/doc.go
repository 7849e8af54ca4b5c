// Package results says how well scores predict fine-tuned accuracies, and how sure
// one can be of it.
//
// Scores and accuracies come as long gota data frames; ground truths and published
// scores are built in. [Correlate] groups them by dataset and metric, takes a [Measure]
// of each group (the weighted Kendall's τ of the field, or a rival, with SciPy's
// definitions) and an interval by [Bootstrap]. [NewTable] makes of it the table that
// papers print. Reasons to doubt a value are kept beside it, and no value is a silent
// NaN. Everything random depends only on a seed.
//
// Package compare tests whether metrics differ over datasets, package figures draws
// figures, and package report writes everything on one page.
package results
