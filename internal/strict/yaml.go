package strict

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MostYAML is how many bytes a text in YAML may have. It and the other bounds are far more
// than a useful text needs: without them, a slip of the pen or a hostile file takes all memory.
const MostYAML = 4 << 20

const (
	mostKeys   = 10_000    // the parser's time grows with their square
	mostDepth  = 50        // of lists and mappings in each other
	mostValues = 1_000_000 // with each alias as what it stands for, and marks such as commas
)

// A LineError is what is wrong on a line of a text; 0 where it is of no one line.
type LineError struct {
	Line int
	Err  error
}

// Error says what is wrong, and on which line.
func (e LineError) Error() string {
	if e.Line == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("line %d: %v", e.Line, e.Err)
}

// Unwrap returns the error without the line.
func (e LineError) Unwrap() error { return e.Err }

// YAML returns the one value of a text in YAML that a person wrote. Before the parser sees it,
// it is compared with what a text may hold. Errors are of type LineError where they are of a
// line.
func YAML(text string) (ast.Node, error) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n") // as some editors write it
	if line, err := checkDepth(text); err != nil {
		return nil, LineError{line, err}
	}
	if line, err := checkLetters(text); err != nil {
		return nil, LineError{line, err}
	}
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return nil, notYAML(err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, LineError{1, errors.New("want one value or one mapping of keys, and no more")}
	}
	root := file.Docs[0].Body
	if line, err := checkAliases(root); err != nil {
		return nil, LineError{line, err}
	}
	return root, nil
}

// notYAML returns an error of the parser without the excerpt that it adds.
func notYAML(err error) error {
	const prefix = "not valid YAML: "
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		return LineError{at.GetToken().Position.Line, errors.New(prefix + at.GetMessage())}
	}
	return fmt.Errorf(prefix+"%w", err)
}

// NotOctal reports a number that YAML 1.1 reads as octal, and YAML 1.2 does not.
func NotOctal(node ast.Node) error {
	if n, ok := node.(*ast.IntegerNode); ok && octal.MatchString(n.GetToken().Value) {
		return fmt.Errorf("%s is octal for some readers of YAML and not for others: write it without the zero, or with 0o", n.GetToken().Value)
	}
	return nil
}

var octal = regexp.MustCompile(`^[-+]?0[0-9_]+$`)

// checkLetters reports what editors write in place of blanks, which YAML does not take for
// them.
func checkLetters(text string) (line int, err error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return 1, errors.New("is not text in UTF-8: save it as UTF-8")
	}
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		rest := strings.TrimLeft(line, " ")
		switch {
		case strings.HasPrefix(rest, "\t"):
			return number, errors.New("the line is indented with a tab: YAML needs spaces")
		case strings.ContainsRune(rest, '\u00a0') && !strings.Contains(rest, "#"):
			return number, errors.New("the line has a non-breaking space (U+00A0): write a plain space")
		}
	}
	return 0, nil
}

// checkDepth reports the first line of a text with too many keys or values, with an empty
// entry of a list, or in which too many lists and mappings are in each other. The parser,
// which calls itself for each, is then not asked.
func checkDepth(text string) (line int, err error) {
	if len(text) > MostYAML {
		return 0, fmt.Errorf("it has %d bytes, and a spec may have %d", len(text), MostYAML)
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
		case token.TagType: // the decoder ends the program at some
			return t.Position.Line, fmt.Errorf("tags such as %s are not read: write the value alone", Clip(t.Value, 80))
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
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType:
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
