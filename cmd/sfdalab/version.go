package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"sfdalab/tracking"
)

// version is the semantic version of this program; the first heading of
// CHANGELOG.md has the same.
const version = "1.0.0"

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, and the revision of the code",
		Example: "  sfdalab version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			here := tracking.Here()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "sfdalab %s (%s, %s, %s)\n", version, here.Code(), here.Go, here.OS)
			return err
		},
	}
}

// newManual returns the command with which packages make their manual pages.
func newManual() *cobra.Command {
	return &cobra.Command{
		Use:     "manual DIR",
		Short:   "Write the manual pages to a folder",
		Example: "  sfdalab manual /usr/local/share/man/man1",
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true // no date: the same pages from the same code
			header := &doc.GenManHeader{Title: "SFDALAB", Section: "1", Source: "sfdalab " + version, Manual: "sfdalab"}
			return doc.GenManTree(root, header, args[0])
		},
	}
}
