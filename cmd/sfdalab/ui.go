package main

import (
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results"
	"sfdalab/tracking/ui"
)

func newUI() *cobra.Command {
	var storePath string
	var truths []string
	var config ui.Config
	cmd := &cobra.Command{
		Use:   "ui",
		Short: "Show the store in a browser",
		Example: `  sfdalab ui
  sfdalab ui --truth experiments/zoo/finetuned_accuracy.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			hide("--token", tokenVariable)
			if config.Token == "" {
				config.Token = os.Getenv(tokenVariable)
			}
			store, err := openStore(cmd, storePath)
			if err != nil {
				return err
			}
			config.Store, config.Truths, config.Complete = store, results.Truths(), experiments.Complete
			for _, name := range truths {
				truth, err := loadTruth(cmd, name, storePath)
				if err != nil {
					return err
				}
				config.Truths = append(config.Truths, truth)
			}
			return ui.Serve(cmd.Context(), config, func(url string) { cmd.Println(url) })
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().StringVar(&config.Address, "address", "127.0.0.1:7373", "address to listen at; at 0.0.0.0:7373 other machines open the page by this machine's name, and need the token")
	cmd.Flags().StringVar(&config.Token, "token", "", "token that browsers on other machines must send as ?token=; also read from "+tokenVariable+" (default: random)")
	cmd.Flags().StringSliceVar(&truths, "truth", nil, "more ground truths than the built-in ones")
	return cmd
}

// tokenVariable is the environment variable of the token.
const tokenVariable = "SFDALAB_TOKEN"

// hide starts this program again with the value of a flag in an environment variable, if
// it was given: all users of a machine see the arguments of its processes. Where a
// program cannot take the place of another, it goes on.
func hide(flag, variable string) {
	for i, arg := range os.Args {
		value, given := strings.CutPrefix(arg, flag+"=")
		end := i + 1
		if arg == flag && end < len(os.Args) {
			value, given, end = os.Args[end], true, end+1
		}
		if !given {
			continue
		}
		program, err := os.Executable()
		if err != nil {
			return
		}
		args := slices.Delete(slices.Clone(os.Args), i, end)
		_ = syscall.Exec(program, args, append(os.Environ(), variable+"="+value)) // returns only if it failed
		return
	}
}
