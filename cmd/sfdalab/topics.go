package main

import (
	"strings"

	"github.com/spf13/cobra"

	"sfdalab/docs"
)

// topics are pages of the documentation that "sfdalab help NAME" shows.
func topics() []*cobra.Command {
	var list []*cobra.Command
	for _, t := range []struct{ name, short, page string }{
		{"spec", "Every key of a spec file", docs.Specs},
		{"query", "How to select runs and scores", docs.Queries},
		{"formats", "Which files are read, and how", docs.Formats},
	} {
		list = append(list, &cobra.Command{Use: t.name, Short: t.short, Long: strings.TrimSpace(t.page)})
	}
	return list
}

// addHelp adds the command help, which fails for what is neither a command nor a topic.
func addHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, _ := root.Find([]string{"help"})
	show := help.Run
	help.Run = nil
	help.RunE = func(cmd *cobra.Command, args []string) error {
		if _, _, err := root.Find(args); err != nil {
			return misuseError{err}
		}
		show(cmd, args)
		return nil
	}
}
