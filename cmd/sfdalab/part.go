package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sfdalab/internal/scratch"
	"sfdalab/results"
	"sfdalab/tracking"
)

// Extensions of the parts of a store that are exported and imported: a store, and one
// packed with the inputs of its runs.
const (
	storeExt  = ".db"
	packedExt = ".zip"
)

// isPart reports whether a file is a part of a store, by its name.
func isPart(path string) bool {
	ext := filepath.Ext(path)
	return ext == storeExt || ext == packedExt
}

// exportPart exports a part of a store to a file that isPart.
func exportPart(cmd *cobra.Command, store *tracking.Store, query tracking.Query, out string) error {
	var runs, cells int
	var missing []string
	var err error
	if filepath.Ext(out) == packedExt {
		runs, cells, missing, err = store.Pack(query, out)
	} else {
		runs, cells, err = store.Cut(query, out)
	}
	if err != nil {
		return err
	}
	if runs == 0 {
		cmd.PrintErrln(noRun(store.Path(), query) + ": nothing is exported")
		return nil
	}
	for _, path := range missing {
		tell(cmd, "warning", path+" has changed since the run, or is gone: it is left out")
	}
	cmd.Printf("%s holds %s and %s\n", out, results.Count(runs, "run"), results.Count(cells, "cell"))
	return nil
}

// importPart adds the runs of a file that isPart to the store at path.
func importPart(cmd *cobra.Command, path, part string) error {
	if filepath.Ext(part) == storeExt {
		return mergeInto(cmd, path, []string{part})
	}
	folder, remove, err := scratch.Temporary()
	if err != nil {
		return err
	}
	defer remove()
	store := filepath.Join(folder, tracking.PackedStore)
	if err := replaceFile(store, func(w io.Writer) error { return tracking.Unpack(part, w) }); err != nil {
		return err
	}
	return mergeInto(cmd, path, []string{store})
}

// changed returns the first of the flags that was given, "" if none was.
func changed(cmd *cobra.Command, flags ...string) string {
	for _, f := range flags {
		if cmd.Flags().Changed(f) {
			return f
		}
	}
	return ""
}

// replaceFile writes a file beside its place, and moves it there when it is whole.
func replaceFile(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // such as a pipe
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	return scratch.Write(path, func(f *os.File) error { return write(f) })
}
