package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sfdalab/internal/suggest"
	"sfdalab/results"
	"sfdalab/tracking"
)

// storeCommand returns a command of n arguments that works on the store.
func storeCommand(use, short, example string, n int, run func(cmd *cobra.Command, path string, args []string) error) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use: use, Short: short, Example: "  sfdalab " + example,
		Args: cobra.ExactArgs(n),
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd, path, args) },
	}
	addStore(cmd, &path)
	return cmd
}

func newCheck() *cobra.Command {
	return storeCommand("check", "Read every page and record of the store, and report damage", "check --store lab.db", 0,
		func(cmd *cobra.Command, path string, _ []string) error {
			report, err := tracking.Check(path)
			if err != nil {
				return err
			}
			return printReport(cmd, report)
		})
}

func newRepair() *cobra.Command {
	return storeCommand("repair NEW", "Copy what can be read of a damaged store into a new file", "repair saved.db --store lab.db", 1,
		func(cmd *cobra.Command, path string, args []string) error {
			report, err := tracking.Repair(path, args[0])
			if err != nil {
				return err
			}
			for _, l := range report.Lost {
				tell(cmd, "lost", l)
			}
			cmd.Printf("%s has %s and %s\n", args[0], results.Count(report.Runs, "run"), results.Count(report.Cells, "cell"))
			return nil
		})
}

// openStore opens the store at path, and warns if its last write may be missing.
func openStore(cmd *cobra.Command, path string) (*tracking.Store, error) {
	store, err := tracking.Open(path)
	warnOf(cmd, store, err)
	return store, err
}

// createStore opens the store at path as openStore does, a new one if there is none.
func createStore(cmd *cobra.Command, path string) (*tracking.Store, error) {
	store, err := tracking.Create(path)
	warnOf(cmd, store, err)
	return store, err
}

// warnOf warns of a store, if it could be opened, whose last write may be missing.
func warnOf(cmd *cobra.Command, store *tracking.Store, err error) {
	if err == nil && store.Doubt() != nil {
		tell(cmd, "warning", store.Doubt().Error())
	}
}

// printReport prints what a check found; damage is an error.
func printReport(cmd *cobra.Command, r tracking.Report) error {
	cmd.Printf("%s, %s\n", results.Count(r.Runs, "run"), results.Count(r.Cells, "cell"))
	for _, d := range r.Damage {
		tell(cmd, "damage", d.Error())
	}
	if n := len(r.Damage); n > 0 {
		return fmt.Errorf("the store is damaged in %s: \"sfdalab repair NEW\" copies the rest into a new file", results.Count(n, "place"))
	}
	return nil
}

func newBackup() *cobra.Command {
	return storeCommand("backup FILE", "Copy the store, also while it is in use", "backup monday.db", 1,
		func(cmd *cobra.Command, path string, args []string) error {
			store, err := openStore(cmd, path)
			if err != nil {
				return err
			}
			if err := store.Backup(args[0]); err != nil {
				return err
			}
			cmd.Printf("%s is a copy of %s\n", args[0], path)
			// Somebody may be about to rely on the copy.
			report, err := tracking.Check(args[0])
			if err == nil && len(report.Damage) > 0 {
				err = fmt.Errorf("store %s is damaged, and so is the copy: \"sfdalab check\" lists the damage, \"sfdalab repair\" copies the rest into a new file", path)
			}
			return err
		})
}

func newMerge() *cobra.Command {
	cmd := storeCommand("merge OTHER...", "Add the runs of other stores, such as shards; merging twice changes nothing", "merge sfdalab.db.shards/*.db", 1, mergeInto)
	cmd.Args = cobra.MinimumNArgs(1)
	return cmd
}

// mergeInto adds the runs of other stores to the store at path.
func mergeInto(cmd *cobra.Command, path string, from []string) error {
	var others []*tracking.Store
	var damage error
	for _, arg := range from {
		other, err := openStore(cmd, arg)
		if errors.Is(err, tracking.ErrDamaged) {
			damage = errors.Join(damage, err) // the others are merged nevertheless
			continue
		}
		if err != nil {
			return err
		}
		others = append(others, other)
	}
	if len(others) == 0 {
		return damage
	}
	store, err := createStore(cmd, path)
	if err != nil {
		return err
	}
	n, err := store.Merge(others...)
	cmd.Printf("new or changed: %s\n", results.Count(n, "run"))
	return errors.Join(damage, err)
}

func newGC() *cobra.Command {
	return storeCommand("gc", "Remove scores that no run uses", "gc --store lab.db", 0,
		func(cmd *cobra.Command, path string, _ []string) error {
			store, err := openStore(cmd, path)
			if err != nil {
				return err
			}
			n, err := store.Collect()
			if err != nil {
				return err
			}
			cmd.Printf("removed: %s\n", results.Count(n, "cell"))
			return nil
		})
}

func newDelete() *cobra.Command {
	cmd := storeCommand("delete RUN...", "Delete runs; \"sfdalab gc\" then removes scores that no other run uses", "delete 20260131-k2m", 1,
		func(cmd *cobra.Command, path string, args []string) error {
			store, err := openStore(cmd, path)
			if err != nil {
				return err
			}
			return store.Delete(args...)
		})
	cmd.Args = cobra.MinimumNArgs(1)
	return cmd
}

// addAnnotation adds the flags for what users say of a run.
func addAnnotation(cmd *cobra.Command, note *tracking.Annotation) {
	cmd.Flags().StringVar(&note.Name, "name", "", "name of the run")
	cmd.Flags().StringSliceVar(&note.Tags, "tag", nil, "tags, for queries")
	cmd.Flags().StringVar(&note.Notes, "notes", "", "notes on the run")
}

func newAnnotate() *cobra.Command {
	var note tracking.Annotation
	cmd := storeCommand("annotate RUN", "Change the name, tags and notes of a run", "annotate latest --tag paper --notes 'Table 2'", 1, nil)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if flags := cmd.Flags(); !flags.Changed("name") && !flags.Changed("tag") && !flags.Changed("notes") {
			return misuseError{errors.New("say what to change: --name, --tag or --notes")}
		}
		path := cmd.Flag("store").Value.String()
		store, err := openStore(cmd, path)
		if err != nil {
			return err
		}
		return store.Annotate(args[0], func(a *tracking.Annotation) {
			for name, set := range map[string]func(){
				"name":  func() { a.Name = note.Name },
				"tag":   func() { a.Tags = note.Tags },
				"notes": func() { a.Notes = note.Notes },
			} {
				if cmd.Flag(name).Changed {
					set()
				}
			}
		})
	}
	addAnnotation(cmd, &note)
	cmd.Flag("tag").Usage = "tags, in place of those that there are"
	return cmd
}

// noRun says that a store has nothing for a query.
func noRun(storePath string, query tracking.Query) string {
	said := fmt.Sprintf("no run in %s matches %q", storePath, query)
	for _, name := range query.Names() {
		said += fmt.Sprintf("; %s is read as the name of a parameter or detail%s", name, suggest.Hint(name, tracking.Fields()))
	}
	return said
}
