package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/internal/suggest"
	"sfdalab/results"
	"sfdalab/results/record"
)

// addFormat adds the flag that says how tables are written.
func addFormat(cmd *cobra.Command, format *string) {
	cmd.Flags().Var((*formatFlag)(format), "format", "format of tables: "+strings.Join(formatNames(), ", ")+" (default: terminal on a terminal, else text)")
}

// formatFlag is the name of a format as the value of a flag, so that one that there is not is
// told before anything is computed.
type formatFlag string

// String, Type and Set make it the value of a flag.
func (f *formatFlag) String() string { return string(*f) }
func (f *formatFlag) Type() string   { return "string" }

// Set accepts the names of formats.
func (f *formatFlag) Set(s string) error {
	if !slices.Contains(formatNames(), s) {
		return fmt.Errorf("want one of %s%s", strings.Join(formatNames(), ", "), suggest.Hint(s, formatNames()))
	}
	*f = formatFlag(s)
	return nil
}

// notation is how tables show 95 % intervals; not at all when empty.
type notation string

const (
	ends      notation = "ends"       // 0.28 [0.07, 0.47]
	plusMinus notation = "plus-minus" // 0.28 +0.19/-0.21
	usual     notation = "usual"      // for LaTeX plus-minus, as papers have it; ends otherwise
)

// String, Type and Set make a notation the value of a flag.
func (n *notation) String() string { return string(*n) }
func (n *notation) Type() string   { return "notation" }

// Set accepts the two notations and what stands for the flag without a value.
func (n *notation) Set(s string) error {
	if *n = notation(s); *n != ends && *n != plusMinus && *n != usual {
		return fmt.Errorf("want %s or %s", ends, plusMinus)
	}
	return nil
}

// addIntervals adds the flag for intervals in tables.
func addIntervals(cmd *cobra.Command, intervals *notation) {
	cmd.Flags().Var(intervals, "intervals", "print 95 % intervals of the bootstrap over models: as ends, [0.07, 0.47], or as plus-minus, +0.19/-0.21, which is the default for LaTeX")
	cmd.Flags().Lookup("intervals").NoOptDefVal = string(usual)
}

// addNoBaselines adds the flag for tables without baselines.
func addNoBaselines(cmd *cobra.Command) {
	cmd.Flags().Bool("no-baselines", false, "leave baselines, and gains over them, out of tables")
}

// baselinesWanted reports whether tables have baselines.
func baselinesWanted(cmd *cobra.Command) bool {
	without, _ := cmd.Flags().GetBool("no-baselines") // false where there is no such flag
	return !without
}

// apply sets how the tables show their intervals.
func (n notation) apply(tables []results.Table, format string) {
	for i := range tables {
		tables[i].PlusMinus = n == plusMinus || n == usual && results.Format(format) == results.LaTeX
	}
}

// printTables writes tables one below the other, each under its caption.
func printTables(cmd *cobra.Command, tables []results.Table, format string) error {
	f := results.Format(format)
	if format == "" {
		f = results.Text
		if terminal(cmd.OutOrStdout()) != nil {
			f = results.Terminal
		}
	}
	for i, t := range tables {
		if i > 0 {
			cmd.Println()
		}
		var err error
		switch f {
		case results.Terminal:
			cmd.Println(results.OneLine(t.Caption))
			err = t.WriteTerminal(escapesTo(cmd), width(cmd))
		case results.Text:
			cmd.Println(results.OneLine(t.Caption))
			fallthrough
		default:
			err = t.Write(dataTo(cmd), f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printResult prints the tables of a result.
func printResult(cmd *cobra.Command, r *experiments.Result, format string, intervals notation) error {
	trained := printTrials(cmd, r.Selection(), false, format)
	if len(r.Variants) == 0 && len(r.Trials) > 0 {
		return trained
	}
	return errors.Join(trained, printRecord(cmd, r.Record(), format, intervals))
}

// printRecord prints the tables of a record and, to stderr, its warnings and failures.
// The error says how many cells failed.
func printRecord(cmd *cobra.Command, r record.Record, format string, intervals notation) error {
	if !baselinesWanted(cmd) {
		r.Baselines = nil
	}
	progress := newProgress(cmd.ErrOrStderr())
	r.Progress = progress.each()
	tables, warnings, err := r.Tables(intervals != "")
	progress.stop()
	if err != nil {
		return err
	}
	intervals.apply(tables, format)
	if err := printTables(cmd, tables, format); err != nil {
		return err
	}
	for _, w := range warnings {
		tell(cmd, "warning", w)
	}
	for _, f := range r.Failures() {
		tell(cmd, "failed", f)
	}
	if failed := len(r.Failed()); failed > 0 {
		return someFailed(failed, len(r.Scores), "cell")
	}
	return nil
}

// someFailed is the error of what failed in part, or in whole.
func someFailed(failed, all int, what string) error {
	switch {
	case all == 1:
		return fmt.Errorf("the only %s failed", what)
	case failed == all:
		return fmt.Errorf("all %d %ss failed", all, what)
	}
	return fmt.Errorf("%d of %d %ss failed; the others are kept", failed, all, what)
}
