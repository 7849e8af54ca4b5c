package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
)

func newInit() *cobra.Command {
	return &cobra.Command{
		Use:   "init [SPEC.yaml]",
		Short: "Write a spec with comments, as a start",
		Long: `Write a spec with comments, as a start, to spec.yaml or the file that is named. An existing
file is not overwritten.`,
		Example: `  sfdalab init
  sfdalab init cars.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "spec.yaml"
			if len(args) > 0 {
				path = args[0]
			}
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s is there already: name another file", path)
			}
			if err != nil {
				return err
			}
			_, err = f.WriteString(experiments.Commented)
			if err := errors.Join(err, f.Close()); err != nil {
				return errors.Join(err, os.Remove(path))
			}
			cmd.PrintErrf("wrote %s: edit it, then run \"sfdalab run %s\"\n", path, path)
			return nil
		},
	}
}
