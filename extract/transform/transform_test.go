package transform

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"sfdalab/extract/imageio"
)

// noise is picture 10 of testdata/transforms.py.
func noise() *imageio.RGB {
	img := &imageio.RGB{Width: 500, Height: 375, Pix: make([]uint8, 3*500*375)}
	for i := range img.Pix {
		img.Pix[i] = uint8(uint32(i*2654435761+10) >> 24)
	}
	return img
}

func input(t testing.TB, transform Transform, img *imageio.RGB) []float32 {
	t.Helper()
	height, width := transform.Size()
	dst := make([]float32, 3*height*width)
	if err := transform.Apply(img, dst); err != nil {
		t.Fatal(err)
	}
	return dst
}

func hash(floats []float32) string {
	h := sha256.New()
	binary.Write(h, binary.LittleEndian, floats)
	return hex.EncodeToString(h.Sum(nil))
}

// TestInputs compares with the hashes of what testdata/transforms.py made of one picture with Pillow 9.4,
// PyTorch 1.13 and torchvision 0.14. Each line of inputs.txt has a transform and the SHA-256 of its float32 input.
func TestInputs(t *testing.T) {
	lines, err := os.ReadFile("testdata/inputs.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		name, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		if got := hash(input(t, named(t, name), noise())); got != want {
			t.Errorf("%s: input %s, want %s", name, got, want)
		}
	}
}

func TestConcurrent(t *testing.T) {
	transform := named(t, "sfda")
	want := hash(input(t, transform, noise()))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 3 {
				if got := hash(input(t, transform, noise())); got != want {
					t.Errorf("input %s, alone it is %s", got, want)
				}
			}
		})
	}
	group.Wait()
}

func TestString(t *testing.T) {
	for name, want := range map[string]string{
		"sfda": "resize the shorter side to 224 (bicubic), crop 224×224, divide by 255, " +
			"mean [0.485 0.456 0.406], std [0.229 0.224 0.225]",
		"logme": "resize to 224×224 (bilinear), divide by 255, mean [0.485 0.456 0.406], std [0.229 0.224 0.225]",
		"timm_border": "resize to contain 101×101 (bicubic), crop 96×96 filling with [124 116 104], divide by 255, " +
			"mean [0.485 0.456 0.406], std [0.229 0.224 0.225]",
		"clip": "resize the shorter side to 97 (bicubic), crop 96×96 rounding down, multiply by 0.00392156862745098, " +
			"mean [0.485 0.456 0.406], std [0.229 0.224 0.225]",
	} {
		if got := named(t, name).String(); got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

// A change of any field shows in the description.
func TestStringIsComplete(t *testing.T) {
	base := Transform{Fit: Shorter, Width: 64, Height: 64, Interpolation: Box, CropWidth: 60, CropHeight: 60,
		Scale: 0.5, Std: [3]float64{1, 1, 1}}
	changes := []func(*Transform){
		func(*Transform) {},
		func(t *Transform) { t.Fit = Exact },
		func(t *Transform) { t.Fit = Cover },
		func(t *Transform) { t.Fit = Contain },
		func(t *Transform) { t.Fit = "" },
		func(t *Transform) { t.Width, t.Height = 65, 65 },
		func(t *Transform) { t.Interpolation = Lanczos },
		func(t *Transform) { t.CropWidth = 61 },
		func(t *Transform) { t.CropHeight = 61 },
		func(t *Transform) { t.CropDown = true },
		func(t *Transform) { t.Fill[2] = 1 },
		func(t *Transform) { t.Scale = 0 },
		func(t *Transform) { t.Scale = 1 },
		func(t *Transform) { t.Scale = math.Nextafter(0.5, 1) },
		func(t *Transform) { t.Mean[1] = 1e-9 },
		func(t *Transform) { t.Std[0] = math.Nextafter(1, 2) },
	}
	var seen []string
	for i, change := range changes {
		transform := base
		change(&transform)
		if s := transform.String(); slices.Contains(seen, s) {
			t.Errorf("change %d does not show: %s", i, s)
		} else {
			seen = append(seen, s)
		}
	}
}

func TestReadErrors(t *testing.T) {
	const stats = "mean: [0.5, 0.5, 0.5]\nstd: [0.5, 0.5, 0.5]\n"
	for _, c := range []struct {
		name, file, content, want string
	}{
		{"no crop", "t.yaml", "resize: 256\ninterpolation: box\n" + stats, "images would have different sizes: a crop is needed"},
		{"no interpolation", "t.yaml", "resize: 256\ncrop: 224\n" + stats, `interpolation "" is not supported`},
		{"nearest", "t.yaml", "resize: 256\ninterpolation: nearest\ncrop: 224\n" + stats, `interpolation "nearest" is not supported`},
		{"no mean", "t.yaml", "crop: 224\n", "mean and std need three values each"},
		{"unknown key", "t.yaml", "crops: 224\n", `unknown field "crops"`},
		{"three sizes", "t.yaml", "crop: [1, 2, 3]\n" + stats, "must be a number or [height, width]"},
		{"octal", "t.yaml", "crop: 0224\n" + stats, "line 1: 0224 is octal for some readers of YAML"},
		{"tag", "t.yaml", "crop: 224\nmean: !!set {a, b, c}\nstd: [1, 1, 1]\n", "line 2: tags such as !!set are not read"},
		{"two documents", "t.yaml", "crop: 224\n" + stats + "---\ncrop: 112\n", "want one value or one mapping of keys, and no more"},
		{"negative", "t.yaml", "crop: -1\n" + stats, "crop to -1×-1"},
		{"zero std", "t.yaml", "crop: 1\nmean: [0, 0, 0]\nstd: [0, 1, 1]\n", "std must be positive"},
		{"a network's config", "config.json", `{"architectures": ["ViT"], "hidden_size": 768}`, "neither timm's config.json"},
		{"no JSON", "config.json", "crop: 1", "invalid character"},
		{"gray", "config.json", `{"pretrained_cfg": {"input_size": [1, 28, 28]}}`, "input_size [1 28 28]"},
		{"crop mode", "config.json", `{"pretrained_cfg": {"crop_mode": "corner"}}`, `crop_mode "corner" is unknown`},
		{"random", "config.json", `{"pretrained_cfg": {"interpolation": "random"}}`, `interpolation "random" is not supported`},
		{"ambiguous size", "preprocessor_config.json", `{"image_processor_type": "OtherProcessor", "size": 224, "resample": 2}`,
			"224 can be the shorter side or both"},
		{"longest edge", "preprocessor_config.json", `{"image_mean": [1], "size": {"longest_edge": 224}, "resample": 2}`, "size: must be"},
		{"unknown step", "preprocessor_config.json", `{"image_mean": [1], "do_flip_channel_order": true}`, "not supported: do_flip_channel_order"},
		{"no resample", "preprocessor_config.json", `{"image_mean": [1], "size": {"height": 1, "width": 1}}`, "resample is missing"},
		{"resample", "preprocessor_config.json", `{"image_mean": [1], "size": 1, "resample": 0}`, "resample 0 is not supported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(path)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if _, err := Named("imagenet"); err == nil || !strings.Contains(err.Error(), "want a file, or one of sfda, torchvision, logme") {
		t.Error(err)
	}
	if err := named(t, "sfda").Apply(noise(), make([]float32, 7)); err == nil {
		t.Error("an input of the wrong size is accepted")
	}
}

// What parses and is sound can be applied to the smallest image.
func FuzzParse(f *testing.F) {
	for _, c := range configs {
		f.Add([]byte(c.content), filepath.Ext(c.file))
	}
	f.Fuzz(func(t *testing.T, data []byte, extension string) {
		transform, err := parse(data, extension)
		if err != nil || transform.Check() != nil {
			return
		}
		if height, width := transform.Size(); height*width < 1<<16 {
			input(t, transform, &imageio.RGB{Width: 1, Height: 2, Pix: make([]uint8, 6)})
		}
	})
}

// tight gives rows of pixels without what lies between them.
func tight(p raster, width, height int) (all []uint8) {
	for y := range height {
		all = append(all, p.row(y)[:3*width]...)
	}
	return all
}

// TestPasses compares the passes of this processor with the portable ones, in windows at every place.
func TestPasses(t *testing.T) {
	defer func(fast resizer) { passes = fast }(passes)
	random := rand.New(rand.NewPCG(3, 4))
	sides := []int{1, 2, 3, 4, 5, 7, 16, 33, 100, 375}
	for i := range 2000 {
		side := func() int { return sides[random.IntN(len(sides))] + random.IntN(3) }
		img := &imageio.RGB{Width: side(), Height: side()}
		img.Pix = make([]uint8, 3*img.Width*img.Height)
		for i := range img.Pix {
			img.Pix[i] = uint8(255 * random.IntN(2)) // the largest sums
			if random.IntN(2) == 0 {
				img.Pix[i] = uint8(random.IntN(256))
			}
		}
		width, height := side(), side()
		w := window{x: random.IntN(width), y: random.IntN(height)}
		w.width, w.height = 1+random.IntN(width-w.x), 1+random.IntN(height-w.y)
		interpolation := []Interpolation{Box, Bilinear, Bicubic, Lanczos}[i%4]
		var results [2][]uint8
		for i, r := range []resizer{portable, fastest()} {
			passes = r
			results[i] = tight(resample(img, width, height, interpolation, w, new(scratch)), w.width, w.height)
		}
		if !slices.Equal(results[0], results[1]) {
			t.Fatalf("%d×%d to %d×%d (%s), window %v: %d samples differ",
				img.Width, img.Height, width, height, interpolation, w, different(results[0], results[1]))
		}
	}
}
