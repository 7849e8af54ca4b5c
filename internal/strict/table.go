package strict

import (
	"encoding/csv"
	"errors"
	"fmt"
)

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
