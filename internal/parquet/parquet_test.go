package parquet

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	library "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// row has each kind of column in each encoding that the library writes it in.
type row struct {
	Flag        bool      `parquet:"flag"`
	Int         int32     `parquet:"int"`
	IntDict     int32     `parquet:"int_dict,dict"`
	IntDelta    int32     `parquet:"int_delta,delta"`
	Unsigned    uint32    `parquet:"unsigned"`
	Long        int64     `parquet:"long"`
	LongDelta   int64     `parquet:"long_delta,delta"`
	Float       float32   `parquet:"float"`
	FloatSplit  float32   `parquet:"float_split,split"`
	Double      float64   `parquet:"double"`
	DoubleDict  float64   `parquet:"double_dict,dict"`
	DoubleSplit float64   `parquet:"double_split,split"`
	Text        string    `parquet:"text"`
	TextDict    string    `parquet:"text_dict,dict"`
	TextDelta   string    `parquet:"text_delta,delta"`
	Fixed       [5]byte   `parquet:"fixed"`
	Missing     *float64  `parquet:"missing,optional"`
	List        []float32 `parquet:"list,list"`
	Strings     []string  `parquet:"strings,list,dict"`
}

func rows(n int) []row {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]row, n)
	for i := range all {
		x := r.NormFloat64()
		few := int32(i % 7)
		all[i] = row{
			Flag: r.IntN(3) == 0, Int: r.Int32() - 1<<30, IntDict: few, IntDelta: r.Int32() - 1<<30, Unsigned: math.MaxUint32 - uint32(i),
			Long: r.Int64() - 1<<62, LongDelta: r.Int64() - 1<<62, Float: float32(x), FloatSplit: float32(-x),
			Double: x, DoubleDict: float64(few) / 3, DoubleSplit: -x,
			Text: fmt.Sprint("text ", i), TextDict: fmt.Sprint("text ", few), TextDelta: strings.Repeat("é", i%9), Fixed: [5]byte{1, 2, 3, byte(i), 0},
		}
		if i%4 > 0 {
			all[i].Missing = &all[i].Double
		}
		for k := range i % 5 {
			all[i].List = append(all[i].List, float32(k)+float32(x))
			all[i].Strings = append(all[i].Strings, fmt.Sprint(k))
		}
	}
	return all
}

func written[T any](t testing.TB, all []T, options ...library.WriterOption) []byte {
	t.Helper()
	var out bytes.Buffer
	w := library.NewGenericWriter[T](&out, options...)
	if _, err := w.Write(all); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read returns the values of each row of a column, as text.
func read(f *File, k int) ([][]string, error) {
	var all [][]string
	c := f.Columns[k]
	for g := range f.Groups {
		err := f.Each(g, k, func(v Value) error {
			if v.First {
				all = append(all, nil)
			}
			text := "null"
			switch {
			case v.Null:
			case v.Bytes != nil || c.Kind == Bytes:
				text = string(v.Bytes)
			case c.Whole():
				text = fmt.Sprint(v.Int())
			default:
				text = fmt.Sprint(c.Number(v))
			}
			if len(all) == 0 {
				return fmt.Errorf("a value before the first row")
			}
			all[len(all)-1] = append(all[len(all)-1], text)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("column %v: %w", c.Path, err)
		}
	}
	return all, nil
}

func TestEachEncodingAndCodec(t *testing.T) {
	all := rows(1000)
	for name, options := range map[string][]library.WriterOption{
		"plain":        {library.Compression(&library.Uncompressed)},
		"version 1":    {library.DataPageVersion(1), library.Compression(&library.Snappy)},
		"small pages":  {library.PageBufferSize(256)},
		"many groups":  {library.MaxRowsPerRowGroup(77), library.Compression(&library.Zstd)},
		"gzip":         {library.Compression(&library.Gzip)},
		"brotli":       {library.Compression(&library.Brotli), library.DataPageVersion(1)},
		"lz4":          {library.Compression(&library.Lz4Raw)},
		"plain, small": {library.Compression(&library.Uncompressed), library.PageBufferSize(100), library.DataPageVersion(1)},
	} {
		b := written(t, all, options...)
		f, err := Open(bytes.NewReader(b), int64(len(b)), 1<<30)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.Rows != len(all) || len(f.Columns) != 19 {
			t.Errorf("%s: %d rows of %d columns", name, f.Rows, len(f.Columns))
		}
		number := func(x any) []string { return []string{fmt.Sprint(x)} }
		for k, want := range []func(row) []string{
			func(r row) []string { return number(map[bool]int{true: 1}[r.Flag]) },
			func(r row) []string { return number(r.Int) },
			func(r row) []string { return number(r.IntDict) },
			func(r row) []string { return number(r.IntDelta) },
			func(r row) []string { return number(r.Unsigned) },
			func(r row) []string { return number(r.Long) },
			func(r row) []string { return number(r.LongDelta) },
			func(r row) []string { return number(float64(r.Float)) },
			func(r row) []string { return number(float64(r.FloatSplit)) },
			func(r row) []string { return number(r.Double) },
			func(r row) []string { return number(r.DoubleDict) },
			func(r row) []string { return number(r.DoubleSplit) },
			func(r row) []string { return []string{r.Text} },
			func(r row) []string { return []string{r.TextDict} },
			func(r row) []string { return []string{r.TextDelta} },
			func(r row) []string { return []string{string(r.Fixed[:])} },
			func(r row) []string {
				if r.Missing == nil {
					return []string{"null"}
				}
				return number(*r.Missing)
			},
			func(r row) []string {
				var list []string
				for _, x := range r.List {
					list = append(list, fmt.Sprint(float64(x)))
				}
				return list
			},
			func(r row) []string { return r.Strings },
		} {
			got, err := read(f, k)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for i, r := range all {
				expect := want(r)
				if len(expect) == 0 {
					expect = []string{"null"} // of an empty list
				}
				if i >= len(got) || strings.Join(got[i], "|") != strings.Join(expect, "|") {
					t.Errorf("%s: column %v, row %d: %q, want %q", name, f.Columns[k].Path, i, got[min(i, len(got)-1)], expect)
					break
				}
			}
		}
	}
}

// TestDamage changes each byte of a file in turn. Whatever is read then, it ends, and takes
// no more memory than is given.
func TestDamage(t *testing.T) {
	type row struct {
		Int     int64     `parquet:"int,dict"`
		Text    string    `parquet:"text,delta"`
		Missing *float64  `parquet:"missing,optional"`
		List    []float32 `parquet:"list,list"`
	}
	var all []row
	for _, r := range rows(9) {
		all = append(all, row{r.Long, r.Text, r.Missing, r.List})
	}
	for _, codec := range []compress.Codec{&library.Uncompressed, &library.Lz4Raw} {
		b := written(t, all, library.Compression(codec))
		for at := range b {
			for _, flip := range []byte{0x01, 0x06, 0x80, 0xff} {
				damaged := bytes.Clone(b)
				damaged[at] ^= flip
				f, err := Open(bytes.NewReader(damaged), int64(len(damaged)), 1<<26)
				if err != nil {
					continue
				}
				for k := range f.Columns {
					if got, err := read(f, k); err == nil && len(got) != f.Rows && f.Columns[k].Repeated == 0 {
						t.Fatalf("byte %d ^ %#x: column %v has %d rows of %d", at, flip, f.Columns[k].Path, len(got), f.Rows)
					}
				}
			}
		}
		for n := range len(b) {
			if _, err := Open(bytes.NewReader(b[:n]), int64(n), 1<<26); err == nil {
				t.Fatalf("a file cut to %d of %d bytes was opened", n, len(b))
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(written(f, rows(5)))
	f.Add(written(f, rows(5), library.DataPageVersion(1), library.Compression(&library.Zstd)))
	f.Fuzz(func(_ *testing.T, b []byte) {
		file, err := Open(bytes.NewReader(b), int64(len(b)), 1<<26)
		if err != nil {
			return
		}
		for k := range file.Columns {
			_, _ = read(file, k)
		}
	})
}
