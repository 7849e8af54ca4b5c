package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sfdalab/tracking"
)

// storeExt is the extension of a store among the files that are exported and imported.
const storeExt = ".db"

// cut exports a part of a store as a store.
func cut(cmd *cobra.Command, store *tracking.Store, query tracking.Query, out string) error {
	runs, cells, err := store.Cut(query, out)
	if err != nil {
		return err
	}
	if runs == 0 {
		cmd.PrintErrln(noRun(store.Path(), query) + ": nothing is exported")
		return nil
	}
	cmd.Printf("%s holds %d runs and %d cells\n", out, runs, cells)
	return nil
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
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
