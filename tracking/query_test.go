package tracking

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestQuery(t *testing.T) {
	s := newStore(t)
	knn := cell("b", 3)
	knn.Metric, knn.Score = "knn", 0.7
	knn.Params, _ = Canonical(map[string]any{"k": 5, "covariance": "diagonal", "weighted": true})
	knn.ID = knn.Identify()
	failed := cell("b", 4)
	failed.Score, failed.Error = 0, "one class"

	at := func(day string) time.Time { d, _ := time.ParseInLocation(time.DateOnly, day, time.Local); return d }
	logRun(t, s, Run{ID: "20260110-aaaaaaaa", Annotation: Annotation{Name: "first", Tags: []string{"paper", "zoo"}}, Experiment: "ablation", Start: at("2026-01-10")}, cell("a", 1))
	logRun(t, s, Run{ID: "20260212-bbbbbbbb", Annotation: Annotation{Name: "two words", Notes: "for the Rebuttal"}, Start: at("2026-02-12")}, knn, failed)

	const both = "bbbbbbbb aaaaaaaa"
	for query, want := range map[string]string{
		"":                                both,
		"metric:sfda":                     both,
		"metric:knn":                      "bbbbbbbb",
		"metric:knn,leep dataset:*3":      "bbbbbbbb",
		"metric:knn dataset:dataset4":     "", // no one cell is both
		"-metric:sfda":                    "bbbbbbbb",
		"tag:paper":                       "aaaaaaaa",
		"tag:pap*,none":                   "aaaaaaaa",
		"-tag:paper":                      "bbbbbbbb",
		"after:2026-02-12":                "bbbbbbbb",
		"before:2026-02-12":               "aaaaaaaa",
		"after:2026-01-10T00:01":          "bbbbbbbb",
		"score>0.5":                       "bbbbbbbb",
		"score>=0.7 score<=0.7":           "bbbbbbbb",
		"score:0.7":                       "bbbbbbbb",
		"k:5":                             "bbbbbbbb",
		"k>5":                             "",
		"covariance:diag*":                "bbbbbbbb",
		"weighted:true":                   "bbbbbbbb",
		"shrinkage>0.1":                   both,
		"error:yes":                       "bbbbbbbb",
		"metric:sfda error:no":            "aaaaaaaa",
		"run:aaa":                         "aaaaaaaa",
		"run:20260212,aaa":                both,
		"rebuttal":                        "bbbbbbbb",
		`"two words"`:                     "bbbbbbbb",
		`name:"two words"`:                "bbbbbbbb",
		`-"two words"`:                    "aaaaaaaa",
		"experiment:abl*ion outcome:done": "aaaaaaaa",
		"nosuch:1":                        "",
	} {
		q, err := ParseQuery(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		runs, err := s.Runs(q, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range runs {
			got = append(got, r.ID[len("20260101-"):])
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%s: selected %q, want %q", query, g, want)
		}
	}

	q, _ := ParseQuery("metric:knn")
	all, err := s.Select(q)
	if err != nil || len(all) != 1 || len(all[0].Cells) != 1 || all[0].Cells[0].Metric != "knn" {
		t.Errorf("Select(metric:knn) = %v, %v", all, err)
	}
	page, err := s.Runs(Query{}, 1, 1)
	if err != nil || len(page) != 1 || page[0].Name != "first" {
		t.Errorf("second page = %v, %v", page, err)
	}
}

func TestQuerySyntax(t *testing.T) {
	for query, offset := range map[string]int{
		"metric:":                   7,
		"metric:sfda,":              12,
		":sfda":                     0,
		"metric=sfda":               6,
		"tag:x score>high":          12,
		"score>1,2":                 6,
		"after:yesterday":           6,
		"after>2026-01-01":          6,
		"tag:paper host>3":          14,
		`name:"open`:                5,
		`name:"a"b`:                 8,
		"metric:sfda -":             13,
		"error:maybe":               6,
		"error:yes,maybe":           6,
		"metric>1":                  6,
		`a"b"`:                      1,
		"metric:größe seconds>wahr": 23,
	} {
		_, err := ParseQuery(query)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: error %v, want a *SyntaxError", query, err)
			continue
		}
		if syntax.Offset != offset {
			t.Errorf("%s: error at %d, want %d\n%v", query, syntax.Offset, offset, err)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{`metric:sfda dataset:cifar10 shrinkage>0.1 after:2026-01-01 tag:paper`, `-"a b" name:"x\"y",z*`, `é>=1`, `a=`} {
		f.Add(seed)
	}
	r, c := Run{ID: "20260110-aaaaaaaa", Annotation: Annotation{Tags: []string{"x"}}}, cell("a", 1)
	r.count(&c, c.numbers())
	names := newCensus()
	names.add(&c)
	r.name(names)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuery(text)
		if err != nil {
			_ = err.Error() // must not slice out of range
			return
		}
		if q.matchRun(&r); q.matchCell(&c) && !q.mayMatchCells(&r) {
			t.Errorf("%q selects a cell of a run that it passes over", text)
		}
	})
}

func TestQueryLatest(t *testing.T) {
	s := newStore(t)
	query := func(text string) int {
		t.Helper()
		q, err := ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Select(q)
		if err != nil {
			t.Fatal(err)
		}
		runs, err := s.List(q, 0, 0)
		if err != nil || len(runs) != len(all) {
			t.Errorf("%s: %d listed, %d selected, %v", text, len(runs), len(all), err)
		}
		return len(all)
	}
	if n := query("run:latest"); n != 0 {
		t.Errorf("%d runs of none", n)
	}
	first := logRun(t, s, Run{}, cell("a", 1))
	logRun(t, s, Run{}, cell("a", 2))
	last := logRun(t, s, Run{}, cell("a", 3))
	for text, want := range map[string]int{"run:latest": 1, "run:latest," + first: 2, "-run:latest": 2, "run:latest run:" + last: 1, "run:latest run:" + first: 0} {
		if n := query(text); n != want {
			t.Errorf("%s: %d runs, want %d", text, n, want)
		}
	}
}
