package ui

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"sfdalab/tracking"
)

// sendTime is how long an export may take to be sent.
const sendTime = 10 * time.Minute

// export hands out what a page shows: of a comparison what tracking.Formats lists; the
// list of runs as runs; a difference as diff.
func (s *server) export(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("format")
	f, known := tracking.Format{}, true
	switch name {
	case "runs":
		f.Kind = "text/csv; charset=utf-8"
	case "diff":
		f.Kind = "text/plain; charset=utf-8"
	default:
		f, known = tracking.FormatNamed(name)
	}
	if !known || f.Folder != nil {
		s.fail(w, problem{http.StatusNotFound, errors.New("there are runs, diff, " + tracking.FormatNames())})
		return
	}
	made, err := s.exports.answer(r, func() (any, error) {
		return spool(func(w io.Writer) error { return s.write(w, name, f, r) })
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	file := made.(*os.File)
	info, err := file.Stat()
	if err != nil {
		s.fail(w, err)
		return
	}
	attach(w, f.Kind, cmp.Or(f.File(), map[string]string{"runs": "runs.csv", "diff": "difference.txt"}[name]))
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendTime))
	http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(file, 0, info.Size()))
}

// spool returns a file of no name with what is written to it: it takes no memory while it
// is sent, and an error is found before anything is. It is closed when nobody sends it any
// more.
func spool(write func(io.Writer) error) (*os.File, error) {
	f, err := os.CreateTemp("", "sfdalab-export-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	b := bufio.NewWriterSize(f, 64<<10)
	if err := errors.Join(write(b), b.Flush()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// write writes the export of a request.
func (s *server) write(w io.Writer, name string, f tracking.Format, r *http.Request) error {
	switch name {
	case "runs":
		l, err := readRunList(r)
		if err != nil {
			return err
		}
		return l.writeCSV(w, s.Store)
	case "diff":
		d, err := s.difference(r)
		if err != nil {
			return err
		}
		_, err = d.WriteTo(w)
		return err
	}
	if f.Cells != nil {
		q, err := s.selecting(r)
		if err != nil {
			return err
		}
		return s.Store.Stream(q, func(rows tracking.Rows) error { return f.Cells(w, rows) })
	}
	all, err := s.selection(r)
	if err != nil {
		return err
	}
	rec := s.recordOf(all)
	c, err := s.compareTo(rec, r.URL.Query().Get("truth"))
	if err != nil {
		return err
	}
	tables := c.Tables
	if c.truth == nil { // then those of the scores
		if tables, _, err = rec.Tables(false); err != nil {
			return err
		}
	}
	return f.WriteTables(w, tables)
}

// plot hands out a figure: kind is scatter or ranks.
func (s *server) plot(w http.ResponseWriter, r *http.Request) {
	svg, err := s.queue.answer(r, func() (any, error) { return s.draw(r) })
	if err != nil {
		s.fail(w, err)
		return
	}
	attach(w, "image/svg+xml", r.PathValue("kind")+".svg")
	w.Write(svg.([]byte))
}

// draw returns the figure that a request asks for, as SVG.
func (s *server) draw(r *http.Request) ([]byte, error) {
	all, err := s.selection(r)
	if err != nil {
		return nil, err
	}
	v := r.URL.Query()
	c, err := s.compareTo(s.recordOf(all), v.Get("truth"))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	switch kind := r.PathValue("kind"); {
	case len(c.Lines) == 0:
		err = problem{http.StatusNotFound, errors.New("no model has both a score and an accuracy, so there is nothing to draw")}
	case kind == "scatter":
		err = c.scatter(one(c.Lines, v.Get("line"))).Write(&b, "svg")
	case kind == "ranks":
		err = c.ranks(one(c.Datasets, v.Get("dataset"))).Write(&b, "svg")
	default:
		err = problem{http.StatusNotFound, errors.New("there are scatter and ranks")}
	}
	return b.Bytes(), err
}

// attach says that the answer is a file to be kept.
func attach(w http.ResponseWriter, kind, file string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+file+`"`)
}
