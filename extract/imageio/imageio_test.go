package imageio

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestFiles compares a file of each kind with the hash of its pixels in Pillow 9.4 (libjpeg-turbo 2.1.5,
// libwebp 1.2.4). Each line of pixels.txt has name, width, height and SHA-256.
func TestFiles(t *testing.T) {
	lines, err := os.ReadFile("testdata/pixels.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		name, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		img, err := Decode(read(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sum := sha256.Sum256(img.Pix)
		if got := fmt.Sprintf("%d %d %s", img.Width, img.Height, hex.EncodeToString(sum[:])); got != want {
			t.Errorf("%s: pixels %s, Pillow has %s", name, got, want)
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/files", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Every file cut anywhere, but for its last bytes, is an error.
func TestTruncated(t *testing.T) {
	names, err := filepath.Glob("testdata/files/*")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	for _, name := range names {
		name = filepath.Base(name)
		data := read(t, name)
		for n := 0; n < len(data)*9/10; n += max(1, len(data)/50) {
			if _, err := Decode(data[:n]); err == nil {
				t.Errorf("%s cut to %d of %d bytes is decoded", name, n, len(data))
			}
		}
	}
}

// TestBombs gives each format a header of 60,000 by 60,000 pixels, and one of 9,000 by 9,000 without the data.
func TestBombs(t *testing.T) {
	for _, side := range []int{60_000, 9_000} {
		be16 := binary.BigEndian.AppendUint16(nil, uint16(side))
		le32 := binary.LittleEndian.AppendUint32(nil, uint32(side))
		le16 := le32[:2]
		patched := func(name string, patches map[int][]byte) []byte {
			data := bytes.Clone(read(t, name))
			for at, b := range patches {
				copy(data[at:], b)
			}
			return data
		}
		jpg := read(t, "33x18_420.jpg")
		sof := bytes.Index(jpg, []byte("\xff\xc0"))
		progressive := bytes.Index(read(t, "33x18_420_progressive.jpg"), []byte("\xff\xc2"))
		bombs := map[string][]byte{
			"JPEG":             patched("33x18_420.jpg", map[int][]byte{sof + 5: be16, sof + 7: be16}),
			"progressive JPEG": patched("33x18_420_progressive.jpg", map[int][]byte{progressive + 5: be16, progressive + 7: be16}),
			"GIF":              patched("transparent.gif", map[int][]byte{6: le16, 8: le16}),
			"BMP":              patched("P.bmp", map[int][]byte{18: le32, 22: le32}),
			"TIFF":             tiffBomb(t, uint16(side)),
			"animated WebP":    patched("animated.webp", map[int][]byte{24: le32[:3], 27: le32[:3]}),
			"PNG":              pngBomb(uint32(side)),
		}
		for name, data := range bombs {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Decode(data)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Errorf("%s of %d×%d is decoded", name, side, side)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
				t.Errorf("%s of %d×%d takes %d bytes before the error %v", name, side, side, used, err)
			}
		}
	}
}

func tiffBomb(t *testing.T, side uint16) []byte {
	data := bytes.Clone(read(t, "gray16.tif"))
	entries := binary.LittleEndian.Uint32(data[4:]) + 2 // width and height come first
	for range 2 {
		binary.LittleEndian.PutUint32(data[entries+8:], uint32(side))
		entries += 12
	}
	return data
}

func pngBomb(side uint32) []byte {
	data := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	data = binary.BigEndian.AppendUint32(data, side)
	data = binary.BigEndian.AppendUint32(data, side)
	data = append(data, 8, 2, 0, 0, 0)
	return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(data[12:]))
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, data, want string
	}{
		{"empty", "", "the file is empty"},
		{"text", "<html>not found</html>", "not an image in a known format"},
		{"AVIF", "\x00\x00\x00\x20ftypavif\x00", "AVIF is not supported: convert the file to PNG"},
		{"HEIC", "\x00\x00\x00\x18ftypheic\x00", "HEIC is not supported"},
		{"JPEG XL", "\xff\x0a\x00", "JPEG XL is not supported"},
		{"BigTIFF", "II+\x00\x08", "BigTIFF is not supported"},
		{"JPEG's first bytes", "\xff\xd8\xff", "JPEG: JPEG data ends"},
		{"PNG's first bytes", "\x89PNG\r\n\x1a\n", "PNG: the file is truncated"},
		{"GIF's first bytes", "GIF89a", "GIF: the file is truncated"},
		{"WebP's first bytes", "RIFF\x00\x00\x00\x00WEBP", "WebP: the file is truncated"},
		{"TIFF's first bytes", "II*\x00", "TIFF: the file is truncated"},
		{"BMP's first bytes", "BM", "BMP: the file is truncated"},
		{"PPM's first bytes", "P6", "PPM: the file is truncated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode([]byte(c.data))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestDamagedTIFF refuses a field on which the pixels depend and that cannot be read, and data
// that do not fit their checksum: both would give other pixels without a word.
func TestDamagedTIFF(t *testing.T) {
	var pixels bytes.Buffer
	w := zlib.NewWriter(&pixels)
	w.Write([]byte{10, 20, 30, 40})
	w.Close()
	fields := [][3]uint32{ // tag, type, count and value follow
		{tagWidth, 3, 2}, {tagHeight, 3, 2}, {tagBits, 3, 8}, {tagCompression, 3, deflate}, {tagPhotometric, 3, blackIsZero},
		{tagStripOffsets, 4, 8}, {tagStripCounts, 4, uint32(pixels.Len())},
	}
	order := binary.LittleEndian
	data := append([]byte("II*\x00"), order.AppendUint32(nil, uint32(8+pixels.Len()))...)
	data = append(data, pixels.Bytes()...)
	entries := len(data) + 2
	data = order.AppendUint16(data, uint16(len(fields)))
	for _, f := range fields {
		data = order.AppendUint16(order.AppendUint16(data, uint16(f[0])), uint16(f[1]))
		data = order.AppendUint32(order.AppendUint32(data, 1), f[2])
	}
	if img, err := Decode(data); err != nil || !bytes.Equal(img.Pix[:6], []byte{10, 10, 10, 20, 20, 20}) {
		t.Fatalf("%v, %v", img, err)
	}
	for _, c := range []struct {
		name, want string
		at         int
		to         byte
	}{
		{"count out of the file", "the field 262 is damaged", entries + 4*12 + 6, 1},
		{"kind of number", "the field 262 is damaged", entries + 4*12 + 2, 2},
		{"no number", "the field 279 is damaged", entries + 6*12 + 4, 0},
		{"checksum", "checksum", 8 + pixels.Len() - 1, 0},
		{"data without an end", "the file is truncated", entries + 6*12 + 8, byte(pixels.Len() - 5)},
	} {
		damaged := bytes.Clone(data)
		damaged[c.at] = c.to
		if _, err := Decode(damaged); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

// FuzzDecode looks for panics, for images of the wrong size and for memory out of proportion to the file.
func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/files/*")
	if err != nil || len(names) == 0 {
		f.Fatal(err)
	}
	for _, name := range names {
		f.Add(read(f, filepath.Base(name)))
	}
	f.Add([]byte("P3 2 1 9\n1 2 3 4 5 6\n"))
	f.Add([]byte("P5 2 1 300\n\x00\x01\x00\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		img, err := Decode(data)
		runtime.ReadMemStats(&after)
		if used, limit := after.TotalAlloc-before.TotalAlloc, uint64(200<<20+200_000*len(data)); used > limit {
			t.Errorf("%d bytes taken for a file of %d", used, len(data))
		}
		if err == nil && len(img.Pix) != 3*img.Width*img.Height {
			t.Errorf("%d bytes for %d×%d pixels", len(img.Pix), img.Width, img.Height)
		}
		Orientation(data)
	})
}
