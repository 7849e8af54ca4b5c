package experiments

import (
	"sfdalab/baselines"
	"sfdalab/sfda"
)

// The metrics that are built in, with their default parameters.
func init() {
	Register(sfda.Default)
	Register(baselines.LogME{Version: "fixed-point"})
	Register(baselines.LEEP{})
	Register(baselines.NCE{})
	Register(baselines.NLEEP{Components: 5, Variance: 0.8, Repeats: 3})
	Register(baselines.HScore{})
	Register(baselines.HScoreShrunk{})
	Register(baselines.TransRate{Distortion: 1e-4})
	Register(baselines.GBC{Covariance: "spherical", Rounding: "released"})
	Register(baselines.LFC{Rounding: "released"})
	Register(baselines.PACTranDirichlet{Prior: 1})
	Register(baselines.PACTranGamma{Prior: 1})
	Register(baselines.PACTranGauss{Lambda: 1, Variance: 100})
	Register(baselines.PARC{Rounding: "released"})
	Register(baselines.NCTI{})
	Register(baselines.Energy{Input: "outputs", Percent: 100, Tail: "low"})
	Register(baselines.LDA{Metric: "identity"})
	Register(baselines.ETran{Weight: 0.15, Metric: "identity"})
	Register(baselines.PED{Sigma: 0.6, Step: 0.1, Exit: 0.5})
	Register(baselines.SA{Alpha: 0.005, Sigma: 0.6, Variant: "released"})
	Register(baselines.LEAD{Time: 1})
	Register(baselines.ITM{Rate: 0.5})
	Register(baselines.EMMS{})
	Register(baselines.KNN{K: 5})
	Register(baselines.Logistic{C: 1, Folds: 5})
	Register(baselines.LinearSVM{C: 1, Folds: 5})
	Register(baselines.NCM{Folds: 5})
	Register(baselines.LDACV{Folds: 5})
	Register(baselines.RSA{})
	Register(baselines.DDS{})
	Register(baselines.ID{Discard: 0.1})
	Register(baselines.ConceptVariance{Alpha: 2})
	Register(baselines.FisherRatio{})
	Register(baselines.Silhouette{})
	Register(baselines.DaviesBouldin{})
	Register(baselines.SourceAccuracy{})
}
