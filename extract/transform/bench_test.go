package transform

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"sfdalab/extract/imageio"
)

// The JPEG of these benchmarks has 500×375 pixels, 4:2:0 and about 80 KB, as photographs in the usual datasets.

func BenchmarkDecode(b *testing.B) {
	data := photograph(b, 500, 375)
	for b.Loop() {
		if _, err := imageio.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

func BenchmarkApply(b *testing.B) {
	for _, name := range Names {
		b.Run(name, func(b *testing.B) {
			img, err := imageio.Decode(photograph(b, 500, 375))
			if err != nil {
				b.Fatal(err)
			}
			transform := named(b, name)
			dst := make([]float32, 3*224*224)
			for b.Loop() {
				if err := transform.Apply(img, dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkInput makes a network's input from a file's bytes.
func BenchmarkInput(b *testing.B) {
	data := photograph(b, 500, 375)
	transform := named(b, "sfda")
	dst := make([]float32, 3*224*224)
	for b.Loop() {
		img, err := imageio.Decode(data)
		if err != nil {
			b.Fatal(err)
		}
		if err := transform.Apply(img, dst); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

// photograph is a JPEG of waves and some noise.
func photograph(t testing.TB, width, height int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			wave := func(a, b float64) uint8 {
				v := 128 + 80*math.Sin(float64(x)*a+float64(y)*b) + 12*random.NormFloat64()
				return uint8(min(max(v, 0), 255))
			}
			img.Set(x, y, color.RGBA{wave(.05, .02), wave(.03, -.07), wave(-.02, .11), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
