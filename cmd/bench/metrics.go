package main

// metric is one that is measured: its name, with parameters after commas, as
// reference knows it.
type metric struct {
	name      string
	largest   int     // most samples that it is measured with
	tolerance float64 // relative difference of scores up to which both sides agree
}

// Where Python needs minutes or N×N matrices of many GiB, a size is only for the
// metrics that it is about.
const (
	small = 1000
	most  = 2000
	large = 5000
	huge  = 20000
)

const (
	exact   = 1e-6 // both compute the same; released roundings to float32 are repeated here only
	chance  = 0.15 // random starts or folds differ
	stopped = 1e-2 // Python's solver stops before the minimum
)

var measured = []metric{
	{"sfda", huge, exact},
	{"logme", huge, exact},
	{"hscore", huge, exact},
	{"hscore-shrunk", large, exact},
	{"transrate", large, exact},
	{"gbc", large, exact},
	{"gbc,covariance=diagonal", most, exact},
	{"gbc,covariance=full,dims=16", most, exact},
	{"lfc", large, exact},
	{"parc", large, exact},
	{"knn", large, exact},
	{"nleep", large, chance},
	{"lda", most, exact},
	{"lda,metric=within", most, exact},
	{"etran", most, exact},
	{"energy", most, exact},
	{"ncti", most, exact},
	{"ped:sfda", most, exact},
	{"sa:sfda", most, exact},
	{"leep", most, exact},
	{"nce", most, exact},
	{"pactran-dirichlet", most, exact},
	{"pactran-gamma", most, exact},
	{"pactran-gauss", most, exact},
	{"rsa", most, exact},
	{"dds", most, exact},
	{"id", most, exact},
	{"concept-variance", most, exact},
	{"silhouette", most, exact},
	{"davies-bouldin", most, exact},
	{"fisher-ratio", most, exact},
	{"emms", most, exact},
	{"ncm", most, chance},
	{"lda-cv", most, chance},
	{"itm", most, chance},
	{"logistic", small, chance},
	{"linear-svm", small, chance},
	{"lead", small, stopped},
}
