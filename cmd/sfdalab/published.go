package main

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"sfdalab/results"
)

func newPublished() *cobra.Command {
	var scoresPath string
	cmd := &cobra.Command{
		Use:   "published",
		Short: "List published figures beside ours",
		Long: `List every built-in published figure. If ours can be computed, print it beside the published
one, with the difference and, if it is known, the reason. Ours come from the raw scores
that Model Spider published, or from a CSV file with the columns dataset, model, metric
and score.`,
		Example: `  sfdalab published
  sfdalab published --scores mine.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			scores, told, err := results.LoadScoresTold(scoresPath)
			if err != nil {
				return err
			}
			note(cmd, told)
			findings, err := results.Published(scores)
			if err != nil {
				return err
			}
			printFindings(cmd, findings)
			return nil
		},
	}
	cmd.Flags().StringVar(&scoresPath, "scores", "model-spider", "scores: a CSV file, or model-spider")
	return cmd
}

// printFindings prints a table for each source, with as many digits as it has.
func printFindings(cmd *cobra.Command, findings []results.Finding) {
	for len(findings) > 0 {
		of := findings
		if end := slices.IndexFunc(findings, func(f results.Finding) bool { return f.Source != findings[0].Source }); end > 0 {
			of = findings[:end]
		}
		findings = findings[len(of):]
		digits := 0
		for _, f := range of {
			_, decimals, _ := strings.Cut(strconv.FormatFloat(f.Published, 'f', -1, 64), ".")
			digits = max(digits, len(decimals))
		}
		number := func(v float64) string {
			if math.IsNaN(v) {
				return "–"
			}
			return strconv.FormatFloat(v, 'f', digits, 64)
		}
		t := newTable("figure", "published", "ours", "difference", "note")
		t.alignRight(1, 2, 3)
		for _, f := range of {
			t.AppendRow(table.Row{f.What, number(f.Published), number(f.Ours), number(f.Difference()), f.Note})
		}
		cmd.Println(of[0].Source)
		t.print(cmd)
		cmd.Println()
	}
}
