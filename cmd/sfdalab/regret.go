package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results"
	"sfdalab/tracking"
)

func newRegret() *cobra.Command {
	var storePath string
	var keep, asJSON bool
	cmd := &cobra.Command{
		Use:   "regret RUN ACCURACIES",
		Short: "Compare a ranking with accuracies that are known now",
		Long: `Compare a stored ranking with accuracies that came later: a CSV file with the columns
dataset, model and accuracy, or a built-in ground truth. It prints how many points of
accuracy the first model loses against the best, and whether the shortlist held the best.

With --keep, the accuracies are stored with the run, and nowhere else. Later rankings with
the same store use them as history, and count whether this shortlist held the best model.`,
		Example: `  sfdalab regret latest accuracies.csv --store lab.db --keep   # after "sfdalab rank … --store lab.db"`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := tracking.Open(storePath)
			if err != nil {
				return err
			}
			run, err := store.Run(args[0])
			if err != nil {
				return err
			}
			truth, err := results.LoadTruth(args[1])
			if err != nil {
				return misuseError{err}
			}
			regrets, err := experiments.Regrets(run, truth)
			if err != nil {
				return err
			}
			for _, r := range regrets {
				if asJSON {
					if err := printJSON(cmd, r); err != nil {
						return err
					}
				} else {
					printRegret(cmd, r)
				}
			}
			if keep {
				return store.AddAccuracies(run.ID, truth.On(truth.Datasets()))
			}
			return nil
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().BoolVar(&keep, "keep", false, "store the accuracies with the run, for later rankings")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for each dataset")
	return cmd
}

func printRegret(cmd *cobra.Command, r experiments.Regret) {
	cmd.Printf("%s: %d of %d ranked models have an accuracy.\n", r.Dataset, r.Models, r.Models+len(r.Missing))
	if len(r.Missing) > 0 {
		cmd.Printf("Without one, and so maybe better: %s.\n", strings.Join(r.Missing, ", "))
	}
	cmd.Printf("The best: %s, at rank %d. The first of the ranking costs %.2f points.\n", strings.Join(r.Best, ", "), r.BestRank, r.First)
	kept := fmt.Sprintf("did not have the best, and costs %.2f points", r.Loss)
	switch {
	case r.Kept:
		kept = "had the best"
	case r.Shortlist == 0:
		kept = "has no model with an accuracy"
	}
	promised := ""
	if p := r.Promise; p != nil {
		promised = fmt.Sprintf(" Such lists had it in %.0f %% of %d rankings with known accuracies.", 100*p.Share(), p.Cases)
	}
	cmd.Printf("The shortlist of %d %s.%s\n", r.Shortlist, kept, promised)
	if r.Tau != nil {
		cmd.Printf("The ranking agrees with the accuracies at a weighted τ of %.2f.\n", *r.Tau)
	}
}
