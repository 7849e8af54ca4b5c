package docs

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	_ "sfdalab/experiments" // which registers all metrics
	"sfdalab/fidelity"
	"sfdalab/metric"
	"sfdalab/results"
)

var update = flag.Bool("update", false, "write the generated pages again")

// TestMetricsPage holds metrics.md to the doc comments of the metrics, what the registry
// says of them, and what they were compared with.
func TestMetricsPage(t *testing.T) {
	page := metricsPage(t)
	if *update {
		if err := os.WriteFile("metrics.md", []byte(page), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile("metrics.md")
	if err != nil || string(written) != page {
		t.Errorf("metrics.md is not what the code says (%v): go test ./docs -update", err)
	}
}

func metricsPage(t *testing.T) string {
	record, err := fidelity.Load()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]*doc.Package{}
	for _, dir := range []string{"sfda", "baselines"} {
		packages["sfdalab/"+dir] = packageDoc(t, "../"+dir)
	}
	var b strings.Builder
	b.WriteString("# Metrics\n\nEvery metric with its definition, where its paper and its authors' code differ, and when it fails. Higher is better for all.\nThis page is made from the doc comments of the code: `go test ./docs -update`.\n")
	for _, m := range metric.All() {
		info := m.Info()
		typ := reflect.TypeOf(m)
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		fmt.Fprintf(&b, "\n## %s\n\n`%s` — %s, “%s”, %s %d. Cost: grows with %s.\n", info.Title, info.Name, info.Paper.Authors, info.Paper.Title, info.Paper.Venue, info.Paper.Year, info.Cost)
		pkg := packages[typ.PkgPath()]
		if pkg == nil {
			t.Fatalf("%s is of the package %s", info.Name, typ.PkgPath())
		}
		text := typeDoc(pkg, typ.Name())
		if info.Name == "sfda" {
			text = pkg.Doc + "\n" + text
		}
		if text == "" {
			t.Errorf("%s has no doc comment", info.Name)
		}
		printer := pkg.Printer()
		printer.HeadingLevel = 3
		printer.HeadingID = func(h *comment.Heading) string { return "" }
		printer.DocLinkURL = func(*comment.DocLink) string { return "" }
		b.WriteString("\n" + string(printer.Markdown(pkg.Parser().Parse(text))))
		if params := metric.Params(m); len(params) > 0 {
			b.WriteString("\n| parameter | default | values | |\n|---|---|---|---|\n")
			for _, p := range params {
				fmt.Fprintf(&b, "| `%s` | %v | %s | %s |\n", p.Name, p.Value, cmp.Or(p.Range(), p.Type()), p.Doc)
			}
		}
		for _, ref := range record.Of(info.Name) {
			fmt.Fprintf(&b, "\nCompared with %s: %s.", ref.Source(), ref.Closeness())
			if d := ref.Differences(); d != "" {
				fmt.Fprintf(&b, " %s.", results.Capital(d))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// packageDoc reads the doc comments of a package.
func packageDoc(t *testing.T, dir string) *doc.Package {
	names, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	p, err := doc.NewFromFiles(files, parsed, "sfdalab/"+filepath.Base(dir))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func typeDoc(p *doc.Package, name string) string {
	for _, typ := range p.Types {
		if typ.Name == name {
			return typ.Doc
		}
	}
	return ""
}
