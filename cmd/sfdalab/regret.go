package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sfdalab/experiments"
	"sfdalab/results/hubs"
	"sfdalab/tracking"
)

func newRegret() *cobra.Command {
	var storePath string
	var keep, asJSON bool
	cmd := &cobra.Command{
		Use:   "regret RUN ACCURACIES",
		Short: "Compare a ranking with accuracies that are known now",
		Long: `Compare a stored ranking with accuracies that are known now. It prints how many points of
accuracy the first model is below the best, and whether the shortlist held the best model.
RUN is "latest" for the newest ranking. ACCURACIES are a CSV file with the columns dataset,
model and accuracy, the accuracies that a stored run fine-tuned (run:ID or run:latest), or
a built-in ground truth.

With --keep, the accuracies are stored with the run, and nowhere else. Later rankings with
the same store use them as history. If five models or more were ranked, and all of them have
an accuracy, later rankings also count whether this shortlist held the best model.`,
		Example: `  sfdalab regret latest accuracies.csv --store lab.db --keep   # after "sfdalab rank … --store lab.db"
  sfdalab regret latest run:latest --store lab.db`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := tracking.Open(storePath)
			if err != nil {
				return err
			}
			run, err := experiments.FindRanking(store, args[0])
			if err != nil {
				return err
			}
			truth, err := experiments.LoadTruth(args[1], store)
			if err != nil {
				return err
			}
			note(cmd, truth.Told)
			regrets, err := experiments.Regrets(run, truth)
			if err != nil {
				return err
			}
			if err := printRegrets(cmd, regrets, asJSON); err != nil || !keep {
				return err
			}
			if err := store.AddAccuracies(run.ID, truth.On(truth.Datasets())); err != nil {
				return err
			}
			for _, r := range regrets {
				cmd.PrintErrf("note: %s\n", wrapped(kept(r), width(cmd)))
			}
			return nil
		},
	}
	addStore(cmd, &storePath)
	cmd.Flags().BoolVar(&keep, "keep", false, "store the accuracies with the run, for later rankings")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for each dataset")
	return cmd
}

// printRegrets prints what was lost on each dataset.
func printRegrets(cmd *cobra.Command, regrets []experiments.Regret, asJSON bool) error {
	for _, r := range regrets {
		if !asJSON {
			printRegret(cmd, r)
		} else if err := printJSON(cmd, r); err != nil {
			return err
		}
	}
	return nil
}

// printRegret prints what was lost on a dataset, a sentence a line.
func printRegret(cmd *cobra.Command, r experiments.Regret) {
	say := func(format string, args ...any) { cmd.Printf(format+"\n", args...) }
	say("%s: %d of %d ranked models have an accuracy.", r.Dataset, r.Models, r.Models+len(r.Missing))
	if len(r.Missing) > 0 {
		say("No accuracy is known of these, so one of them may be the best: %s.", strings.Join(r.Missing, ", "))
	}
	of := ""
	if len(r.Missing) > 0 {
		of = " of those with an accuracy"
	}
	say("Best model%s: %s, at rank %d of the ranking.", of, strings.Join(r.Best, ", "), r.BestRank)
	say("Accuracy of the model ranked first%s: %.2f points below the best.", of, r.First)
	if r.All {
		say("The shortlist held all models, as none could be left out.")
	} else {
		say("The shortlist%s %s", size(r.Listed, r), listed(r.Listed))
	}
	if r.Shorter != nil {
		say("The shorter list%s %s", size(*r.Shorter, r), listed(*r.Shorter))
	}
	if r.Tau != nil {
		say("The ranking agrees with the accuracies at a weighted τ of %.2f.", *r.Tau)
	}
}

// size says how many models a shortlist has or, without the accuracies of some, how many of
// its models have one.
func size(l experiments.Listed, r experiments.Regret) string {
	if len(r.Missing) == 0 {
		return fmt.Sprintf(" of %d", l.Shortlist)
	}
	if l.Shortlist == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d with an accuracy)", l.Shortlist)
}

// kept says what later rankings take from a regret that is kept.
func kept(r experiments.Regret) string {
	switch {
	case r.Case:
		return r.Dataset + ": kept; later rankings with this store use the accuracies as history, and count whether this shortlist held the best model"
	case len(r.Missing) > 0:
		return r.Dataset + ": kept as history only; later rankings count whether the shortlist held the best model once all ranked models have an accuracy"
	}
	return fmt.Sprintf("%s: kept as history only; whether the shortlist held the best model is counted from %d ranked models on", r.Dataset, hubs.LeastCase)
}

// listed says how a shortlist did, and what was promised.
func listed(l experiments.Listed) string {
	text := fmt.Sprintf("did not hold the best model: its best model is %.2f points less accurate.", l.Loss)
	switch {
	case l.Kept:
		text = "held the best model."
	case l.Shortlist == 0:
		return "has no model with an accuracy."
	}
	if p := l.Promise; p != nil {
		text += fmt.Sprintf(" Lists made this way held it in %d of %d rankings with known accuracies (%.0f %%).", p.Kept, p.Cases, 100*p.Share())
	}
	return text
}
