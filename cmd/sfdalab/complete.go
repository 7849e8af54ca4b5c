package main

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"sfdalab/extract/datasets"
	"sfdalab/metric"
	"sfdalab/results"
)

// addCompletions tells the shell which names may stand for arguments and flags.
func addCompletions(root *cobra.Command) {
	arguments := map[string]func() []string{"metrics": metric.Names, "truth": truthNames, "datasets": datasetNames}
	flags := map[string]func() []string{
		"metric":  metric.Names,
		"measure": measureNames,
		"truth":   truthNames,
		"dataset": datasetNames,
		"format":  formatNames,
		"on":      func() []string { return []string{"slurm", "k8s"} },
	}
	eachCommand(root, func(c *cobra.Command) {
		if names := arguments[c.Name()]; names != nil {
			c.ValidArgsFunction = complete(names, cobra.ShellCompDirectiveNoFileComp)
		}
		for _, flag := range slices.Sorted(maps.Keys(flags)) {
			if c.Flags().Lookup(flag) != nil {
				// A truth may be a file, too. Registering fails only for flags that do not exist.
				_ = c.RegisterFlagCompletionFunc(flag, complete(flags[flag], cobra.ShellCompDirectiveDefault))
			}
		}
	})
}

// complete has a flag or an argument completed with names. The directive says whether files
// are offered, too.
func complete(names func() []string, directive cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) { return names(), directive }
}

// truthNames are the built-in ground truths.
func truthNames() (names []string) {
	for _, t := range results.Truths() {
		names = append(names, t.Name)
	}
	return names
}

// datasetNames are the datasets whose folders can be read as they are published.
func datasetNames() (names []string) {
	for _, k := range datasets.Catalog {
		names = append(names, k.Name)
	}
	return names
}

// measureNames are the correlation measures.
func measureNames() (names []string) {
	for _, m := range results.Measures() {
		names = append(names, m.Name)
	}
	return names
}

// formatNames are the formats of tables.
func formatNames() (names []string) {
	for _, f := range results.Formats() {
		names = append(names, string(f))
	}
	return names
}
