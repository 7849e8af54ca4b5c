package main

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// An output is standard output or standard error for people: what would steer their
// terminal is not written. It keeps the first error, as few who write to it ask.
type output struct {
	data io.Writer
	err  error
}

func (o *output) Write(p []byte) (int, error) {
	harmless := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, string(p))
	_, err := io.WriteString(raw{o}, harmless)
	return len(p), err
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

// dataTo returns where a command writes data: every byte of it, but to a terminal what
// does not steer that.
func dataTo(cmd *cobra.Command) io.Writer {
	if terminal(cmd.OutOrStdout()) != nil {
		return cmd.OutOrStdout()
	}
	return escapesTo(cmd)
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
		w = o.data
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// width returns how many characters a line of the terminal has that a command writes to;
// 0 where any will do: in a file, in a pipe, and with --wide.
func width(cmd *cobra.Command) int {
	wide, _ := cmd.Flags().GetBool("wide")
	f := terminal(cmd.OutOrStdout())
	if wide || f == nil {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// wrapped returns a text with lines of so many characters at most; any if it is 0.
func wrapped(s string, width int) string {
	if width == 0 {
		return s
	}
	lines := strings.Split(text.WrapSoft(s, width), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ") // which WrapSoft adds
	}
	return strings.Join(lines, "\n")
}

// printJSON prints v on a line of its own.
func printJSON(cmd *cobra.Command, v any) error {
	return json.NewEncoder(dataTo(cmd)).Encode(v)
}
