package baselines

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/internal/par"
	"sfdalab/metric"
)

// ITM is the implicit transferability modelling of Zheng et al., "Implicit Modeling
// for Transferability Estimation of Vision Foundation Models" (NeurIPS 2025). A
// linear map W, the latent transferability, takes standardised features to C
// dimensions, a batch at a time; one step of gradient descent on a squared loss,
// in closed form, moves these towards one pseudo-centre a class; and a linear
// head V classifies where they arrive:
//
//	Z = rows of XW, of length 1
//	Ẑ = (I − B) Z + B P,  B = η/n ZZᵀ
//	loss = cross-entropy of softmax(ẐV), with B held fixed
//
// for batches of n = 256, P the one-hot pseudo-centres of the samples' classes
// and η = Rate. W and V are trained together for 500 batches on four fifths of the
// samples; every 100 batches the others are classified, and the highest accuracy
// is the score. Ẑ depends on the labels of the samples that are classified: that is
// the method's own simulation of fine-tuning, and the score is no accuracy on
// unseen labels.
//
// The authors' repository (BUAAHugeGun/ITM) and the full text of the paper could not
// be consulted. The closed form, 500 batches of 256 and the highest of the looks at
// every 100 are in a published summary of the paper, which lists one-hot vectors
// as one of three kinds of pseudo-centres. The rest is as in a port of the
// authors' code by others: a single step, η = 0.5, AdamW with rate 0.005 falling
// linearly to 0 at 10,000 batches, weight decay 0.01, weights drawn as PyTorch
// draws them. Random numbers are ours, so that scores agree with theirs in
// distribution only.
type ITM struct {
	Rate metric.Optional[float64] `param:"rate" default:"0.5" range:"0:1" doc:"η, how far samples move to their pseudo-centres"`
	Seed uint64                   `param:"seed" doc:"seed of the split, the batches and the initial weights"`
}

const (
	itmBatch    = 256
	itmBatches  = 500
	itmInterval = 100 // batches between looks at the held-out samples
)

// Info describes the metric.
func (ITM) Info() metric.Info {
	return metric.Info{
		Name: "itm", Title: "ITM", Version: 2,
		Paper: metric.Paper{Authors: "Zheng et al.", Title: "Implicit Modeling for Transferability Estimation of Vision Foundation Models", Venue: "NeurIPS", Year: 2025},
		Cost:  metric.CostIterative, Random: true,
	}
}

// Score returns the accuracy of evolved held-out samples, in [0, 100].
func (m ITM) Score(ctx context.Context, s *features.Set) (metric.Score, error) {
	m, err := metric.Prepare(m, s)
	if err != nil {
		return metric.Score{}, err
	}
	random := rand.New(rand.NewPCG(m.Seed, 0))
	mean, deviation := deviations(s.Features)
	for j, v := range deviation {
		deviation[j] = max(v*math.Sqrt(float64(s.N())/float64(s.N()-1)), 1e-6)
	}
	x := withOnes(features.Matrix(scaled{s.Features, mean, deviation}))
	net := &evolution{
		rate:   m.Rate.Value(),
		encode: newLayer(random, s.D(), s.C()),
		head:   newLayer(random, s.C(), s.C()),
	}

	order := random.Perm(s.N())
	train, held := order[:s.N()*4/5], order[s.N()*4/5:]
	memory := mat.NewDense(itmBatch, s.D()+1, nil)
	var best float64
	for batch, at := 0, 0; batch < itmBatches; batch++ {
		if err := ctx.Err(); err != nil {
			return metric.Score{}, err
		}
		if at == 0 {
			random.Shuffle(len(train), func(i, j int) { train[i], train[j] = train[j], train[i] })
		}
		part := train[at:min(at+itmBatch, len(train))]
		if at += itmBatch; at >= len(train) {
			at = 0
		}
		rows := memory.Slice(0, len(part), 0, s.D()+1).(*mat.Dense)
		for i, n := range part {
			rows.SetRow(i, x.RawRowView(n))
		}
		net.gradients(rows, pick(s.Labels.Index, part))
		step := batch + 1
		rate := 0.005 * (1 - float64(batch)/10000)
		net.encode.update(rate, step)
		net.head.update(rate, step)
		if step%itmInterval == 0 {
			best = max(best, net.accuracy(x, s.Labels.Index, held))
		}
	}
	return metric.Score{Value: best}, nil
}

// withOnes returns x with a last column of ones, the input of intercepts.
func withOnes(x *mat.Dense) *mat.Dense {
	n, d := x.Dims()
	y := mat.NewDense(n, d+1, nil)
	y.Slice(0, n, 0, d).(*mat.Dense).Copy(x)
	for i := range n {
		y.Set(i, d, 1)
	}
	return y
}

// pick returns the classes of the samples.
func pick(index, samples []int) []int {
	picked := make([]int, len(samples))
	for i, n := range samples {
		picked[i] = index[n]
	}
	return picked
}

// layer is a linear map with intercepts as its last row, and what AdamW (Loshchilov
// and Hutter, ICLR 2019) keeps of its gradients.
type layer struct {
	weights, gradient *mat.Dense // (inputs+1)×outputs
	first, second     []float64  // running means of the gradient and its square
}

// newLayer draws weights and intercepts from ±1/√inputs.
func newLayer(random *rand.Rand, inputs, outputs int) *layer {
	bound := 1 / math.Sqrt(float64(inputs))
	l := &layer{
		weights:  mat.NewDense(inputs+1, outputs, nil),
		gradient: mat.NewDense(inputs+1, outputs, nil),
		first:    make([]float64, (inputs+1)*outputs),
		second:   make([]float64, (inputs+1)*outputs),
	}
	for i := range l.first {
		l.weights.RawMatrix().Data[i] = bound * (2*random.Float64() - 1)
	}
	return l
}

// update makes the given step of AdamW, counted from 1.
func (l *layer) update(rate float64, step int) {
	const beta1, beta2, epsilon, decay = 0.9, 0.999, 1e-8, 0.01
	size := rate / (1 - math.Pow(beta1, float64(step)))
	root := 1 / math.Sqrt(1-math.Pow(beta2, float64(step)))
	weights, gradient := l.weights.RawMatrix().Data, l.gradient.RawMatrix().Data
	const piece = 4096
	par.For((len(weights)+piece-1)/piece, func(p int) {
		for i := p * piece; i < min((p+1)*piece, len(weights)); i++ {
			g := gradient[i]
			l.first[i] = beta1*l.first[i] + (1-beta1)*g
			l.second[i] = beta2*l.second[i] + (1-beta2)*g*g
			weights[i] -= rate*decay*weights[i] + size*l.first[i]/(root*math.Sqrt(l.second[i])+epsilon)
		}
	})
}

// evolution is the network of ITM.
type evolution struct {
	rate         float64
	encode, head *layer
}

// batch is what the network makes of a batch of samples.
type batch struct {
	lengths []float64  // of the rows of XW
	z       *mat.Dense // n×C
	arrived *mat.Dense // Ẑ with ones, n×(C+1)
	scores  *mat.Dense // n×C
}

// evolve carries a batch (n×(D+1), with ones) of classes y through the network.
func (e *evolution) evolve(x *mat.Dense, y []int) batch {
	n, c := len(y), e.head.weights.RawMatrix().Cols
	b := batch{lengths: make([]float64, n), z: mat.NewDense(n, c, nil), scores: mat.NewDense(n, c, nil)}
	b.z.Mul(x, e.encode.weights)
	away := mat.NewDense(n, c, nil) // Z − P
	for i := range n {
		row := b.z.RawRowView(i)
		b.lengths[i] = max(floats.Norm(row, 2), 1e-12)
		floats.Scale(1/b.lengths[i], row)
		away.SetRow(i, row)
		away.Set(i, y[i], away.At(i, y[i])-1)
	}
	moved := e.shrink(b.z, away)
	for i := range n {
		moved.Set(i, y[i], moved.At(i, y[i])+1)
	}
	b.arrived = withOnes(moved)
	b.scores.Mul(b.arrived, e.head.weights)
	return b
}

// shrink returns (I − η/n ZZᵀ) M.
func (e *evolution) shrink(z, m *mat.Dense) *mat.Dense {
	n, _ := z.Dims()
	var inner, result mat.Dense
	inner.Mul(z.T(), m)
	result.Mul(z, &inner)
	result.Scale(-e.rate/float64(n), &result)
	result.Add(&result, m)
	return &result
}

// gradients sets those of both layers for a batch and returns the loss.
func (e *evolution) gradients(x *mat.Dense, y []int) (loss float64) {
	b := e.evolve(x, y)
	n, c := len(y), e.head.weights.RawMatrix().Cols
	for i := range n {
		loss += crossEntropy(b.scores.RawRowView(i), y[i]) / float64(n)
	}
	b.scores.Scale(1/float64(n), b.scores) // now the loss's gradient
	e.head.gradient.Mul(b.arrived.T(), b.scores)

	var arrived mat.Dense
	arrived.Mul(b.scores, e.head.weights.Slice(0, c, 0, c).T())
	z := e.shrink(b.z, &arrived) // I − B is symmetric
	// Through ẑ = z/‖z‖ only the part of a gradient that is orthogonal to ẑ passes, over ‖z‖.
	for i := range n {
		row, unit := z.RawRowView(i), b.z.RawRowView(i)
		floats.AddScaled(row, -floats.Dot(row, unit), unit)
		floats.Scale(1/b.lengths[i], row)
	}
	e.encode.gradient.Mul(x.T(), z)
	return loss
}

// accuracy returns the share of the samples that are classified rightly, in
// percent.
func (e *evolution) accuracy(x *mat.Dense, index, samples []int) float64 {
	right := 0
	for lo := 0; lo < len(samples); lo += itmBatch {
		part := samples[lo:min(lo+itmBatch, len(samples))]
		y := pick(index, part)
		b := e.evolve(gather(features.Dense(x), part), y)
		for i, own := range y {
			if floats.MaxIdx(b.scores.RawRowView(i)) == own {
				right++
			}
		}
	}
	return 100 * float64(right) / float64(len(samples))
}
