package main

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// An output is standard output or standard error for people: what would steer their
// terminal is not written. It keeps the first error, as few who write to it ask.
type output struct {
	data io.Writer
	err  error
}

func (o *output) Write(text []byte) (int, error) {
	harmless := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, string(text))
	_, err := io.WriteString(raw{o}, harmless)
	return len(text), err
}

// raw is an output for data, every byte of which is written.
type raw struct{ *output }

func (r raw) Write(data []byte) (int, error) {
	n, err := r.output.data.Write(data)
	if r.output.err == nil {
		r.output.err = err
	}
	return n, err
}

// dataTo returns where a command writes data, and its own escapes for a terminal.
func dataTo(cmd *cobra.Command) io.Writer {
	if o, ok := cmd.OutOrStdout().(*output); ok {
		return raw{o}
	}
	return cmd.OutOrStdout()
}

// terminal returns the terminal that w writes to; nil if it writes to none.
func terminal(w io.Writer) *os.File {
	if o, ok := w.(*output); ok {
		w = o.data
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// printJSON prints v on a line of its own.
func printJSON(cmd *cobra.Command, v any) error {
	return json.NewEncoder(dataTo(cmd)).Encode(v)
}
