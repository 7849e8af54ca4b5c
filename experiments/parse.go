package experiments

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"sfdalab/internal/strict"
	"sfdalab/internal/suggest"
)

// Parse reads a spec from text that came from the file at path. Errors tell the
// line.
func Parse(text, path string) (*Spec, error) {
	spec := &Spec{Path: path, Text: text}
	if err := spec.parse(); err != nil {
		return nil, err
	}
	if spec.Name == "" {
		spec.Name = stem(path)
	}
	return spec, nil
}

func (s *Spec) parse() error {
	root, err := strict.YAML(s.Text)
	if err != nil {
		return s.atItsLine(err)
	}
	if root.Type() != ast.MappingType {
		return s.errorAt(1, errors.New("a spec is one mapping of keys such as features, labels and metrics"))
	}
	renameKeys(root)
	s.lines = make(map[string]int)
	for _, v := range root.(*ast.MappingNode).Values {
		s.lines[v.Key.GetToken().Value] = v.Key.GetToken().Position.Line
	}
	if line, err := checkKeys(root, reflect.TypeFor[Spec]()); err != nil {
		return s.errorAt(line, err)
	}
	if err := yaml.NodeToValue(root, s, yaml.Strict()); err != nil {
		return s.atItsLine(plainYAML("", err))
	}
	return s.check()
}

// decodeYAML reads a text that a person wrote into what to points to.
func decodeYAML[T any](text string, to *T) error {
	root, err := strict.YAML(text)
	if err != nil {
		return err
	}
	if line, err := checkKeys(root, reflect.TypeFor[T]()); err != nil {
		return strict.LineError{Line: line, Err: err}
	}
	return plainYAML("", yaml.NodeToValue(root, to, yaml.Strict()))
}

// ParseValue reads a value as the parameters of a spec have it, such as 0.1 or [1, 2]. Its
// errors tell no line.
func ParseValue(text string) (value any, err error) {
	err = decodeYAML(text, &value)
	if at, ok := errors.AsType[strict.LineError](err); ok {
		err = at.Err
	}
	return value, err
}

// renameKeys gives keys of earlier versions the names that they have now.
func renameKeys(root ast.Node) {
	for _, v := range root.(*ast.MappingNode).Values {
		if key, ok := v.Key.(*ast.StringNode); ok && key.Value == "repeats" {
			key.Value, key.Token.Value = "subsets", "subsets"
		}
	}
}

// errorAt puts the place in the spec before an error; line is 0 where it is of no
// one line.
func (s *Spec) errorAt(line int, err error) error {
	if line == 0 {
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	return fmt.Errorf("%s:%d: %w", s.Path, line, err)
}

// atItsLine is errorAt for an error that knows its line.
func (s *Spec) atItsLine(err error) error {
	if at, ok := errors.AsType[strict.LineError](err); ok {
		return s.errorAt(at.Line, at.Err)
	}
	return s.errorAt(0, err)
}

// plainYAML returns an error of the parser without the excerpt that it adds, and behind a
// prefix.
func plainYAML(prefix string, err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		return strict.LineError{Line: at.GetToken().Position.Line, Err: errors.New(prefix + plainMismatch(at.GetMessage()))}
	}
	return err
}

// checkKeys reports the first key in node that the struct type t, and those
// within it, do not have; and the first number that cannot be meant.
func checkKeys(node ast.Node, t reflect.Type) (line int, err error) {
	within := t // the type of values in a list or a mapping
	if t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		within = t.Elem()
	}
	switch node := node.(type) {
	case *ast.AnchorNode:
		return checkKeys(node.Value, t)
	case *ast.SequenceNode:
		for _, v := range node.Values {
			if line, err := checkKeys(v, within); err != nil {
				return line, err
			}
		}
	case *ast.MappingNode:
		if t.Kind() != reflect.Struct {
			for _, v := range node.Values {
				if line, err := checkKeys(v.Value, within); err != nil {
					return line, err
				}
			}
			return 0, nil
		}
		fields, known := make(map[string]reflect.Type), []string(nil)
		for _, f := range reflect.VisibleFields(t) {
			if key := f.Tag.Get("yaml"); key != "" && key != "-" {
				fields[key], known = f.Type, append(known, key)
			}
		}
		for _, v := range node.Values {
			key := v.Key.GetToken().Value
			field, ok := fields[key]
			if !ok {
				return v.Key.GetToken().Position.Line, fmt.Errorf("unknown key %q%s", strict.Clip(key, 80), cmp.Or(suggest.Hint(key, known), `; "sfdalab help spec" lists all`))
			}
			v.Value = asWritten(v.Value, field)
			if line, err := checkKeys(v.Value, field); err != nil {
				return line, err
			}
		}
	default:
		return checkWhole(node, t)
	}
	return 0, nil
}

// asWritten returns the node of a name, or of a list of names, as text: 050, 1.10 and no
// are the names that they look like, not numbers or booleans. Where a list is asked for,
// one name will do.
func asWritten(node ast.Node, t reflect.Type) ast.Node {
	anchor, ok := node.(*ast.AnchorNode)
	switch {
	case ok:
		anchor.Value = asWritten(anchor.Value, t)
	case t.Kind() == reflect.String:
		switch node.Type() {
		case ast.IntegerType, ast.FloatType, ast.BoolType, ast.InfinityType, ast.NanType:
			return ast.String(token.String(node.GetToken().Value, node.GetToken().Origin, node.GetToken().Position))
		}
	case t == reflect.TypeFor[[]string]():
		if list, ok := node.(*ast.SequenceNode); ok {
			for i, v := range list.Values {
				if v = asWritten(v, t.Elem()); v.Type() == ast.NullType && v.GetToken().Value != "" { // null, ~: names, too
					v = ast.String(token.String(v.GetToken().Value, v.GetToken().Origin, v.GetToken().Position))
				}
				list.Values[i] = v
			}
		} else if _, ok := node.(ast.ScalarNode); ok && node.Type() != ast.NullType {
			list := ast.Sequence(node.GetToken(), true)
			list.Values = []ast.Node{asWritten(node, t.Elem())}
			return list
		}
	}
	return node
}

// lineOf returns the line on which a node begins.
func lineOf(node ast.Node) int {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	return node.GetToken().Position.Line
}

// UnmarshalYAML reads subsets, and where they are.
func (s *Subsets) UnmarshalYAML(node ast.Node) error {
	s.line = lineOf(node)
	type plain Subsets // without this method
	return yaml.NodeToValue(node, (*plain)(s), yaml.Strict())
}

// UnmarshalYAML reads an entry from a name or a mapping.
func (e *Entry) UnmarshalYAML(node ast.Node) error {
	e.line = lineOf(node)
	if _, ok := node.(*ast.MappingNode); ok {
		type plain Entry // without this method
		return yaml.NodeToValue(node, (*plain)(e), yaml.Strict())
	}
	return yaml.NodeToValue(node, &e.Metric)
}

// UnmarshalYAML reads fractions from a number or a list.
func (f *Fractions) UnmarshalYAML(node ast.Node) error {
	if _, ok := node.(*ast.SequenceNode); ok {
		return yaml.NodeToValue(node, (*[]float64)(f))
	}
	*f = make(Fractions, 1)
	return yaml.NodeToValue(node, &(*f)[0])
}

// checkWhole reports a number that can be read in two ways, or that a field of whole numbers
// cannot hold as it is written: the decoder would cut 1.5 to 1, and what is too large to
// something else.
func checkWhole(node ast.Node, t reflect.Type) (line int, err error) {
	if t.Kind() != reflect.String {
		if err := strict.NotOctal(node); err != nil {
			return lineOf(node), err
		}
	}
	if t.Kind() != reflect.Int && t.Kind() != reflect.Uint64 {
		return 0, nil
	}
	from := ""
	if t.Kind() == reflect.Uint64 {
		from = " from 0"
	}
	whole := true
	switch node := node.(type) {
	case *ast.IntegerNode:
		value, signed := node.Value.(int64)
		whole = !signed || value >= 0 || from == ""
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode, *ast.StringNode:
		const exact = 1 << 53 // up to here a float64 holds each whole number
		x, err := strconv.ParseFloat(node.GetToken().Value, 64)
		whole = err == nil && x == math.Trunc(x) && math.Abs(x) < exact && (x >= 0 || from == "")
	}
	if !whole {
		return lineOf(node), fmt.Errorf("want a whole number%s, not %s", from, strict.Clip(node.GetToken().Value, 80))
	}
	return 0, nil
}

// mismatch is how the decoder says that a value is not of the type of its field.
var mismatch = regexp.MustCompile(`^cannot unmarshal (\S+(?: \{\})?) into Go (?:struct field \S+|value) of type (\S+)`)

// plainMismatch says the same without the names of types.
func plainMismatch(message string) string {
	m := mismatch.FindStringSubmatch(message)
	if m == nil {
		return message
	}
	return fmt.Sprintf("want %s, not %s", kindOfYAML(m[2]), kindOfYAML(m[1]))
}

// kindOfYAML says what values of a type are called.
func kindOfYAML(name string) string {
	switch {
	case name == "bool":
		return "true or false"
	case name == "string":
		return "text"
	case strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"):
		return "a whole number"
	case strings.HasPrefix(name, "float"):
		return "a number"
	case strings.HasPrefix(name, "[]"):
		return "a list"
	}
	return "a mapping of keys"
}
