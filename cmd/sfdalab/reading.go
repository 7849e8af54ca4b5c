package main

import (
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// addReading adds the flags that say how to read what can be read in several ways, but
// for --pool where pool is nil.
func addReading(flags *pflag.FlagSet, labels *string, ignore, drop *[]string, pool *string) {
	flags.StringVar(labels, "labels-are", "", "what the labels are: classes, targets, one-hot, multi-label or first-of-several; found out and told if not given")
	flags.StringSliceVar(ignore, "ignore-label", nil, "labels whose samples are left out, such as -1; none to take all for what they are")
	flags.StringSliceVar(drop, "drop", nil, "columns of tables that are no features; * stands for any letters")
	if pool == nil {
		return
	}
	flags.StringVar(pool, "pool", "", "make one row of the several that a sample has: mean, max or cls")
}

// teller prints each text once, to standard error.
func teller(cmd *cobra.Command) func(string) {
	var mu sync.Mutex
	told := make(map[string]bool)
	return func(text string) {
		mu.Lock()
		defer mu.Unlock()
		if !told[text] {
			told[text] = true
			cmd.PrintErrf("note: %s\n", text)
		}
	}
}
