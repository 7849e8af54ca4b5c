package baselines

import "testing"

func TestKNNGolden(t *testing.T) {
	testGolden(t, KNN{K: 1}, "knn1")
	testGolden(t, KNN{}, "knn5")
}
