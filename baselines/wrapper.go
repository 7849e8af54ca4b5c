package baselines

import (
	"context"
	"fmt"
	"maps"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/metric"
)

// wrapped returns what a wrapper is around base, whose needs and costs it has as
// its own: "ped" around "sfda" is "ped:sfda".
func wrapped(wrapper metric.Info, base metric.Metric) metric.Info {
	if base == nil {
		return wrapper
	}
	info := base.Info()
	wrapper.Name += ":" + info.Name
	wrapper.Title += " + " + info.Title
	wrapper.Version = 1000*wrapper.Version + info.Version
	wrapper.Needs |= info.Needs
	wrapper.Uses |= info.Uses
	wrapper.Random = wrapper.Random || info.Random
	wrapper.Flipped = info.Flipped
	if info.Cost != metric.CostLinear {
		wrapper.Cost = info.Cost
	}
	return wrapper
}

// scoreMoved returns base's score of s with rows in place of its features, and
// adds details to those of base.
func scoreMoved(ctx context.Context, base metric.Metric, s *features.Set, rows features.Rows, details map[string]float64) (metric.Score, error) {
	data := s.Data
	data.Features = rows
	moved, err := features.New(data)
	if err != nil {
		return metric.Score{}, fmt.Errorf("moved features: %w", err)
	}
	score, err := base.Score(ctx, moved)
	if err != nil {
		return metric.Score{}, err
	}
	for name, v := range details {
		score = withDetail(score, name, v)
	}
	return score, nil
}

// withDetail returns score with one more detail. The details of score itself,
// which others may hold, stay as they are.
func withDetail(score metric.Score, name string, value float64) metric.Score {
	details := maps.Clone(score.Details)
	if details == nil {
		details = make(map[string]float64)
	}
	details[name] = value
	score.Details = details
	return score
}

// clusters are classes as balls: their centres (C×D) and radii, the root of the
// mean squared distance of a class's samples from its centre.
type clusters struct {
	centres *mat.Dense
	radii   []float64
}

// newClusters returns the classes of rows as balls.
func newClusters(rows features.Rows, index []int, c int) clusters {
	counts, centres := features.GroupMeans(rows, index, c)
	squares, radii := squareSums(rows, index, centres), make([]float64, c)
	for k, n := range counts {
		radii[k] = math.Sqrt(floats.Sum(squares.RawRowView(k)) / float64(n))
	}
	return clusters{centres, radii}
}

// shifts returns by how much each centre moves (C×D) when each pair moves apart
// by apart(gap) each, along the line through both; gap is the distance of two
// centres less sigma times their radii. Centres at one place have no line and
// stay.
func (b clusters) shifts(sigma float64, apart func(gap float64) float64) *mat.Dense {
	c, d := b.centres.Dims()
	shift, line := mat.NewDense(c, d, nil), make([]float64, d)
	for i := range c {
		for j := i + 1; j < c; j++ {
			floats.SubTo(line, b.centres.RawRowView(i), b.centres.RawRowView(j))
			distance := floats.Norm(line, 2)
			if distance == 0 {
				continue
			}
			step := apart(distance-sigma*(b.radii[i]+b.radii[j])) / distance
			floats.AddScaled(shift.RawRowView(i), step, line)
			floats.AddScaled(shift.RawRowView(j), -step, line)
		}
	}
	return shift
}
