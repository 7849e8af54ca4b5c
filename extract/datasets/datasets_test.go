package datasets_test

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"sfdalab/extract/datasets"
	"sfdalab/internal/mat"
)

func TestFolderIsLikeImageFolder(t *testing.T) {
	root := tree(t, map[string]string{
		"b/2.png": "", "b/10.PNG": "", "b/notes.txt": "no image", "b/deep/1.jpg": "", "b/deep-er/0.jpg": "",
		"B/x.jpeg": "", "a/._x.png": "AppleDouble", "a/x.webp": "", ".cache/x.png": "", "a/anim.gif": "",
	})
	d, err := datasets.Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"B", "a", "b"}, d.Classes); diff != "" {
		t.Error(diff)
	}
	want := []string{"B/x.jpeg B", "a/x.webp a", "b/10.PNG b", "b/2.png b", "b/deep/1.jpg b", "b/deep-er/0.jpg b"}
	got := shown(t, d, false)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(d.Notes) != 1 || !strings.HasPrefix(d.Notes[0], "left out: a/anim.gif and 1 more: ") {
		t.Errorf("notes %q", d.Notes)
	}
}

func TestFoldersThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no images":   {map[string]string{"readme.txt": "hello"}, "has no images"},
		"no classes":  {map[string]string{"1.png": "", "2.png": ""}, "2 images but no folders"},
		"empty class": {map[string]string{"a/1.png": "", "b/readme.txt": "hello"}, "has no images"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := datasets.Folder(tree(t, c.files)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestCSV(t *testing.T) {
	root := tree(t, map[string]string{
		"list.csv":  "\ufeffpath,class,split\nimg/1.png,10,train\nimg/2.png,9,test\nimg/3.png,10,test\n",
		"img/1.png": "", "img/2.png": "", "img/3.png": "",
	})
	d, err := datasets.Source{Images: filepath.Join(root, "list.csv"), Split: "test+train"}.Open()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"9", "10"}, d.Classes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"img/2.png 9", "img/3.png 10", "img/1.png 10"}, shown(t, d, true)); diff != "" {
		t.Error(diff)
	}
	if d.Name != "list" || d.Split != "test+train" {
		t.Errorf("%s, split %s", d.Name, d.Split)
	}
}

func TestWebDataset(t *testing.T) {
	root := t.TempDir()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(name string, data []byte) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	add("000.cls", []byte("1"))
	add("000.png", picture(0))
	add("001.png", picture(1))
	add("001.json", []byte(`{"label": 0, "width": 4}`))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "train-0000.tar"), b.Bytes())
	write(t, filepath.Join(root, "classnames.txt"), []byte("ant\nbee\n"))
	d, err := datasets.Source{Images: root}.Open()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"000.png bee", "001.png ant"}, shown(t, d, true)); diff != "" {
		t.Error(diff)
	}
}

// TestWebDatasetTwoClasses refuses a sample that names two classes.
func TestWebDatasetTwoClasses(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, file := range []struct {
		name string
		data []byte
	}{{"000.png", picture(0)}, {"000.json", []byte(`{"label": 0, "cls": 1}`)}} {
		if err := w.WriteHeader(&tar.Header{Name: file.name, Mode: 0o644, Size: int64(len(file.data)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(file.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	write(t, filepath.Join(root, "train-0000.tar"), b.Bytes())
	if _, err := (datasets.Source{Images: root}).Open(); err == nil || !strings.Contains(err.Error(), "label is 0 and cls is 1") {
		t.Errorf("%v, want an error that names both classes", err)
	}
}

// huggingFace writes five images as Hugging Face's datasets does.
func huggingFace(t testing.TB) (path string) {
	type row struct {
		Image struct {
			Bytes []byte `parquet:"bytes"`
			Path  string `parquet:"path"`
		} `parquet:"image"`
		Label int64 `parquet:"label"`
	}
	path = filepath.Join(t.TempDir(), "train-00000-of-00001.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := parquet.NewGenericWriter[row](f, parquet.MaxRowsPerRowGroup(2),
		parquet.KeyValueMetadata("huggingface", `{"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["ant", "bee"], "_type": "ClassLabel"}}}}`))
	for i := range 5 {
		var r row
		r.Image.Bytes, r.Label = picture(i), int64(i%2)
		if _, err := w.Write([]row{r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParquet(t *testing.T) {
	path := huggingFace(t)
	d, err := datasets.Source{Images: path}.Open()
	if err != nil {
		t.Fatal(err)
	}
	base := "train-00000-of-00001.parquet/"
	want := []string{base + "0/0 ant", base + "0/1 bee", base + "1/0 ant", base + "1/1 bee", base + "2/0 ant"}
	if diff := cmp.Diff(want, shown(t, d, true)); diff != "" {
		t.Error(diff)
	}
	data, err := d.Samples[3].Bytes()
	if err != nil || !bytes.Equal(data, picture(3)) {
		t.Errorf("the fourth image is another: %v", err)
	}
}

func FuzzMATLAB(f *testing.F) {
	header := append(bytes.Repeat([]byte(" "), 124), 0, 1, 'I', 'M')
	f.Add(append(header, 14, 0, 0, 0, 0, 0, 0, 0))
	root := python(f)
	for _, name := range []string{"cars/devkit/cars_train_annos.mat", "cars/devkit/cars_meta.mat", "flowers/setid.mat"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = mat.Parse(data) })
}

func FuzzPickle(f *testing.F) {
	f.Add([]byte(pickled(1, strings.Repeat("\x01", 3072))))
	f.Add([]byte("X\x18\x51\x97\xb2.")) // a text of three gigabytes
	known, err := datasets.Find("cifar10")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		root := tree(t, map[string]string{"cifar-10-batches-py/batches.meta": string(data) + " "})
		_, _ = known.Open(root, "test")
	})
}

func FuzzWebDataset(f *testing.F) {
	var whole bytes.Buffer
	w := tar.NewWriter(&whole)
	for _, file := range [][2]string{{"a/0.png", "picture"}, {"a/0.cls", "1"}, {"a/1.jpg", "picture"}, {"a/1.json", `{"label": 0}`}} {
		if err := w.WriteHeader(&tar.Header{Name: file[0], Mode: 0o600, Size: int64(len(file[1]))}); err != nil {
			f.Fatal(err)
		}
		if _, err := w.Write([]byte(file[1])); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	path := filepath.Join(f.TempDir(), "x.tar")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := datasets.WebDataset(path)
		if err != nil {
			return
		}
		for _, s := range d.Samples {
			if s.Class < 0 || s.Class >= len(d.Classes) {
				t.Errorf("%s has class %d of %d", s.Path, s.Class, len(d.Classes))
			}
			_, _ = s.Bytes()
		}
	})
}

func FuzzParquet(f *testing.F) {
	f.Add([]byte("PAR1PAR1"))
	whole, err := os.ReadFile(huggingFace(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	path := filepath.Join(f.TempDir(), "x.parquet")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := datasets.Source{Images: path}.Open()
		if err != nil {
			return
		}
		for _, s := range d.Samples[:min(len(d.Samples), 10)] {
			_, _ = s.Bytes()
		}
	})
}
