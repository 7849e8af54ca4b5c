package report

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"

	"sfdalab/results"
	"sfdalab/results/hubs"
	"sfdalab/results/record"
)

// published is a report of the published raw scores.
func published(t *testing.T) Input {
	t.Helper()
	scores, err := results.LoadScores("model-spider")
	if err != nil {
		t.Fatal(err)
	}
	truth, err := results.LoadTruth("supervised")
	if err != nil {
		t.Fatal(err)
	}
	return Input{
		Title: "Published scores of 10 CNNs",
		Parts: []Part{{
			Scores: typed(t, scores), Truth: truth,
			Seconds: map[string]float64{"logme": 0.5, "hscore": 0.2, "nleep": 3}, Extraction: 40,
		}},
		Resampling: results.Resampling{Resamples: 300},
		Facts:      []Fact{{"version", "1.2.3"}},
		Citations:  []results.Citation{{Key: "you2021logme", Of: "LogME (version 1)", Authors: "You, Kaichao and others", Title: "LogME", Venue: "ICML", Year: 2021}},
	}
}

func typed(t *testing.T, frame dataframe.DataFrame) results.Scores {
	t.Helper()
	scores, err := results.ScoresOf(frame)
	if err != nil {
		t.Fatal(err)
	}
	return scores
}

func write(t *testing.T, in Input, f results.Format) string {
	t.Helper()
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Each percentage of a page is of something that it names, and no share of variations, weights or
// hubs stands as one.
func TestPercentagesAreOfSomething(t *testing.T) {
	in := published(t)
	in.Rankings = []record.Ranking{{
		Dataset: "pets", Metrics: []string{"NCTI", "LEEP"}, Models: []record.Ranked{{Rank: 1, Model: "a", By: []record.Place{{Rank: 1, Score: 2}, {Rank: 1, Score: 2}}}},
		Prior: "ImageNet", PriorFrom: "accuracies on ImageNet", PriorWeight: 0.4,
		Promise: &hubs.Promise{Level: 0.9, Gap: 0.6, Cases: 92, Whole: 12, Hubs: 3, Kept: 85, Lowest: 0.9, LowestKept: 9, LowestCases: 10},
	}}
	named := regexp.MustCompile(`^(interval|level|of (the models and of the datasets|the pairs of models|draws of normal noise|rankings, calibrated|these rankings)|\), a list made this way)`)
	text := write(t, in, results.Markdown)
	for _, at := range regexp.MustCompile(`\d %\s?`).FindAllStringIndex(text, -1) {
		if rest := text[at[1]:]; !named.MatchString(rest) {
			t.Errorf("… %s… says not what it is of", text[max(0, at[0]-60):min(len(text), at[1]+40)])
		}
	}
}

// A report says how far it is, of all that takes long.
func TestProgress(t *testing.T) {
	in := published(t)
	in.Resampling.Resamples = 10
	last, totals := make(map[string]int), make(map[string]int)
	in.Resampling.Progress = func(what string, done, total int) {
		if done != last[what]+1 {
			t.Errorf("%d after %d of %d %s", done, last[what], total, what)
		}
		last[what], totals[what] = done, total
	}
	if _, err := New(in); err != nil {
		t.Fatal(err)
	}
	groups := 8 * len(results.Distinct(metricsOf(in.Parts[0].Scores)))
	want := map[string]int{"intervals": 3 * groups, "p-values": groups, "values under noise": groups, "variations": 1000}
	if !maps.Equal(totals, want) || !maps.Equal(last, want) {
		t.Errorf("%v of %v, want %v", last, totals, want)
	}
}

func metricsOf(scores results.Scores) (all []string) {
	for _, s := range scores {
		all = append(all, s.Metric)
	}
	return all
}

// Tests leave out datasets where a metric has no score, and their tables say of how many
// they are.
func TestTestsSayWhichDatasetsTheyRestOn(t *testing.T) {
	in := published(t)
	in.Parts[0].Scores = slices.DeleteFunc(in.Parts[0].Scores, func(s results.Score) bool {
		return s.Metric == "nleep" && (s.Dataset == "pets" || s.Dataset == "cars")
	})
	text := write(t, in, results.Markdown)
	if n := strings.Count(text, "10 models, 6 of 8 datasets"); n != 1 {
		t.Errorf("%d tables of tests are of 6 of 8 datasets", n)
	}
	for _, want := range []string{"where every metric has a score: that is 10 models, on 6 datasets.", "variations of the set-up, of 10 models and 6 datasets."} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestReportHoldsTheEvidence(t *testing.T) {
	html := write(t, published(t), results.HTML)
	if file := os.Getenv("REPORT"); file != "" {
		os.WriteFile(file, []byte(html), 0o644)
	}
	for _, want := range []string{
		"Published scores of 10 CNNs", "Do the metrics differ?", "F(8, 56)", "Could it be chance",
		"variations of the set-up", "from dataset to dataset", "of a mean, over datasets", "n = 8 datasets; Nemenyi&#39;s test", "<details class=\"part\"><summary>Supplementary", "Friedman&#39;s test of 9 metrics", "the best on average", "best-elsewhere", "Cost against quality", "took 40 s to extract", "LogME on pets", "ours is of 10 of the 11 models",
		"We score 10 models on 8 datasets with 9 metrics", "version 1.2.3", "@inproceedings{you2021logme", "@article{efron1987better",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	for _, not := range []string{"A mean over datasets has", "http://", "https://", "NaN", "<script", "<link"} {
		// An SVG names its own namespace; nothing else points outside.
		if text := strings.ReplaceAll(html, "http://www.w3.org/", ""); strings.Contains(text, not) {
			t.Errorf("the report has %q", not)
		}
	}
	if again := write(t, published(t), results.HTML); again != html {
		t.Error("written twice, the reports differ")
	}
}

func TestReportSaysWhatItCannotSay(t *testing.T) {
	in := published(t)
	frame, err := results.ReadScores(strings.NewReader("dataset,model,metric,score\npets,resnet34,m,1\npets,resnet50,m,2\npets,googlenet,<b>,3\n"))
	if err != nil {
		t.Fatal(err)
	}
	in.Parts[0].Scores, in.Parts[0].Seconds = typed(t, frame), nil
	html := write(t, in, results.HTML)
	for _, want := range []string{"No test: a comparison needs two metrics", "only 2 models", "No consensus", "it needs 5", "were not timed", "no subset of the samples was scored", "No published figure", "&lt;b&gt;"} {
		if !strings.Contains(html, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(html, "<b>,") || strings.Contains(html, "NaN") {
		t.Error("the report has unescaped names or NaN")
	}
}

// TestFilesCompile makes the document of a report whose names are as awkward as they can be.
func TestFilesCompile(t *testing.T) {
	in := published(t)
	in.Title = "50 % of $x_1$ & {y}~^#\\"
	in.Parts[0].Protocols = []*results.Truth{in.Parts[0].Truth}
	in.Parts[0].Subsets = []Subset{{0.5, in.Parts[0].Scores}, {0.5, in.Parts[0].Scores}}
	in.Parts[0].Scores = slices.Clone(in.Parts[0].Scores)
	for i, s := range in.Parts[0].Scores {
		awkward := map[string]string{"hscore": "H_α=0.5 & <50 %>", "leep": `L{E}E~P^\#|$`, "nce": "Pándy “nce” ≥ ½"}[s.Metric]
		in.Parts[0].Scores[i].Metric = cmp.Or(awkward, s.Metric)
	}
	in.Citations = append(in.Citations, results.Citation{Key: "pandy2022gbc", Of: "GBC (version 1)", Authors: "Pándy et al.", Title: "Gaussian & other", Venue: "arXiv", Year: 2022})
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Files()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	seen := map[string]bool{}
	for _, f := range files {
		if seen[f.Name] {
			t.Errorf("two files are called %s", f.Name)
		}
		seen[f.Name] = true
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"report.tex", "methods.tex", "references.bib", "tauw.tex", "tauw.csv", "average-ranks.pdf", "average-ranks.tex", "cost.svg", "win-rates.png"} {
		if !seen[want] {
			t.Errorf("there is no %s", want)
		}
	}
	for _, style := range []string{"booktabs", "siunitx", "graphicx", "float"} {
		if out, err := exec.Command("kpsewhich", style+".sty").Output(); err != nil || len(out) == 0 {
			t.Skipf("not compiled: there is no LaTeX with the package %s (apt install texlive-latex-recommended texlive-science)", style)
		}
	}
	compile := func(name string, commands ...string) {
		t.Helper()
		for _, command := range commands {
			args := []string{name}
			if command == "pdflatex" {
				args = []string{"-halt-on-error", "-interaction=nonstopmode", name}
			}
			cmd := exec.Command(command, args...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil || command == "bibtex" && bytes.Contains(out, []byte("Warning")) {
				t.Fatalf("%s %s: %v\n%s", command, name, err, out)
			}
		}
		for line := range strings.SplitSeq(read(t, dir, name+".log"), "\n") {
			if strings.Contains(line, "Warning") || strings.Contains(line, "Overfull") {
				t.Errorf("of %s LaTeX says: %s", name, line)
			}
		}
	}
	compile("report", "pdflatex", "bibtex", "pdflatex", "pdflatex")
	document, aux := read(t, dir, "report.tex"), read(t, dir, "report.aux")
	for _, f := range files {
		label := labelled.FindSubmatch(f.Content)
		name, _ := strings.CutSuffix(f.Name, ".tex")
		if label != nil && strings.Contains(document, "\\input{"+name+"}\n") && !strings.Contains(aux, "\\newlabel{"+string(label[1])+"}") {
			t.Errorf("LaTeX loses %s", name)
		}
	}

	// Each table and each figure fits a paper of two columns, and can be referred to.
	var paper strings.Builder
	paper.WriteString("\\documentclass[twocolumn]{article}\n\\usepackage{booktabs,siunitx,graphicx}\n\\begin{document}\n")
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name, ".tex"); ok && name != "report" && name != "methods" {
			label := labelled.FindSubmatch(f.Content)
			if label == nil || !bytes.Contains(f.Content, []byte("\\caption{")) {
				t.Fatalf("%s has no label or no caption", f.Name)
			}
			fmt.Fprintf(&paper, "\\input{%s}\nSee \\ref{%s}.\\clearpage\n", name, label[1])
		}
	}
	paper.WriteString("\\end{document}\n")
	if err := os.WriteFile(filepath.Join(dir, "paper.tex"), []byte(paper.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	compile("paper", "pdflatex", "pdflatex")
	if keep := os.Getenv("PAPER"); keep != "" {
		os.CopyFS(keep, os.DirFS(dir))
	}
}

var labelled = regexp.MustCompile(`\\label\{([^}]*)\}`)

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBibTeXIsBalanced(t *testing.T) {
	for _, entry := range strings.Split(strings.TrimSpace(bibTeX(nil, results.Measures()[0].Citation)), "\n}\n") {
		entry = strings.TrimSuffix(entry, "\n}") + "\n}"
		if strings.Count(entry, "{") != strings.Count(entry, "}") || !strings.HasPrefix(entry, "@") {
			t.Errorf("entry\n%s", entry)
		}
	}
}

// TestFiguresStandInline checks that each SVG of the page is a whole element.
func TestFiguresStandInline(t *testing.T) {
	html := write(t, published(t), results.HTML)
	var n int
	for rest := html; ; n++ {
		_, after, ok := strings.Cut(rest, "<figure")
		if !ok {
			break
		}
		if strings.HasPrefix(after, ` class="table`) {
			rest, n = after, n-1
			continue
		}
		_, after, _ = strings.Cut(after, ">")
		svg, tail, ok := strings.Cut(after, "</figure>")
		if !ok {
			t.Fatal("a figure does not end")
		}
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		rest = tail
	}
	if n != 6 {
		t.Errorf("%d figures, want 6", n)
	}
	if n := strings.Count(html, `" tabindex="0" role="img" aria-label="`); n != 8*10 {
		t.Errorf("%d points of models, want 80", n)
	}
	if n := strings.Count(html, `<td class="number heat-`); n < 9*8 { // and those of baselines
		t.Errorf("%d coloured cells, want 72 and more", n)
	}
}

// TestReportOfSeveralTruths has a part for each, with what hangs on samples and on the
// way to fine-tune.
func TestReportOfSeveralTruths(t *testing.T) {
	in := published(t)
	other, err := results.ReadTruth(strings.NewReader("dataset,model,accuracy,sd\npets,resnet152,1,0.5\npets,resnet50,2,0.5\npets,resnet101,3,0.5\n"), "mine")
	if err != nil {
		t.Fatal(err)
	}
	second := in.Parts[0]
	second.Truth = other
	in.Parts[0].Protocols = []*results.Truth{other}
	in.Parts[0].Subsets = []Subset{{0.5, second.Scores}, {0.25, second.Scores}, {0.5, second.Scores}}
	in.Parts = append(in.Parts, second)
	html, text := write(t, in, results.HTML), write(t, in, results.Markdown)
	for _, want := range []string{
		"Ground truth supervised", "Ground truth mine", "We also score 3 models on 1 dataset",
		"subsets of 50 %", "25 %", "all samples or of one of 3 subsets", "another way to fine-tune: mine (3 models on 1 dataset that both have)",
		"as large as the spread over seeds", "We score 10 models on 8 datasets", "@inproceedings{you2021logme",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
		if !strings.Contains(text, want) {
			t.Errorf("the Markdown lacks %q", want)
		}
	}
	if !strings.Contains(text, "\n### How stable is the verdict?\n") || strings.Contains(text, "<svg") || strings.Contains(text, "NaN") {
		t.Errorf("the Markdown is\n%s", text)
	}
	elsewhere, err := results.ReadTruth(strings.NewReader("dataset,model,accuracy\nnowhere,resnet34,1\n"), "elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	in.Parts[1].Truth = elsewhere
	if text := write(t, in, results.Markdown); !strings.Contains(text, "the ground truth elsewhere has no dataset pets") {
		t.Errorf("the Markdown is\n%s", text)
	}
	if err := (Report{}).Write(io.Discard, results.CSV); err == nil {
		t.Error("a report is written as CSV")
	}
	if _, err := New(Input{}); err == nil {
		t.Error("there is a report of nothing")
	}
}

// Parts of a paper keep their files apart where names are of letters that file names have not,
// and only keys of the bibliography are cited.
func TestFilesOfOtherLetters(t *testing.T) {
	in := Input{Title: "rankings", Citations: []results.Citation{{Key: "you2021logme", Of: "LogME", Authors: "You", Title: "LogME", Venue: "ICML", Year: 2021}}}
	for _, dataset := range []string{"宠物", "汽车", "[draft]"} {
		in.Rankings = append(in.Rankings, record.Ranking{Dataset: dataset, Metrics: []string{"LogME"}, Models: []record.Ranked{{Rank: 1, Model: "a", By: []record.Place{{Rank: 1}}}}})
	}
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Files()
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for _, f := range files {
		if content[f.Name] != "" {
			t.Errorf("two files are called %s", f.Name)
		}
		content[f.Name] = string(f.Content)
	}
	if !strings.Contains(content["report.tex"], `\input{ranking}`) || !strings.Contains(content["report.tex"], `\input{ranking-2}`) {
		t.Errorf("report.tex is\n%s", content["report.tex"])
	}
	for _, name := range []string{"report.tex", "ranking.tex"} {
		if !strings.HasPrefix(content[name], "% has letters of other scripts than Latin: needs lualatex") {
			t.Errorf("%s does not say how to typeset it:\n%s", name, content[name])
		}
	}
	if strings.Contains(content["ranking-draft.tex"], "lualatex") || !strings.Contains(content["report.tex"], "\\usepackage{fontspec}") {
		t.Errorf("of ranking-draft.tex:\n%s", content["ranking-draft.tex"])
	}
	if m := content["methods.tex"]; !strings.Contains(m, `LogME~\cite{you2021logme}`) || !strings.Contains(m, "[draft]") {
		t.Errorf("the methods are\n%s", m)
	}
}

// Where accuracies are means over seeds, what they cannot order follows from the noise of a
// mean.
func TestNoiseOfMeans(t *testing.T) {
	for seeds, want := range map[string]string{"1": "cannot order 0 %", "2": "cannot order 67 %", "50": "cannot order 0 %"} {
		truth, err := results.ReadTruth(strings.NewReader(fmt.Sprintf("dataset,model,accuracy,sd,seeds\npets,a,1,1,%[1]s\npets,b,2.5,1,%[1]s\npets,c,4,1,%[1]s\n", seeds)), "mine")
		if err != nil {
			t.Fatal(err)
		}
		frame, err := results.ReadScores(strings.NewReader("dataset,model,metric,score\npets,a,m,1\npets,b,m,2\npets,c,m,3\n"))
		if err != nil {
			t.Fatal(err)
		}
		text := write(t, Input{Parts: []Part{{Truth: truth, Scores: typed(t, frame)}}}, results.Markdown)
		if !strings.Contains(text, want) || strings.Contains(text, "the root of their number") != (seeds != "1") {
			t.Errorf("with %s seeds, the report does not say %q in\n%s", seeds, want, text)
		}
	}
}

// The methods cite the paper of the measure that is used, and no other's.
func TestMethodsCiteTheMeasure(t *testing.T) {
	for name, key := range map[string]string{"tauw": "vigna2015weighted", "pearson": "pearson1895note", "hit@2": ""} {
		in := published(t)
		m, err := results.MeasureByName(name)
		if err != nil {
			t.Fatal(err)
		}
		in.Measures = []results.Measure{m}
		text := write(t, in, results.Markdown)
		if strings.Contains(text, "vigna2015weighted") != (key == "vigna2015weighted") || !strings.Contains(text, key) {
			t.Errorf("%s is cited as %q nowhere, or as another", name, key)
		}
	}
}

// TestNamesTurnNothing writes names that would turn what follows them, or steer a terminal, in
// each place of the page that has text.
func TestNamesTurnNothing(t *testing.T) {
	const evil = "d\u202eevil\u2066\x1b[31m"
	said := section{Heading: evil, Sentences: []string{evil}, List: []string{evil}}
	open := said
	open.Open = true
	p := page{Title: evil, Methods: evil, Facts: []Fact{{"spec", evil}}, Sections: []section{open, said}}
	for name, write := range map[string]func(io.Writer) error{"HTML": p.html, "Markdown": p.markdown} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); strings.Count(text, "evil") < 9 || strings.ContainsAny(text, "\u202e\u2066\x1b") {
			t.Errorf("%s: %q", name, text)
		}
	}
}
