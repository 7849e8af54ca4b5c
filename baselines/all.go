package baselines

import "sfdalab/metric"

// All returns the metrics of this package, each with its defaults, in the order in
// which they are listed.
func All() []metric.Metric {
	return []metric.Metric{
		LogME{}, LEEP{}, NCE{}, NLEEP{}, HScore{}, HScoreShrunk{}, TransRate{}, GBC{}, LFC{},
		PACTranDirichlet{}, PACTranGamma{}, PACTranGauss{}, PARC{}, NCTI{}, Energy{}, LDA{},
		ETran{}, PED{}, SA{}, LEAD{}, ITM{}, EMMS{}, TMI{}, KITE{},
		KNN{}, Logistic{}, LinearSVM{}, NCM{}, LDACV{},
		RSA{}, DDS{}, ID{}, ConceptVariance{}, RankMe{}, AlphaReQ{},
		FisherRatio{}, Silhouette{}, DaviesBouldin{}, SourceAccuracy{},
	}
}
