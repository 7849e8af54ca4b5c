package finetune

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"

	"sfdalab/internal/process"
	"sfdalab/internal/strict"
)

// Version is that of the exchange with programs.
const Version = 1

// A Request is what a program is asked: one line on its standard input, which is closed
// then. Paths are absolute.
type Request struct {
	Protocol int      `json:"protocol"` // Version
	Network  string   `json:"network"`  // a name that the program knows, or a file
	Dataset  Dataset  `json:"dataset"`
	Train    []string `json:"train"` // splits to train on
	Test     string   `json:"test"`  // split to evaluate on
	Settings Settings `json:"settings"`
	Measure  Measure  `json:"measure"`
	Seed     uint64   `json:"seed"`
	Device   string   `json:"device"` // cpu or cuda
	Threads  int      `json:"threads"`

	Checkpoint string `json:"checkpoint"`       // a folder, kept until the trial has its result
	Logits     string `json:"logits,omitempty"` // a file for the logits of Test, N×C float32, if wanted
}

// A Dataset is where the images are.
type Dataset struct {
	Name    string `json:"name"`
	Root    string `json:"root"`    // folder that paths are relative to
	Images  string `json:"images"`  // CSV of path, class (a whole number from 0; of several labels the numbers, apart by blanks, each followed by ? where it is difficult) and split
	Classes int    `json:"classes"` // C
}

// A Measure says what an accuracy is. It is in percent.
type Measure string

// The measures of papers: the share of images whose class is right; the mean of these
// shares over classes; the mean over classes of the average precision that is
// interpolated at 11 points (PASCAL VOC 2007).
const (
	TopOne       Measure = "top-1"
	MeanPerClass Measure = "mean-per-class"
	MAP          Measure = "map-11-point"
)

// Measures are all measures.
var Measures = []Measure{TopOne, MeanPerClass, MAP}

// A Progress tells how far a training is.
type Progress struct {
	Step     int      `json:"step"`
	Steps    int      `json:"steps,omitempty"`    // of the whole; 0 where that is not known
	Loss     *float64 `json:"loss,omitempty"`     // nil where it is not told
	Accuracy *float64 `json:"accuracy,omitempty"` // percent
}

// A Result is what a trial came to.
type Result struct {
	Accuracy float64           `json:"accuracy"` // percent, by the measure, on the split Test
	Samples  int               `json:"samples"`  // of that split
	Loss     *float64          `json:"loss"`     // on that split
	Versions map[string]string `json:"versions"` // such as torch
}

// What a program may write.
const (
	mostLine     = 1 << 20  // bytes of a line
	mostWritten  = 64 << 20 // bytes in all
	mostVersions = 100
)

// answers reads what a program writes, line by line as it comes. The error of Write says
// what is wrong with it.
type answers struct {
	progress func(Progress)

	line    []byte // until its end comes
	lines   int
	written int
	result  *Result
	failed  string // what the program said of its failure
}

// Write takes a piece of what the program writes.
func (a *answers) Write(piece []byte) (int, error) {
	if a.written += len(piece); a.written > mostWritten {
		return 0, process.TooLong(mostWritten)
	}
	for rest := piece; ; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		if a.line = append(a.line, line...); len(a.line) > mostLine {
			return 0, fmt.Errorf("line %d of its answer has more than %d bytes", a.lines+1, mostLine)
		}
		if !whole {
			return len(piece), nil
		}
		if err := a.take(); err != nil {
			return 0, err
		}
		rest = after
	}
}

// end takes what comes without an end of line.
func (a *answers) end() error {
	return a.take()
}

// take takes the line.
func (a *answers) take() error {
	line := bytes.TrimSpace(a.line)
	a.line = a.line[:0]
	a.lines++
	if len(line) == 0 {
		return nil
	}
	if err := a.read(line); err != nil {
		return fmt.Errorf("line %d of its answer, %q: %w", a.lines, strict.Clip(line, 200), err)
	}
	return nil
}

// notFinite finds what Python writes for numbers that JSON has no words for.
var notFinite = regexp.MustCompile(`:\s*(NaN|-?Infinity)\b`)

// read reads a line.
func (a *answers) read(line []byte) error {
	var answer struct {
		Progress *Progress `json:"progress"`
		Result   *struct {
			Result
			Accuracy *float64 `json:"accuracy"`
		} `json:"result"`
		Error *string `json:"error"`
	}
	if err := strict.JSON(line, &answer); err != nil {
		if notFinite.Match(line) {
			return errors.New("a number in it is not finite: training has diverged")
		}
		return fmt.Errorf(`want a JSON object such as {"progress": …}, {"result": …} or {"error": …}, and all else on standard error: %w`, err)
	}
	given := 0
	for _, there := range []bool{answer.Progress != nil, answer.Result != nil, answer.Error != nil} {
		if there {
			given++
		}
	}
	switch {
	case given != 1:
		return errors.New("want one of progress, result and error")
	case a.result != nil || a.failed != "":
		return errors.New("want nothing after the result")
	case answer.Error != nil:
		if a.failed = *answer.Error; a.failed == "" {
			a.failed = "it failed and did not say why"
		}
		return nil
	case answer.Progress != nil:
		if err := answer.Progress.check(); err != nil {
			return err
		}
		a.progress(*answer.Progress)
		return nil
	case answer.Result.Accuracy == nil:
		return errors.New("the result has no accuracy")
	}
	r := answer.Result.Result
	r.Accuracy = *answer.Result.Accuracy
	a.result = &r
	return r.check()
}

// check reports progress that cannot be.
func (p Progress) check() error {
	switch {
	case p.Step < 0 || p.Steps < 0 || p.Steps > 0 && p.Step > p.Steps:
		return fmt.Errorf("step %d of %d: want whole numbers, 0 or above", p.Step, p.Steps)
	case p.Accuracy != nil && !isPercent(*p.Accuracy):
		return fmt.Errorf("accuracy %v: want percent, from 0 to 100", *p.Accuracy)
	}
	return nil
}

// check reports a result that cannot be.
func (r Result) check() error {
	switch {
	case !isPercent(r.Accuracy):
		return fmt.Errorf("accuracy %v: want percent, from 0 to 100", r.Accuracy)
	case r.Samples < 0:
		return fmt.Errorf("%d samples: want the number of samples that were evaluated", r.Samples)
	case len(r.Versions) > mostVersions:
		return fmt.Errorf("%d versions: want %d at most", len(r.Versions), mostVersions)
	}
	return nil
}

// isPercent reports whether x may be an accuracy, in percent.
func isPercent(x float64) bool { return x >= 0 && x <= 100 && !math.Signbit(x) }
