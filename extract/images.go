package extract

import (
	"context"
	"errors"

	"sfdalab/extract/datasets"
	"sfdalab/extract/imageio"
	"sfdalab/extract/transform"
)

// An image is a sample that is ready for a network, or why it is not.
type image struct {
	sample int
	pixels []float32 // 3×H×W
	err    error
}

// errChanged says that a file is not what it was when it was hashed.
var errChanged = errors.New("the file changed while features were computed: run the same command again")

// images decodes and transforms samples on several workers and returns a function
// that gives them in their order. Not more than ahead of them are made before they are
// asked for, so that memory does not grow with their number.
func images(ctx context.Context, samples []datasets.Sample, hashes []string, indices []int, t transform.Transform, workers, ahead int) func() (image, bool) {
	type job struct {
		index  int
		result chan image
	}
	jobs, queue := make(chan job), make(chan chan image, ahead)
	go func() {
		defer close(queue)
		defer close(jobs)
		for _, i := range indices {
			result := make(chan image, 1)
			select {
			case queue <- result:
			case <-ctx.Done():
				return
			}
			select {
			case jobs <- job{i, result}:
			case <-ctx.Done():
				result <- image{sample: i, err: ctx.Err()}
				return
			}
		}
	}()
	for range workers {
		go func() {
			for j := range jobs {
				pixels, err := prepare(samples[j.index], hashes[j.index], t)
				j.result <- image{j.index, pixels, err}
			}
		}()
	}
	return func() (image, bool) {
		result, ok := <-queue
		if !ok {
			return image{}, false
		}
		return <-result, true
	}
}

// prepare makes the input of a network of one sample.
func prepare(s datasets.Sample, hashed string, t transform.Transform) ([]float32, error) {
	data, err := s.Bytes()
	if err != nil {
		return nil, err
	}
	if hash(data) != hashed {
		return nil, errChanged
	}
	img, err := s.Image(data)
	if err != nil {
		return nil, err
	}
	if t.Exif {
		img = img.Orient(imageio.Orientation(data))
	}
	height, width := t.Size()
	pixels := make([]float32, 3*height*width)
	return pixels, t.Apply(img, pixels)
}
