package main

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"sfdalab/internal/strict"
	"sfdalab/results"
)

// An output is standard output or standard error for people: what would steer their
// terminal is not written there, and lines are no longer than those of the terminal. It
// keeps the first error, as few who write to it ask.
type output struct {
	file io.Writer
	wide pflag.Value // "true" if lines may be longer; may be nil
	line string      // has begun, on a terminal
	err  error
}

// Write writes whole lines; on a terminal the rest waits for its end, so that it is wrapped
// as one.
func (o *output) Write(p []byte) (int, error) {
	s := harmless(p)
	if terminal(o) == nil {
		return len(p), o.write(s)
	}
	s = o.line + s
	end := strings.LastIndexByte(s, '\n') + 1
	o.line = s[end:]
	return len(p), o.write(wrapped(s[:end], o.columns()))
}

// flush writes a line that has begun.
func (o *output) flush() {
	s := wrapped(o.line, o.columns())
	o.line = ""
	o.write(s)
}

// write writes to the file, and keeps the first error.
func (o *output) write(s string) error {
	_, err := io.WriteString(o.file, s)
	if o.err == nil {
		o.err = err
	}
	return err
}

// columns returns how many characters a line has; 0 where any number will do: in a file,
// in a pipe, and with --wide.
func (o *output) columns() int {
	f := terminal(o)
	if f == nil || o.wide != nil && o.wide.String() == "true" {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// harmless returns what a terminal shows of p without being steered.
func harmless(p []byte) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, string(p))
}

// raw is an output of which every byte is written; data one of which that holds for files
// and pipes, and which a terminal gets without what would steer it.
type (
	raw  struct{ *output }
	data struct{ *output }
)

// Write writes all bytes at once, after a line that has begun.
func (r raw) Write(p []byte) (int, error) {
	r.flush()
	return len(p), r.write(string(p))
}

// Write does the same but for a terminal.
func (d data) Write(p []byte) (int, error) {
	if terminal(d.output) == nil {
		return raw(d).Write(p)
	}
	d.flush()
	return len(p), d.write(harmless(p))
}

// dataTo returns where a command writes data.
func dataTo(cmd *cobra.Command) io.Writer {
	if o, ok := cmd.OutOrStdout().(*output); ok {
		return data{o}
	}
	return cmd.OutOrStdout()
}

// escapesTo returns where a command writes its own escapes for a terminal.
func escapesTo(cmd *cobra.Command) io.Writer {
	if o, ok := cmd.OutOrStdout().(*output); ok {
		return raw{o}
	}
	return cmd.OutOrStdout()
}

// terminal returns the terminal that w writes to; nil if it writes to none.
func terminal(w io.Writer) *os.File {
	if o, ok := w.(*output); ok {
		w = o.file
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// width returns how many characters a line has that a command writes, as columns does.
func width(cmd *cobra.Command) int {
	if o, ok := cmd.OutOrStdout().(*output); ok {
		return o.columns()
	}
	return 0
}

// mostOfLine is how many characters of a line are shown: what it quotes of a file may be
// millions of bytes.
const mostOfLine = 2000

// oneLine returns a text as a line for people.
func oneLine(text string) string { return strict.Clip(results.OneLine(text), mostOfLine) }

// tell writes a line to standard error: of which kind it is, such as "note", and a text.
func tell(cmd *cobra.Command, kind, text string) { cmd.PrintErrf("%s: %s\n", kind, oneLine(text)) }

// printJSON prints v on a line of its own.
func printJSON(cmd *cobra.Command, v any) error {
	return json.NewEncoder(dataTo(cmd)).Encode(v)
}
