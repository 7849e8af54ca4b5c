package experiments

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// checkWhole reports a number that a field of whole numbers cannot hold as it is written:
// the decoder would cut 1.5 to 1, and what is too large to something else.
func checkWhole(node ast.Node, t reflect.Type) (line int, err error) {
	if t.Kind() != reflect.Int && t.Kind() != reflect.Uint64 {
		return 0, nil
	}
	from := ""
	if t.Kind() == reflect.Uint64 {
		from = " from 0"
	}
	whole := true
	switch node := node.(type) {
	case *ast.AnchorNode:
		return checkWhole(node.Value, t)
	case *ast.IntegerNode:
		if text := node.GetToken().Value; octal.MatchString(text) {
			return lineOf(node), fmt.Errorf("%s is octal for some readers of YAML and not for others: write it without the zero, or with 0o", text)
		}
		value, signed := node.Value.(int64)
		whole = !signed || value >= 0 || from == ""
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode, *ast.StringNode:
		const exact = 1 << 53 // up to here a float64 holds each whole number
		x, err := strconv.ParseFloat(node.GetToken().Value, 64)
		whole = err == nil && x == math.Trunc(x) && math.Abs(x) < exact && (x >= 0 || from == "")
	}
	if !whole {
		return lineOf(node), fmt.Errorf("want a whole number%s, not %s", from, clip([]byte(node.GetToken().Value), 80))
	}
	return 0, nil
}

// octal is a number that YAML 1.1 reads as octal, and YAML 1.2 does not.
var octal = regexp.MustCompile(`^[-+]?0[0-9_]+$`)

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
