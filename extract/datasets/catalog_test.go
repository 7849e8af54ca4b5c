package datasets_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sfdalab/extract/datasets"
)

// picture is a small PNG, different for each number.
func picture(n int) []byte {
	img := image.NewGray(image.Rect(0, 0, 4, 4))
	img.Pix[0], img.Pix[1] = uint8(n), uint8(n>>8)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// tree writes files below a folder: texts as they are, and a picture where there is none.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	n := 0
	for name, text := range files {
		data := []byte(text)
		if text == "" {
			data = picture(n)
			n++
		}
		write(t, filepath.Join(root, filepath.FromSlash(name)), data)
	}
	return root
}

// python writes the files that Python makes, or skips the test.
func python(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	out, err := exec.Command("/usr/bin/python3", "testdata/miniatures.py", root).CombinedOutput()
	if err != nil {
		t.Skipf("Python with NumPy and SciPy is not there: %s", out)
	}
	return root
}

// shown lists the samples as "path class".
func shown(t testing.TB, d *datasets.Dataset, decode bool) []string {
	t.Helper()
	var all []string
	for _, s := range d.Samples {
		all = append(all, s.Path+" "+d.Classes[s.Class])
		if !decode {
			continue
		}
		data, err := s.Bytes()
		if err == nil {
			_, err = s.Image(data)
		}
		if err != nil {
			t.Errorf("%s: %v", s.Path, err)
		}
	}
	return all
}

func TestLayouts(t *testing.T) {
	voc := map[string]string{}
	for _, class := range []string{
		"aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
		"diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
	} {
		labels := map[string]string{"dog": " 1 -1", "person": " 1  1", "cat": " 0 -1"}[class]
		if labels == "" {
			labels = "-1 -1"
		}
		for _, split := range []string{"train", "val", "test"} {
			id := map[string]string{"train": "0", "val": "1", "test": "2"}[split]
			voc["VOCdevkit/VOC2007/ImageSets/Main/"+class+"_"+split+".txt"] =
				fmt.Sprintf("00000%s %s\n00001%s %s\n", id, labels[:2], id, labels[3:])
			voc["VOCdevkit/VOC2007/JPEGImages/00000"+id+".jpg"] = ""
			voc["VOCdevkit/VOC2007/JPEGImages/00001"+id+".jpg"] = ""
		}
	}
	for _, c := range []struct {
		dataset string
		files   map[string]string
		split   string
		want    []string
	}{
		{"aircraft", map[string]string{
			"data/images_variant_train.txt": "0000001 A340-300\n0000002 DHC-8-100\n",
			"data/images_variant_test.txt":  "0000003 DHC-8-100\r\n0000004 A340-300\r\n",
			"data/images_variant_val.txt":   "0000005 A340-300\n0000006 DHC-8-100\n",
			"data/images/0000001.jpg":       "", "data/images/0000002.jpg": "", "data/images/0000003.jpg": "",
			"data/images/0000004.jpg": "", "data/images/0000005.jpg": "", "data/images/0000006.jpg": "",
		}, "", []string{
			"data/images/0000001.jpg A340-300", "data/images/0000002.jpg DHC-8-100", "data/images/0000003.jpg DHC-8-100",
			"data/images/0000004.jpg A340-300", "data/images/0000005.jpg A340-300", "data/images/0000006.jpg DHC-8-100",
		}},
		{"caltech101", map[string]string{
			"train.txt": "Faces/image_0001.jpg 1\n", "test.txt": "BACKGROUND_Google/image_0001.jpg 0\n",
			"caltech101/101_ObjectCategories/Faces/image_0001.jpg": "", "caltech101/101_ObjectCategories/BACKGROUND_Google/image_0001.jpg": "",
		}, "", []string{
			"caltech101/101_ObjectCategories/Faces/image_0001.jpg Faces",
			"caltech101/101_ObjectCategories/BACKGROUND_Google/image_0001.jpg BACKGROUND_Google",
		}},
		{"dtd", map[string]string{
			"labels/train1.txt": "banded/b1.jpg\n", "labels/test1.txt": "dotted/d1.jpg\n", "labels/val1.txt": "banded/b2.jpg\n",
			"images/banded/b1.jpg": "", "images/banded/b2.jpg": "", "images/dotted/d1.jpg": "",
		}, "", []string{"images/banded/b1.jpg banded", "images/dotted/d1.jpg dotted", "images/banded/b2.jpg banded"}},
		{"food", map[string]string{
			"food-101/meta/classes.txt": "apple_pie\nwaffles\n",
			"food-101/meta/train.json":  `{"waffles": ["waffles/2"], "apple_pie": ["apple_pie/1"]}`,
			"food-101/meta/test.json":   `{"waffles": ["waffles/3"], "apple_pie": ["apple_pie/4"]}`,

			"food-101/images/apple_pie/1.jpg": "", "food-101/images/waffles/2.jpg": "",
			"food-101/images/waffles/3.jpg": "", "food-101/images/apple_pie/4.jpg": "",
		}, "test", []string{"food-101/images/apple_pie/4.jpg apple_pie", "food-101/images/waffles/3.jpg waffles"}},
		{"pets", map[string]string{
			"annotations/trainval.txt": "great_pyrenees_7 2 2 1\nAbyssinian_1 1 1 1\n", "annotations/test.txt": "Abyssinian_2 1 1 1\ngreat_pyrenees_8 2 2 1\n",
			"images/great_pyrenees_7.jpg": "", "images/Abyssinian_1.jpg": "", "images/Abyssinian_2.jpg": "", "images/great_pyrenees_8.jpg": "",
		}, "", []string{
			"images/great_pyrenees_7.jpg great_pyrenees", "images/Abyssinian_1.jpg Abyssinian",
			"images/Abyssinian_2.jpg Abyssinian", "images/great_pyrenees_8.jpg great_pyrenees",
		}},
		{"sun397", map[string]string{
			"ClassName.txt": "/a/abbey\n/c/church/outdoor\n", "Training_01.txt": "/c/church/outdoor/sun_b.jpg\n", "Testing_01.txt": "/a/abbey/sun_a.jpg\n",
			"c/church/outdoor/sun_b.jpg": "", "a/abbey/sun_a.jpg": "",
		}, "", []string{"c/church/outdoor/sun_b.jpg church/outdoor", "a/abbey/sun_a.jpg abbey"}},
		{"voc2007", voc, "train+val", []string{
			"VOCdevkit/VOC2007/JPEGImages/000000.jpg dog", "VOCdevkit/VOC2007/JPEGImages/000010.jpg person",
			"VOCdevkit/VOC2007/JPEGImages/000001.jpg dog", "VOCdevkit/VOC2007/JPEGImages/000011.jpg person",
		}},
		{"cifar10", map[string]string{
			"cifar-10-batches-bin/batches.meta.txt": "airplane\nautomobile\n\n",
			"cifar-10-batches-bin/test_batch.bin":   "\x01" + strings.Repeat("\x07", 3072) + "\x00" + strings.Repeat("\x09", 3072),
		}, "test", []string{"test_batch/00000 automobile", "test_batch/00001 airplane"}},
	} {
		t.Run(c.dataset, func(t *testing.T) {
			known, err := datasets.Find(c.dataset)
			if err != nil {
				t.Fatal(err)
			}
			d, err := known.Open(tree(t, c.files), c.split)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, shown(t, d, true)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLayoutsOfPythonAndMATLAB(t *testing.T) {
	root := python(t)
	for _, c := range []struct {
		dataset, split string
		want           []string
	}{
		{"cars", "", []string{
			"cars_train/00001.jpg Citroën C3", "cars_train/00002.jpg AM General Hummer", "cars_train/00003.jpg Acura RL",
			"cars_test/00001.jpg Citroën C3", "cars_test/00002.jpg AM General Hummer", "cars_test/00003.jpg Acura RL",
		}},
		{"flowers", "", []string{
			"jpg/image_00002.jpg 7", "jpg/image_00005.jpg 8", "jpg/image_00004.jpg 9", "jpg/image_00003.jpg 9", "jpg/image_00001.jpg 7",
		}},
		{"cifar100", "train", []string{"train/00000 bear", "train/00001 apple"}},
	} {
		t.Run(c.dataset, func(t *testing.T) {
			known, err := datasets.Find(c.dataset)
			if err != nil {
				t.Fatal(err)
			}
			d, err := known.Open(filepath.Join(root, c.dataset), c.split)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, shown(t, d, c.dataset == "cifar100")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// pickled is a dictionary as Python 2 pickled it in the published CIFAR-10, with one
// image of one colour.
func pickled(label byte, pixels string) string {
	text := func(s string) string {
		return "T" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
	}
	array := "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00t" + text("b") + "tR" +
		"(K\x01(K\x01M\x00\x0ctcnumpy\ndtype\n(" + text("u1") + "K\x00K\x01tR(K\x03" + text("|") + "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89" + text(pixels) + "tb"
	return "\x80\x02}(" + text("data") + array + text("labels") + "](K" + string(label) + "eu."
}

func TestCIFAROfPython2(t *testing.T) {
	known, err := datasets.Find("cifar10")
	if err != nil {
		t.Fatal(err)
	}
	pixels := strings.Repeat("\x01", 1024) + strings.Repeat("\x02", 1024) + strings.Repeat("\x03", 1024)
	root := tree(t, map[string]string{
		"cifar-10-batches-py/test_batch":   pickled(1, pixels),
		"cifar-10-batches-py/batches.meta": "\x80\x02}U\x0blabel_names](U\x08airplaneU\nautomobilees.",
	})
	d, err := known.Open(root, "test")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"test_batch/00000 automobile"}, shown(t, d, false)); diff != "" {
		t.Error(diff)
	}
	data, err := d.Samples[0].Bytes()
	if err != nil {
		t.Fatal(err)
	}
	img, err := d.Samples[0].Image(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint8{1, 2, 3}, img.Pix[3*500:3*501]); diff != "" {
		t.Error(diff)
	}
}

// TestPicklesRunNothing reads a pickle that would call a program.
func TestPicklesRunNothing(t *testing.T) {
	known, err := datasets.Find("cifar10")
	if err != nil {
		t.Fatal(err)
	}
	root := tree(t, map[string]string{"cifar-10-batches-py/batches.meta": "\x80\x02cos\nsystem\nU\x04true\x85R."})
	if _, err := known.Open(root, "test"); err == nil || !strings.Contains(err.Error(), "os.system") {
		t.Errorf("error %v", err)
	}
}

func TestSplits(t *testing.T) {
	files := map[string]string{"annotations/trainval.txt": ""}
	for i := range 23 {
		files["annotations/trainval.txt"] += fmt.Sprintf("cat_%02d %d 1 1\n", i, i%2+1)
	}
	root := tree(t, files)
	known, err := datasets.Find("pets")
	if err != nil {
		t.Fatal(err)
	}
	d, err := known.Open(root, "train80")
	if err != nil {
		t.Fatal(err)
	}
	// numpy.random.seed(0); numpy.random.shuffle(list(range(23))) begins 11, 10, 21, 14.
	left := map[string]bool{"images/cat_11.jpg": true, "images/cat_10.jpg": true, "images/cat_21.jpg": true, "images/cat_14.jpg": true}
	if len(d.Samples) != 19 {
		t.Errorf("%d samples", len(d.Samples))
	}
	for _, s := range d.Samples {
		if left[s.Path] {
			t.Errorf("%s is of validation", s.Path)
		}
	}
	if named, err := known.Open(root, "etran"); err != nil || named.Split != "train80" || len(named.Samples) != len(d.Samples) {
		t.Errorf("what ETran took: %v, %v", named, err)
	}
	if _, err := known.Open(root, "valid"); err == nil || !strings.Contains(err.Error(), `no split "valid"`) {
		t.Errorf("error %v", err)
	}
}

// TestCaltechIsDrawnAsReleased compares with numpy.random.choice(…, 30) after seed(0).
func TestCaltechIsDrawnAsReleased(t *testing.T) {
	files := map[string]string{}
	for i := range 3 {
		files[fmt.Sprintf("101_ObjectCategories/a/%03d.jpg", i)] = ""
	}
	files["101_ObjectCategories/b/000.jpg"] = ""
	for i := range 200 {
		files[fmt.Sprintf("101_ObjectCategories/c/%03d.jpg", i)] = ""
	}
	known, err := datasets.Find("caltech101")
	if err != nil {
		t.Fatal(err)
	}
	root := tree(t, files)
	d, err := known.Open(root, "train")
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Samples) != 90 {
		t.Fatalf("%d samples", len(d.Samples))
	}
	var got []string
	for _, s := range d.Samples[60:64] {
		got = append(got, filepath.Base(s.Path))
	}
	if diff := cmp.Diff(caltechDraw, got); diff != "" {
		t.Error(diff)
	}
}

// caltechDraw begins the draw of the third class, of 200 images.
var caltechDraw = []string{"009.jpg", "017.jpg", "028.jpg", "029.jpg"}
