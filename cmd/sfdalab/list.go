package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"sfdalab/fidelity"
	"sfdalab/metric"
	"sfdalab/results"
)

func newMetrics() *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use:   "metrics [NAME]",
		Short: "List the built-in metrics, or describe one",
		Example: `  sfdalab metrics
  sfdalab metrics sfda
  sfdalab metrics ped:logme`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			record, err := fidelity.Load()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				printMetrics(cmd, record, markdown)
				return nil
			}
			m, err := metric.New(args[0], nil)
			if err != nil {
				return misuseError{err}
			}
			printMetric(cmd, args[0], m, record)
			return nil
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print a Markdown table")
	return cmd
}

// printMetrics prints a row for each metric.
func printMetrics(cmd *cobra.Command, record *fidelity.Record, markdown bool) {
	t := newTable("name", "metric", "paper", "needs", "cost", "remarks", "parameters", "compared")
	for _, m := range metric.All() {
		info := m.Info()
		var params []string
		for _, p := range metric.Params(m) {
			params = append(params, p.Name)
		}
		t.AppendRow(table.Row{
			info.Name, info.Title, fmt.Sprintf("%s, %s %d", info.Paper.Authors, info.Paper.Venue, info.Paper.Year),
			strings.Join(needs(info), ", "), info.Cost, strings.Join(remarks(m), ", "), strings.Join(params, ", "),
			closeness(record, info.Name),
		})
	}
	if markdown {
		cmd.Println(t.RenderMarkdown())
	} else {
		t.print(cmd)
	}
}

// printMetric prints a metric's paper, what it needs, what it was compared with, and its
// parameters.
func printMetric(cmd *cobra.Command, name string, m metric.Metric, record *fidelity.Record) {
	info := m.Info()
	cmd.Printf("%s: %s\n", name, info.Title)
	cmd.Printf("%s, “%s”, %s %d\n\n", info.Paper.Authors, info.Paper.Title, info.Paper.Venue, info.Paper.Year)
	cmd.Printf("needs   features, labels")
	for _, need := range needs(info) {
		cmd.Printf(", %s", need)
	}
	cmd.Printf("\ncost    grows with %s\n", info.Cost)
	cmd.Printf("labels  multi-label data are scored %s\n", metric.MultiLabel(m))
	for _, remark := range remarks(m) {
		cmd.Printf("%-7s %s\n", remark, meaning[remark])
	}
	for _, ref := range record.Of(name) {
		cmd.Printf("\n%s was compared with %s: %s\n", ref.Variant(), ref.Source(), ref.Closeness())
		if differences := ref.Differences(); differences != "" {
			cmd.Printf("        %s\n", differences)
		}
	}
	params := metric.Params(m)
	if len(params) == 0 {
		return
	}
	t := newTable("parameter", "default", "values", "")
	for _, p := range params {
		values := p.Range()
		if values == "" {
			values = p.Type()
		}
		t.AppendRow(table.Row{p.Name, p.Value, values, p.Doc})
	}
	cmd.Println()
	t.print(cmd)
}

// closeness says how closely a metric with its default parameters agrees with what it was
// compared with.
func closeness(record *fidelity.Record, name string) string {
	for _, ref := range record.Of(name) {
		if len(ref.Params) == 0 {
			return ref.Closeness()
		}
	}
	return ""
}

// meaning is that of the remarks.
var meaning = map[string]string{
	"random": "depends on a seed",
	"sign":   "the negative of its authors': here higher is better",
	"group":  "scaled over all models of a dataset",
}

// remarks are what else is to be known of a metric.
func remarks(m metric.Metric) []string {
	var all []string
	if m.Info().Random {
		all = append(all, "random")
	}
	if m.Info().Flipped {
		all = append(all, "sign")
	}
	if _, ok := m.(metric.GroupMetric); ok {
		all = append(all, "group")
	}
	return all
}

// needs names what a metric needs besides features and labels, or, in brackets, can do
// without.
func needs(info metric.Info) []string {
	var names []string
	for _, n := range []struct {
		need metric.Needs
		name string
	}{
		{metric.Outputs, "outputs"}, {metric.Second, "second features"}, {metric.Embeddings, "embeddings"},
	} {
		switch {
		case info.Needs&n.need != 0:
			names = append(names, n.name)
		case info.Uses&n.need != 0:
			names = append(names, "("+n.name+")")
		}
	}
	return names
}

func newTruth() *cobra.Command {
	var asJSON bool
	var storePath string
	cmd := &cobra.Command{
		Use:   "truth [NAME]",
		Short: "List the built-in ground truths, or print one, or that of a run, as CSV",
		Example: `  sfdalab truth
  sfdalab truth supervised/full > mine.csv
  sfdalab truth run:latest --store lab.db`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				truth, err := loadTruth(cmd, args[0], storePath)
				if err != nil {
					return misuseError{err}
				}
				if !asJSON {
					return truth.WriteCSV(dataTo(cmd))
				}
				for _, row := range truth.Rows() {
					if err := printJSON(cmd, row); err != nil {
						return err
					}
				}
				return nil
			}
			t := newTable("name", "content", "source")
			for _, truth := range results.Truths() {
				if asJSON {
					if err := printJSON(cmd, truthListed{truth.Name, truth.Title, truth.Source}); err != nil {
						return err
					}
				}
				t.AppendRow(table.Row{truth.Name, truth.Title, truth.Source})
			}
			if !asJSON {
				t.print(cmd)
			}
			return nil
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for each ground truth, or for each row of the one that is named")
	return cmd
}

// truthListed is a ground truth as the list in JSON has it.
type truthListed struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Source string `json:"source"`
}
