package ui

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sfdalab/results"
	"sfdalab/tracking"
)

// export hands out what a page shows: the list of runs; the cells of a comparison as
// csv, jsonl or parquet, and its table as latex or table (CSV); a difference as diff.
func (s *server) export(w http.ResponseWriter, r *http.Request) {
	format := r.PathValue("format")
	e, known := exports[format]
	if !known {
		s.fail(w, problem{http.StatusNotFound, fmt.Errorf("there are %s", strings.Join(slices.Sorted(maps.Keys(exports)), ", "))})
		return
	}
	file, err := s.queue.answer(r, func() (any, error) {
		var b bytes.Buffer
		err := e.write(s, &b, r)
		return b.Bytes(), err
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, e.kind, e.file, file.([]byte))
}

// An exporter writes a file of a kind.
type exporter struct {
	kind, file string
	write      func(*server, io.Writer, *http.Request) error
}

var exports = map[string]exporter{
	"csv":     {"text/csv; charset=utf-8", "cells.csv", cells(tracking.ExportCSV)},
	"jsonl":   {"application/jsonl", "cells.jsonl", cells(tracking.ExportJSONL)},
	"parquet": {"application/vnd.apache.parquet", "cells.parquet", cells(tracking.ExportParquet)},
	"latex":   {"text/plain; charset=utf-8", "table.tex", table(results.LaTeX)},
	"table":   {"text/csv; charset=utf-8", "table.csv", table(results.CSV)},
	"runs": {"text/csv; charset=utf-8", "runs.csv", func(s *server, w io.Writer, r *http.Request) error {
		l, err := readRunList(r)
		if err != nil {
			return err
		}
		return l.writeCSV(w, s.Store)
	}},
	"diff": {"text/plain; charset=utf-8", "difference.txt", func(s *server, w io.Writer, r *http.Request) error {
		d, err := s.difference(r)
		if err != nil {
			return err
		}
		_, err = d.WriteTo(w)
		return err
	}},
}

// cells writes the cells of a comparison.
func cells(write func(io.Writer, []tracking.Selection) error) func(*server, io.Writer, *http.Request) error {
	return func(s *server, w io.Writer, r *http.Request) error {
		all, err := s.selection(r)
		if err != nil {
			return err
		}
		return write(w, all)
	}
}

// table writes the table of a comparison.
func table(f results.Format) func(*server, io.Writer, *http.Request) error {
	return func(s *server, w io.Writer, r *http.Request) error {
		all, err := s.selection(r)
		if err != nil {
			return err
		}
		c := compareRuns(all, s.Truths, r.URL.Query().Get("truth"))
		return c.Table.Write(w, f)
	}
}

// plot hands out a drawing: kind is scatter or parallel.
func (s *server) plot(w http.ResponseWriter, r *http.Request) {
	drawing, err := s.queue.answer(r, func() (any, error) { return s.draw(r) })
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, "image/svg+xml", r.PathValue("kind")+".svg", []byte(drawing.(string)))
}

// draw returns the drawing that a request asks for.
func (s *server) draw(r *http.Request) (string, error) {
	all, err := s.selection(r)
	if err != nil {
		return "", err
	}
	v := r.URL.Query()
	c := compareRuns(all, s.Truths, v.Get("truth"))
	l, d := c.line(v.Get("line")), c.dataset(v.Get("dataset"))
	switch {
	case l == nil || d == "":
		return "", problem{http.StatusNotFound, errors.New("no ground truth knows these models, so there is nothing to draw")}
	case r.PathValue("kind") == "scatter":
		return scatter(d, l.points[d]), nil
	case r.PathValue("kind") == "parallel":
		return parallel(d, c.Lines), nil
	}
	return "", problem{http.StatusNotFound, errors.New("there are scatter and parallel")}
}

// send hands out a file.
func (s *server) send(w http.ResponseWriter, kind, file string, content []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+file+`"`)
	w.Write(content)
}
