package extract_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sfdalab/extract"
	"sfdalab/extract/datasets"
	"sfdalab/extract/imageio"
	"sfdalab/extract/onnx/onnxtest"
)

// Another program reads the pixels that Run would give to a network, in the same order.
func TestWriteInputs(t *testing.T) {
	folder := t.TempDir()
	picture := read(t, filepath.Join(onnxtest.Photos(t, 1, "any"), "any", "000.png"))
	write(t, filepath.Join(folder, "a", "1.png"), picture)
	write(t, filepath.Join(folder, "a", "2.png"), []byte("no image"))
	write(t, filepath.Join(folder, "b", "3.png"), picture)
	d, err := datasets.Folder(folder)
	if err != nil {
		t.Fatal(err)
	}
	transform, err := small("")
	if err != nil {
		t.Fatal(err)
	}
	img, err := imageio.Decode(picture)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, 3*32*32)
	if err := transform.Apply(img, want); err != nil {
		t.Fatal(err)
	}
	for _, skip := range []int{0, 1, 3} {
		var out bytes.Buffer
		if err := extract.WriteInputs(context.Background(), &out, d, transform, skip, 2); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(&out)
		line := func(v any) {
			t.Helper()
			text, err := r.ReadBytes('\n')
			if err == nil {
				err = json.Unmarshal(text, v)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		var l extract.Listing
		line(&l)
		if len(l.Samples) != 3 || l.Samples[2].Class != 1 || l.Samples[2].Path != "b/3.png" || l.Height != 32 || !slices.Equal(l.Classes, []string{"a", "b"}) {
			t.Errorf("listed %+v", l)
		}
		if !strings.Contains(strings.Join(l.Notes, "\n"), "are the same image") {
			t.Errorf("notes %q do not tell of copies", l.Notes)
		}
		for i := skip; i < 3; i++ {
			var in struct {
				Sample int
				Error  string
			}
			line(&in)
			if in.Sample != i || (in.Error != "") != (i == 1) {
				t.Errorf("sample %d is %+v", i, in)
			}
			if in.Error != "" {
				continue
			}
			got := make([]float32, len(want))
			if err := binary.Read(r, binary.LittleEndian, got); err != nil || !slices.Equal(got, want) {
				t.Errorf("sample %d has other pixels (%v)", i, err)
			}
		}
		if rest, _ := io.ReadAll(r); len(rest) > 0 {
			t.Errorf("%d bytes follow", len(rest))
		}
	}
}
