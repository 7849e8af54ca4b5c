package main

// compared is a metric that is measured: its name, with parameters after commas, as
// reference knows it.
type compared struct {
	name      string
	largest   int     // most samples that it is measured with
	tolerance float64 // relative difference of scores up to which both sides agree
}

// Sizes are for all metrics but those that need many minutes there in Python, or that
// a size is not about.
const (
	most  = 2000
	large = 5000
	huge  = 20000
)

const (
	exact   = 1e-6 // both compute the same; released roundings to float32 are repeated here only
	chance  = 0.15 // random starts or folds differ
	held    = 0.32 // accuracies on different 200 samples held out: three standard errors of the difference of two of about 1/2
	stopped = 1e-2 // Python's solver stops before the minimum
)

var measured = []compared{
	{"sfda", huge, exact},
	{"logme", huge, exact},
	{"hscore", huge, exact},
	{"hscore-shrunk", large, exact},
	{"transrate", large, exact},
	{"gbc", large, exact},
	{"gbc,covariance=diagonal", large, exact},
	{"gbc,covariance=full,dims=16", large, exact},
	{"lfc", large, exact},
	{"parc", large, exact},
	{"knn", large, exact},
	{"nleep,repeats=1", large, chance},
	{"lda", large, exact},
	{"lda,metric=within", large, exact},
	{"etran", large, exact},
	{"energy", large, exact},
	{"ncti", large, exact},
	{"ped:sfda", large, exact},
	{"sa:sfda", large, exact},
	{"leep", large, exact},
	{"nce", large, exact},
	{"pactran-dirichlet", large, exact},
	{"pactran-gamma", large, exact},
	{"pactran-gauss", most, exact},
	{"rsa", large, exact},
	{"dds", large, exact},
	{"id", large, exact},
	{"concept-variance", large, exact},
	{"silhouette", large, exact},
	{"davies-bouldin", large, exact},
	{"fisher-ratio", large, exact},
	{"rankme", large, exact},
	{"alpha-req", large, exact},
	{"emms", large, exact},
	{"ncm", large, chance},
	{"lda-cv", large, chance},
	{"itm", large, held},
	{"logistic", most, chance},
	{"linear-svm", most, chance},
	{"lead", most, stopped},
}
