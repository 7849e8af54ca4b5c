package main

import (
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// addReading adds the flags that say how to read what can be read in several ways, but
// for --pool where pool is nil.
func addReading(flags *pflag.FlagSet, labels *string, ignore, drop *[]string, pool *string) {
	flags.StringVar(labels, "labels-are", "", "what the labels are: classes, targets, one-hot, multi-label or first-of-several (default: found out, and printed)")
	flags.StringSliceVar(ignore, "ignore-label", nil, "leave out samples with these labels, such as -1; none leaves out no sample")
	flags.StringSliceVar(drop, "drop", nil, "columns of tables that are not features; * stands for any text")
	if pool == nil {
		return
	}
	flags.StringVar(pool, "pool", "", "how the several rows of a sample become one: mean, max or cls")
}

// note prints what is to be said of how input is read.
func note(cmd *cobra.Command, told []string) {
	for _, text := range told {
		tell(cmd, "note", text)
	}
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
			tell(cmd, "note", text)
		}
	}
}
