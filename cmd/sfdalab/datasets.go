package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"sfdalab/extract/datasets"
)

func newDatasets() *cobra.Command {
	return &cobra.Command{
		Use:   "datasets [NAME]",
		Short: "List the datasets that papers used, or show the layout of one",
		Example: `  sfdalab datasets
  sfdalab datasets pets`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				t := newTable("name", "dataset", "classes", "images", "download")
				for _, k := range datasets.Catalog {
					t.AppendRow(table.Row{k.Name, k.Title, k.Classes, images(k), k.Bytes})
				}
				t.print(cmd)
				return nil
			}
			k, err := datasets.Find(args[0])
			if err != nil {
				return misuseError{err}
			}
			printDataset(cmd, k)
			return nil
		},
	}
}

// images is the number of a dataset's images, "" where not all splits' are published.
func images(k datasets.Known) string {
	total := 0
	for _, s := range k.Splits {
		if s.Images == 0 {
			return ""
		}
		total += s.Images
	}
	return fmt.Sprint(total)
}

// printDataset prints how a dataset lies in its folder, its splits, and which of them papers
// take.
func printDataset(cmd *cobra.Command, k datasets.Known) {
	cmd.Printf("%s: %s, %d classes\n\n", k.Name, k.Title, k.Classes)
	cmd.Printf("from    %s (%s)\n", k.Source, k.Bytes)
	for i, l := range k.Layout {
		title := "layout"
		if i > 0 {
			title = ""
		}
		cmd.Printf("%-7s %s\n", title, l)
	}
	splits := newTable("split", "images")
	for _, s := range k.Splits {
		count := "not published"
		if s.Images > 0 {
			count = fmt.Sprint(s.Images)
		}
		splits.AppendRow(table.Row{s.Split, count})
	}
	cmd.Println()
	splits.print(cmd)
	cmd.Println()
	uses := newTable("paper", "--split", "its code takes", "")
	for _, u := range k.Uses() {
		uses.AppendRow(table.Row{u.Paper, u.Name, u.Split, u.Note})
	}
	uses.print(cmd)
	for _, note := range k.Notes {
		cmd.Printf("\n%s\n", note)
	}
}
