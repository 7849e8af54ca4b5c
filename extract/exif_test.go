package extract_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"sfdalab/extract/onnx/onnxtest"
)

// TestExif extracts of images that are upright, and of the same upside down with EXIF data that say so: the features
// are the same where EXIF is asked for, and others, as torchvision's, where it is not.
func TestExif(t *testing.T) {
	networks, upright, turned := t.TempDir(), t.TempDir(), t.TempDir()
	onnxtest.Classifier(1).Write(t, networks, "one.onnx")
	r := rand.New(rand.NewPCG(1, 1))
	for _, class := range []string{"a", "b"} {
		img := image.NewGray(image.Rect(0, 0, 40, 50))
		for i := range img.Pix {
			img.Pix[i] = uint8(r.Uint32())
		}
		write(t, filepath.Join(upright, class, "1.png"), encodePNG(t, img))
		slices.Reverse(img.Pix)
		write(t, filepath.Join(turned, class, "1.png"), withOrientation(encodePNG(t, img), 3))
	}
	features := func(images string, exif bool) []byte {
		o := options(t, networks)
		o.Exif = exif
		mustRun(t, images, o)
		return read(t, filepath.Join(o.Folder, "one_"+filepath.Base(images)+"_feature.npy"))
	}
	want := features(upright, false)
	if got := features(turned, true); !slices.Equal(got, want) {
		t.Error("EXIF was asked for, and images are not upright")
	}
	if got := features(turned, false); slices.Equal(got, want) {
		t.Error("EXIF was not asked for, and images were turned")
	}
}

func encodePNG(t *testing.T, img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withOrientation adds EXIF data to a PNG, behind its header.
func withOrientation(file []byte, orientation uint16) []byte {
	le := binary.LittleEndian
	exif := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	exif = le.AppendUint16(exif, orientation)
	exif = append(exif, 0, 0, 0, 0, 0, 0)
	chunk := append([]byte("eXIf"), exif...)
	const header = 8 + 25 // signature and IHDR
	out := binary.BigEndian.AppendUint32(slices.Clone(file[:header]), uint32(len(exif)))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, file[header:]...)
}
