package ui

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/results/figures"
	"sfdalab/results/record"
	"sfdalab/results/web"
	"sfdalab/tracking"
)

// mostHolders is how many runs the page of a dataset or a model lists.
const mostHolders = 20

// A named is a page of a dataset or a model: the runs that have it, and what the latest of
// them that has scores tells.
type named struct {
	Kind, Name string
	All        []string       // names to choose from, where none is asked for
	Runs       []tracking.Run // the newest first
	Latest     *tracking.Run  // that has scores of metrics
	Truth      *results.Truth // that the latest is correlated with
	TruthName  string
	Tables     []template.HTML
	Scatter    template.HTML
	Line       string // that the scatter is of
	Headline   func(tracking.Run) headline

	Tuned      *tracking.Run // the latest that has fine-tuned
	Accuracies template.HTML // what it came to
}

// dataset shows a dataset: how well the latest run predicts its accuracies, the scores of
// each model, and the runs that have it.
func (s *server) dataset(r *http.Request) (string, page, error) {
	n, rec, err := s.named(r, "dataset", func(r tracking.Run) []string { return r.Datasets })
	if err != nil || n.Latest == nil {
		return "named.html", n.page(), err
	}
	var scores results.Scores
	for _, score := range rec.Scores {
		if score.Dataset == n.Name {
			scores = append(scores, score)
		}
	}
	rec.Scores = scores
	tables, _, err := rec.Tables(false)
	if err != nil {
		return "", page{}, err
	}
	if n.Truth != nil {
		for _, t := range tables {
			n.Tables = append(n.Tables, web.HeatTable(t, 1))
		}
		groups, err := rec.Of(n.Truth.SHA256, "").Groups(n.Truth)
		if err != nil {
			return "", page{}, err
		}
		n.scatter(groups, rec)
		n.Tables = append(n.Tables, web.Table(scoresBeside(groups)))
	} else {
		for _, t := range tables {
			n.Tables = append(n.Tables, web.Table(t))
		}
	}
	return "named.html", n.page(), nil
}

// scatter draws the best metric on the dataset.
func (n *named) scatter(groups []results.Group, rec record.Record) {
	h, ok := rec.Headline()
	i := slices.IndexFunc(groups, func(g results.Group) bool { return g.Metric == h.Metric && len(g.Models) > 0 })
	if !ok || i < 0 {
		return
	}
	g := groups[i]
	n.Line = h.Metric
	n.Scatter = web.Scatter("score of "+h.Metric, []figures.Panel{{Title: g.Dataset, Score: g.Scores, Accuracy: g.Accuracies, Names: g.Models}})
}

// scoresBeside returns the scores of the metrics of one dataset beside the accuracies, the
// most accurate model first.
func scoresBeside(groups []results.Group) results.Table {
	t := results.Table{Corner: "model", Columns: []string{"accuracy"}, Digits: 3, Caption: "Accuracy, in percent, and scores. The most accurate model first."}
	accuracy := make(map[string]float64)
	for _, g := range groups {
		t.Columns = append(t.Columns, g.Metric)
		for i, m := range g.Models {
			accuracy[m] = g.Accuracies[i]
		}
	}
	var models []string
	for m := range accuracy {
		models = append(models, m)
	}
	slices.SortFunc(models, func(a, b string) int { return cmp.Or(cmp.Compare(accuracy[b], accuracy[a]), cmp.Compare(a, b)) })
	for _, m := range models {
		row := results.TableRow{Label: m, Cells: []results.Cell{{Value: accuracy[m], Text: fixed(2, accuracy[m])}}}
		for _, g := range groups {
			v := math.NaN()
			if i := slices.Index(g.Models, m); i >= 0 {
				v = g.Scores[i]
			}
			row.Cells = append(row.Cells, results.Cell{Value: v})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// model shows a model: its place among the others on each dataset, by accuracy and by each
// metric of the latest run, and the runs that have it.
func (s *server) model(r *http.Request) (string, page, error) {
	n, rec, err := s.named(r, "model", func(r tracking.Run) []string { return r.Models })
	if err != nil || n.Latest == nil || n.Truth == nil {
		return "named.html", n.page(), err
	}
	groups, err := rec.Of(n.Truth.SHA256, "").Groups(n.Truth)
	if err != nil {
		return "", page{}, err
	}
	n.Tables = append(n.Tables, web.Table(places(n.Name, groups)))
	return "named.html", n.page(), nil
}

// places returns the place of a model by each metric and by accuracy, a row for each dataset.
func places(model string, groups []results.Group) results.Table {
	t := results.Table{Corner: "dataset", Columns: []string{"accuracy", "place"}, Caption: "Accuracy, in percent, and the place among the models that each metric scored, 1 for the best. Where a metric is right, its place is that by accuracy."}
	rows := make(map[string]int)
	place := func(values []float64, at int) results.Cell {
		higher := 0
		for _, v := range values {
			if v > values[at] {
				higher++
			}
		}
		return results.Cell{Value: float64(higher + 1), Text: fmt.Sprintf("%d of %d", higher+1, len(values)), Unranked: true}
	}
	for _, g := range groups {
		at := slices.Index(g.Models, model)
		if at < 0 {
			continue
		}
		column := slices.Index(t.Columns, g.Metric)
		if column < 0 {
			column, t.Columns = len(t.Columns), append(t.Columns, g.Metric)
		}
		row, ok := rows[g.Dataset]
		if !ok {
			row, rows[g.Dataset] = len(t.Rows), len(t.Rows)
			t.Rows = append(t.Rows, results.TableRow{Label: g.Dataset, Cells: []results.Cell{
				{Value: g.Accuracies[at], Text: fixed(2, g.Accuracies[at]), Unranked: true}, place(g.Accuracies, at)}})
		}
		for len(t.Rows[row].Cells) <= column {
			t.Rows[row].Cells = append(t.Rows[row].Cells, results.Cell{Value: math.NaN(), Unranked: true})
		}
		t.Rows[row].Cells[column] = place(g.Scores, at)
	}
	for i := range t.Rows {
		for len(t.Rows[i].Cells) < len(t.Columns) {
			t.Rows[i].Cells = append(t.Rows[i].Cells, results.Cell{Value: math.NaN(), Unranked: true})
		}
	}
	return t
}

// named returns the page of what a request names, and the record of the latest run that has
// it. Without a name the page lists them all.
func (s *server) named(r *http.Request, kind string, of func(tracking.Run) []string) (n named, rec record.Record, err error) {
	n = named{Kind: kind, Name: r.URL.Query().Get("name"), Headline: s.headline}
	if n.Name == "" {
		runs, err := s.Store.List(tracking.Query{}, 0, 0)
		seen := make(map[string]bool)
		for _, r := range runs {
			for _, name := range of(r) {
				if !seen[name] {
					seen[name], n.All = true, append(n.All, name)
				}
			}
		}
		slices.Sort(n.All)
		return n, rec, err
	}
	q, err := tracking.ParseQuery(kind + ":" + quote(n.Name))
	if err != nil {
		return n, rec, err
	}
	if n.Runs, err = s.Store.List(q, 0, mostHolders); err != nil {
		return n, rec, err
	}
	if len(n.Runs) == 0 {
		return n, rec, problem{http.StatusNotFound, fmt.Errorf("no run has the %s %s", kind, n.Name)}
	}
	if err := s.tuned(&n); err != nil {
		return n, rec, err
	}
	i := slices.IndexFunc(n.Runs, func(r tracking.Run) bool {
		return r.Cells > r.Failed && slices.ContainsFunc(r.Metrics, func(m string) bool { return m != tracking.FineTune })
	})
	if i < 0 {
		return n, rec, nil
	}
	n.Latest = &n.Runs[i]
	all, err := s.Store.Select(tracking.RunQuery(n.Latest.ID))
	if err != nil {
		return n, rec, err
	}
	rec, n.TruthName = s.judged(all)
	for _, v := range rec.Variants {
		if t := rec.Truth(v.Truth); t != nil && n.Truth == nil && n.isIn(t) {
			n.Truth, n.TruthName = t, cmp.Or(n.TruthName, t.Name)
		}
	}
	if n.Truth == nil {
		n.TruthName = ""
	}
	return n, rec, nil
}

// tuned tells what the latest run came to that has fine-tuned, if there is one.
func (s *server) tuned(n *named) error {
	i := slices.IndexFunc(n.Runs, func(r tracking.Run) bool { return slices.Contains(r.Metrics, tracking.FineTune) })
	if i < 0 {
		return nil
	}
	all, err := s.Store.Select(tracking.RunQuery(n.Runs[i].ID))
	if err != nil || len(all) == 0 {
		return err
	}
	t, _, err := all[0].Truth()
	if err != nil {
		return nil // no trial of it is done yet
	}
	table := accuracies(t)
	if n.Kind == "dataset" {
		table = accuracies(t.On([]string{n.Name}))
	} else {
		table.Caption = "Accuracy after fine-tuning, in percent."
		table.Rows = slices.DeleteFunc(table.Rows, func(r results.TableRow) bool { return r.Label != n.Name })
	}
	if len(table.Rows) > 0 {
		n.Tuned, n.Accuracies = &n.Runs[i], web.Table(table)
	}
	return nil
}

// isIn reports whether a ground truth has the dataset or the model.
func (n named) isIn(t *results.Truth) bool {
	return slices.ContainsFunc(t.Datasets(), func(dataset string) bool {
		return n.Kind == "dataset" && dataset == n.Name || n.Kind == "model" && slices.Contains(t.Models(dataset), n.Name)
	})
}

func (n named) page() page {
	p := page{Title: n.Name, Above: []above{{"Experiments", "/"}, {results.Capital(n.Kind) + "s", "/" + n.Kind}}, Body: n}
	if n.Name == "" {
		p.Title, p.Above = results.Capital(n.Kind)+"s", []above{{"Experiments", "/"}}
	}
	return p
}

// truth shows a ground truth: what it is, and its accuracies. With run, it is one that this
// run recorded; without a name, all that the server knows are listed.
func (s *server) truth(r *http.Request) (string, page, error) {
	v := r.URL.Query()
	name, known := v.Get("name"), s.Truths
	body := struct {
		Truth  *results.Truth
		Truths []*results.Truth
		Table  template.HTML
		Doubts []string
		Run    *tracking.Run
	}{Truths: s.Truths}
	if id := v.Get("run"); id != "" {
		run, err := s.Store.Run(id)
		if err != nil {
			return "", page{}, err
		}
		known, body.Run = run.Truths, &run
		if run.Layout != nil {
			known = slices.Concat(known, run.Layout.Protocols)
		}
	}
	if name == "" {
		return "truth.html", page{Title: "Ground truths", Above: []above{{"Experiments", "/"}}, Body: body}, nil
	}
	i := slices.IndexFunc(known, func(t *results.Truth) bool { return t.Name == name })
	if i < 0 {
		return "", page{}, problem{http.StatusNotFound, fmt.Errorf("unknown ground truth %s", name)}
	}
	body.Truth = known[i]
	body.Table = web.Table(accuracies(body.Truth))
	for _, d := range body.Truth.Datasets() {
		if why := body.Truth.Doubts[d]; why != "" {
			body.Doubts = append(body.Doubts, d+": "+why)
		}
	}
	p := page{Title: name, Above: []above{{"Experiments", "/"}, {"Ground truths", "/truth"}}, Body: body}
	if body.Run != nil {
		p.Above = append(aboveRun(*body.Run), above{title(*body.Run), "/run/" + body.Run.ID})
	}
	return "truth.html", p, nil
}

// accuracies returns the table of a ground truth, the best models in the mean first.
func accuracies(t *results.Truth) results.Table {
	table := results.Table{Corner: "model", Digits: 2, Columns: t.Datasets(), Caption: "Accuracy after fine-tuning, in percent; the models with the best mean first."}
	seen := make(map[string]bool)
	for _, d := range table.Columns {
		for _, m := range t.Models(d) {
			if !seen[m] {
				seen[m] = true
				table.Rows = append(table.Rows, results.TableRow{Label: m})
			}
		}
	}
	for i, row := range table.Rows {
		for _, d := range table.Columns {
			c := results.Cell{Value: math.NaN()}
			if a, ok := t.Accuracy(d, row.Label); ok {
				c.Value = a
			}
			table.Rows[i].Cells = append(table.Rows[i].Cells, c)
		}
		if len(table.Columns) > 1 {
			table.Rows[i].Cells = append(table.Rows[i].Cells, results.Mean(table.Rows[i].Cells))
		}
	}
	if len(table.Columns) > 1 {
		table.Columns = append(table.Columns, results.MeanColumn)
		table.NotePartial()
	}
	last := len(table.Columns) - 1
	slices.SortStableFunc(table.Rows, func(a, b results.TableRow) int {
		whole := func(r results.TableRow) int {
			if r.Cells[last].Unranked {
				return 1
			}
			return 0
		}
		return cmp.Or(whole(a)-whole(b), cmp.Compare(b.Cells[last].Value, a.Cells[last].Value), strings.Compare(a.Label, b.Label))
	})
	var spreads []string
	for _, d := range t.Datasets() {
		if sd, ok := t.Spread(d); ok {
			spreads = append(spreads, fmt.Sprintf("%.2f on %s", sd, d))
		}
	}
	if spreads != nil {
		table.Notes = append(table.Notes, "standard deviation of an accuracy over seeds, in points: "+strings.Join(spreads, ", "))
	}
	return table
}
