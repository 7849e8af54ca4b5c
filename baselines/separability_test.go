package baselines

import "testing"

func TestSeparabilityGolden(t *testing.T) {
	testGolden(t, FisherRatio{}, "fisher-ratio")
	testGolden(t, Silhouette{}, "silhouette")
	testGolden(t, flipped{DaviesBouldin{}}, "davies-bouldin")
}

func TestSimplicityGolden(t *testing.T) {
	testGolden(t, flipped{ID{}}, "id")
	testGolden(t, flipped{ConceptVariance{}}, "concept-variance")
}
