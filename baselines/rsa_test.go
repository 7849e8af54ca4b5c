package baselines

import (
	"context"
	"testing"

	"sfdalab/features"
	"sfdalab/metric"
)

// withSecond scores with another model's features as the second set.
type withSecond struct {
	metric.Metric
	model map[string]string // dataset → model
}

func (m withSecond) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	second, err := zooSet(m.model[s.Dataset], s.Dataset)
	if err != nil {
		return metric.Score{}, err
	}
	data := s.Data
	data.Second = second.Features
	both, err := features.New(data)
	if err != nil {
		return metric.Score{}, err
	}
	return m.Metric.Score(ctx, both)
}

func TestSecondSetGolden(t *testing.T) {
	models := map[string]string{"animals": "resnet32", "digits": "resnet16", "cifar10": "dense16"}
	testGolden(t, withSecond{RSA{}, models}, "rsa")
	testGolden(t, withSecond{DDS{}, models}, "dds")
}
