package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sfdalab/internal/strict"
	"sfdalab/internal/suggest"
	"sfdalab/results"
	"sfdalab/tracking"
)

// flagError says in plain words what is wrong with a flag, and which one is near.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		name := "--" + unknown.GetSpecifiedName()
		return fmt.Errorf("unknown flag %s%s", name, suggest.Hint(name, names))
	}
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	var list *csv.ParseError // a flag that takes a list is read like a line of CSV
	cause := invalid.Unwrap()
	if errors.As(err, &list) {
		cause = strict.Row(list.Err)
	} else if want, ok := wanted[invalid.GetFlag().Value.Type()]; ok {
		cause = errors.New("want " + want)
	}
	return fmt.Errorf("--%s %s: %w", invalid.GetFlag().Name, invalid.GetValue(), cause)
}

// wanted says of types of flags what they take.
var wanted = map[string]string{
	"int": "a whole number", "uint": "a whole number, at least 0", "uint64": "a whole number, at least 0",
	"float64": "a number", "bool": "true or false", "duration": "a time with its unit, such as 30s or 5m",
}

// notNegative reports a number or a time below 0, which none of the flags take but --resamples,
// and one that is not finite.
func notNegative(flags *pflag.FlagSet) (err error) {
	flags.Visit(func(f *pflag.Flag) {
		switch f.Value.Type() {
		case "int", "float64", "duration":
			if strings.HasPrefix(f.Value.String(), "-") && f.Name != "resamples" && err == nil {
				err = fmt.Errorf("--%s %s: must not be negative", f.Name, f.Value)
			}
			if x := f.Value.String(); (x == "NaN" || x == "+Inf") && err == nil {
				err = fmt.Errorf("--%s %s: must be a finite number", f.Name, x)
			}
		}
	})
	return err
}

// needsNetworks reports a flag that says how features are extracted where none are.
func needsNetworks(cmd *cobra.Command, flags ...string) error {
	if name := changed(cmd, flags...); name != "" && !cmd.Flags().Changed("networks") {
		return misuseError{fmt.Errorf("--%s needs --networks", name)}
	}
	return nil
}

// Texts of cobra, which has no types for these errors.
var (
	unknownCommand = regexp.MustCompile(`^unknown command "(.*)" for "sfdalab"$`)
	missingFlags   = regexp.MustCompile(`^required flag\(s\) "(.*)" not set$`)
	oneOfFlags     = regexp.MustCompile(`^at least one of the flags in the group \[(.*)\] is required$`)
	allOfFlags     = regexp.MustCompile(`^if any flags in the group \[.*\] are set they must all be set; missing \[(.*)\]$`)
	onlyOneOfFlags = regexp.MustCompile(`^if any flags in the group \[.*\] are set none of the others can be; \[(.*)\] were all set$`)
)

// plain says an error in plain words: one of cobra's, or of a call of the system.
func plain(err error, root *cobra.Command) string {
	text := err.Error()
	if m := unknownCommand.FindStringSubmatch(text); m != nil {
		var names []string
		for _, c := range root.Commands() {
			names = append(names, c.Name())
		}
		return fmt.Sprintf("unknown command %q%s", m[1], suggest.Hint(m[1], names))
	}
	if m := missingFlags.FindStringSubmatch(text); m != nil {
		return missing(strings.Split(m[1], `", "`))
	}
	if m := allOfFlags.FindStringSubmatch(text); m != nil {
		return missing(strings.Fields(m[1]))
	}
	if m := oneOfFlags.FindStringSubmatch(text); m != nil {
		return "give one of " + dashes(strings.Fields(m[1]), ", ")
	}
	if m := onlyOneOfFlags.FindStringSubmatch(text); m != nil {
		return "give only one of " + dashes(strings.Fields(m[1]), ", ")
	}
	text = causes(err)
	var call *fs.PathError
	if errors.As(err, &call) && errors.Is(call, fs.ErrNotExist) {
		where := call.Path
		if folder := filepath.Dir(where); !exists(folder) {
			where = "folder " + folder
		}
		text = strings.Replace(text, results.OneLine(call.Error()), results.OneLine(where)+" does not exist", 1)
	}
	return text
}

// causes says an error with a line for each of the errors that were joined to it: what one of
// them quotes, such as the name of a file, begins no other line.
func causes(err error) string {
	if query, ok := err.(*tracking.SyntaxError); ok {
		return query.Error() // with a mark on a line of its own
	}
	inner := []error{errors.Unwrap(err)}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		inner = several.Unwrap()
		var texts, lines []string
		for _, e := range inner {
			texts, lines = append(texts, e.Error()), append(lines, causes(e))
		}
		if err.Error() == strings.Join(texts, "\n") {
			return strings.Join(lines, "\n")
		}
	}
	if last := inner[len(inner)-1]; last != nil {
		if before, ok := strings.CutSuffix(err.Error(), last.Error()); ok {
			return results.OneLine(before) + causes(last)
		}
	}
	return results.OneLine(err.Error())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func missing(flags []string) string {
	if len(flags) == 1 {
		return "--" + flags[0] + " is missing"
	}
	return dashes(flags, " and ") + " are missing"
}

func dashes(flags []string, between string) string { return "--" + strings.Join(flags, between+"--") }
