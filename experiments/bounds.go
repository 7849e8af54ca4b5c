package experiments

import (
	"errors"
	"fmt"
	"io"

	"sfdalab/internal/regular"
	"sfdalab/internal/strict"
)

// What a spec may hold, each far more than a useful one does: without a bound, a slip of
// the pen or a hostile file takes all memory.
const (
	mostVariants = 10_000     // of a run
	mostSubsets  = 100_000    // of each dataset
	mostCells    = 20_000_000 // of a run: 10 GiB
	mostInputs   = 100_000    // models on datasets, each with files of its own
	mostMeasures = 100        // each with a table
	mostWords    = 1_000      // of a command
	mostTrials   = 100_000    // of a run, each a training
	mostSeeds    = 1_000      // of a network's last training
	mostTimeout  = 30 * 24 * 3600
)

// readText reads a text that a person writes, from a file or a pipe such as /dev/stdin.
func readText(path string) ([]byte, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, strict.MostYAML+1))
	if err != nil {
		return nil, err
	}
	if len(text) > strict.MostYAML {
		return nil, fmt.Errorf("%s: more than %d bytes, the most that are read", path, strict.MostYAML)
	}
	return text, nil
}

// checkNames reports the first name that a list has twice: its scores would be there twice,
// after twice the work.
func checkNames(key string, names []string) error {
	known := make(map[string]bool, len(names))
	for _, name := range names {
		if known[name] {
			return fmt.Errorf("%s: %q is listed twice", key, strict.Clip(name, 80))
		}
		known[name] = true
	}
	return nil
}

// checkCommand reports what is no command.
func checkCommand(words []string) error {
	switch n := len(words); {
	case n == 0 || words[0] == "":
		return errors.New("program: no command is given")
	case n > mostWords:
		return fmt.Errorf("program: %d arguments are too many: a command may have at most %d", n-1, mostWords-1)
	}
	return nil
}

// checkInputs reports too many models on datasets.
func (s *Spec) checkInputs(models, datasets int) error {
	if n := models * datasets; n > mostInputs {
		return s.errorAt(s.lines["models"], fmt.Errorf("%d models on datasets are too many: a run may have at most %d", n, mostInputs))
	}
	return nil
}
