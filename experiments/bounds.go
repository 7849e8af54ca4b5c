package experiments

import (
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"sfdalab/internal/regular"
	"sfdalab/internal/strict"
)

// What a spec may hold, each far more than a useful one does: without a bound, a slip of
// the pen or a hostile file takes all memory.
const (
	mostText     = 4 << 20    // bytes
	mostKeys     = 10_000     // the parser's time grows with their square
	mostDepth    = 50         // of lists and mappings in each other
	mostValues   = 1_000_000  // with each alias as what it stands for, and marks such as commas
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
	text, err := io.ReadAll(io.LimitReader(f, mostText+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostText {
		return nil, fmt.Errorf("%s: more than %d bytes, the most that are read", path, mostText)
	}
	return text, nil
}

// checkDepth reports the first line of a text with too many keys or values, with an empty
// entry of a list, or in which too many lists and mappings are in each other. The parser,
// which calls itself for each, is then not asked.
func checkDepth(text string) (line int, err error) {
	if len(text) > mostText {
		return 0, fmt.Errorf("it has %d bytes, and a spec may have %d", len(text), mostText)
	}
	flow, keys, values := 0, 0, 0
	var blocks []int // the columns in which those begin that are not over
	for _, t := range lexer.Tokenize(text) {
		if values++; values > mostValues {
			return t.Position.Line, fmt.Errorf("a spec may have at most %d values, keys and marks such as commas", mostValues)
		}
		start := t
		switch t.Type {
		case token.CommentType:
			values--
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.MappingValueType:
			if keys++; keys > mostKeys {
				return t.Position.Line, fmt.Errorf("a spec may have at most %d keys", mostKeys)
			}
			if t.Prev != nil { // the key
				start = t.Prev
			}
			fallthrough
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			if flow > 0 {
				break
			}
			for len(blocks) > 0 && blocks[len(blocks)-1] >= start.Position.Column {
				blocks = blocks[:len(blocks)-1]
			}
			blocks = append(blocks, start.Position.Column)
		}
		if next := t.Next; flow == 0 && t.Type == token.SequenceEntryType && next != nil && next.Type == t.Type &&
			next.Position.Line > t.Position.Line && next.Position.Column <= t.Position.Column { // many take the parser minutes
			return t.Position.Line, errors.New("an entry of a list is empty")
		}
		if flow+len(blocks) > mostDepth {
			return t.Position.Line, fmt.Errorf("lists and mappings are nested more than %d deep", mostDepth)
		}
	}
	return 0, nil
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

// checkAliases reports the first line of a node in which aliases stand for too much, or
// for what they are in themselves.
func checkAliases(root ast.Node) (line int, err error) {
	sizes := make(map[string]int) // of what anchors name
	var size func(ast.Node) int
	all := func(sum int, nodes ...ast.Node) int {
		for _, n := range nodes {
			if err == nil {
				sum += size(n)
			}
			if sum > mostValues && err == nil {
				line, err = n.GetToken().Position.Line, fmt.Errorf("its aliases expand to more than %d values", mostValues)
			}
		}
		return sum
	}
	size = func(n ast.Node) int {
		switch n := n.(type) {
		case *ast.MappingNode:
			sum := 1
			for _, v := range n.Values {
				sum = all(sum, v)
			}
			return sum
		case *ast.MappingValueNode:
			return all(0, n.Key, n.Value)
		case *ast.SequenceNode:
			return all(1, n.Values...)
		case *ast.MappingKeyNode:
			return all(0, n.Value)
		case *ast.TagNode:
			return all(0, n.Value)
		case *ast.AnchorNode:
			sum := all(0, n.Value)
			sizes[n.Name.GetToken().Value] = sum
			return sum
		case *ast.AliasNode:
			sum, known := sizes[n.Value.GetToken().Value]
			if !known && err == nil {
				line, err = n.GetToken().Position.Line, errors.New("an alias names an anchor that is not defined above it")
			}
			return sum
		}
		return 1
	}
	size(root)
	return line, err
}
