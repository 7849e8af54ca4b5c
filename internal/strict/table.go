package strict

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// Records reads the records of a CSV table. None may be longer than 16 MiB: a file without
// lines, or a quotation mark that nothing closes, would take all memory.
type Records struct {
	*csv.Reader
	in *bounded
}

// NewRecords returns the records of r.
func NewRecords(r io.Reader) *Records {
	in := &bounded{from: WithoutMark(r)}
	return &Records{csv.NewReader(in), in}
}

// WithoutMark returns what r holds behind the byte order mark that spreadsheets begin a table
// with, if there is one: it would make a quotation mark behind it one within a field.
func WithoutMark(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	if start, err := in.Peek(len(mark)); err == nil && string(start) == mark {
		in.Discard(len(mark))
	}
	return in
}

const mark = "\ufeff"

// Read returns the next record, io.EOF after the last one.
func (r *Records) Read() ([]string, error) {
	r.in.until = r.InputOffset() + mostRecord
	return r.Reader.Read()
}

// mostRecord is how many bytes a record may have.
const mostRecord = 16 << 20

// bounded reads from another reader until it has read so many bytes.
type bounded struct {
	from      io.Reader
	at, until int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.at > b.until {
		return 0, fmt.Errorf("a line, or a field in quotation marks, has more than %d MiB", mostRecord>>20)
	}
	n, err := b.from.Read(p)
	b.at += int64(n)
	return n, err
}

// Table says in plain English, with the line, what csv.Reader finds wrong with a table. Other
// errors and nil are returned as they are.
func Table(err error) error {
	at, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	return fmt.Errorf("line %d: %w", at.StartLine, Row(at.Err))
}

// Row is Table for the error of a row, without the line.
func Row(err error) error {
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return errors.New("it has more or fewer fields than the first line")
	case errors.Is(err, csv.ErrBareQuote):
		return errors.New(`a quotation mark stands within a field: put the field in quotation marks, and write "" for one in it`)
	case errors.Is(err, csv.ErrQuote):
		return errors.New("a field in quotation marks does not end where its quotation mark does, or never")
	}
	return err
}
