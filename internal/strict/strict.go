// Package strict reads JSON and YAML that others wrote, and refuses what can be read in two
// ways, such as a key that occurs twice. It also says in plain English what is wrong with a
// CSV table.
package strict

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// JSON reads the one value that text holds into what to points to. Besides what is no JSON it
// refuses a key that comes twice, one that differs from a field's in the case of letters,
// text that is not UTF-8, anything after the value, and null where a number must be: only a
// pointer can be without one. Keys that no field has are refused too.
func JSON(text []byte, to any) error {
	return plain(json.Unmarshal(text, to, noNull, json.RejectUnknownMembers(true)))
}

// noNull refuses null for each type of number that what is read may have.
var noNull = json.WithUnmarshalers(json.JoinUnmarshalers(
	notNull[float64](), notNull[int](), notNull[int64](), notNull[uint64]()))

var errNull = errors.New("want a number, not null")

// notNull refuses null for numbers of a type: without it the number would be 0.
func notNull[T any]() *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(d *jsontext.Decoder, _ *T) error {
		if d.PeekKind() == 'n' {
			return errNull
		}
		return json.SkipFunc
	})
}

// plain says in plain English what is wrong, and where.
func plain(err error) error {
	var syntax *jsontext.SyntacticError
	var meaning *json.SemanticError
	switch {
	case errors.As(err, &syntax):
		return at(syntax.JSONPointer, syntaxError(syntax))
	case errors.As(err, &meaning):
		return at(meaning.JSONPointer, meaningError(meaning))
	}
	return err
}

// syntaxError says what is wrong with text that is no JSON.
func syntaxError(e *jsontext.SyntacticError) error {
	switch {
	case errors.Is(e.Err, io.ErrUnexpectedEOF) && e.ByteOffset == 0:
		return errors.New("there is nothing")
	case errors.Is(e.Err, io.ErrUnexpectedEOF):
		return errors.New("it ends too early")
	case errors.Is(e.Err, jsontext.ErrDuplicateName):
		return errors.New("the key comes twice")
	case strings.HasSuffix(e.Err.Error(), "after top-level value"):
		return errors.New("want nothing after it")
	}
	return fmt.Errorf("%w, after %d bytes", e.Err, e.ByteOffset)
}

// meaningError says what is wrong with JSON that does not fit what it is read into.
func meaningError(e *json.SemanticError) error {
	switch {
	case errors.Is(e.Err, json.ErrUnknownName):
		return errors.New("the key is unknown")
	case errors.Is(e.Err, strconv.ErrRange):
		return fmt.Errorf("%s is out of range", clip(e.JSONValue))
	case e.Err != nil && !errors.Is(e.Err, strconv.ErrSyntax):
		return e.Err
	case e.JSONValue != nil:
		return fmt.Errorf("want %s, not %s", wanted(e.GoType), clip(e.JSONValue))
	}
	return fmt.Errorf("want %s, not %s", wanted(e.GoType), given(e.JSONKind))
}

// wanted says what a type takes.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Float64, reflect.Float32:
		return "a number"
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Uint8:
		return "a whole number"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Pointer:
		return wanted(t.Elem())
	}
	return "an object"
}

// given says what kind of value there is.
func given(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case '0':
		return "a number"
	}
	return k.String() // null, true or false
}

// at puts the place of an error before it, such as details.accuracy.
func at(place jsontext.Pointer, err error) error {
	var keys []string
	for key := range place.Tokens() {
		if len(keys) == 5 {
			keys = append(keys, "…")
			break
		}
		keys = append(keys, clip(key))
	}
	if keys == nil {
		return err
	}
	return fmt.Errorf("%s: %w", strings.Join(keys, "."), err)
}

// clip shortens what an error of this package quotes.
func clip[T ~string | ~[]byte](text T) string { return Clip(text, 40) }

// Clip returns what an error quotes of a text: so many characters at most, and "…" for the
// rest.
func Clip[T ~string | ~[]byte](text T, most int) string {
	s, n := string(text), 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}
