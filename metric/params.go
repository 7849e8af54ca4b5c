package metric

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"sfdalab/internal/strict"
	"sfdalab/internal/suggest"
)

// A Param is a parameter of a metric: a field with the struct tag param. Other tags
// give its default and bound its values:
//
//	K      int               `param:"k" default:"5" range:"1:" doc:"neighbours"`
//	Norm   string            `param:"norm" default:"l1" options:"l1,l2" doc:"…"`
//	Weight Optional[float64] `param:"weight" default:"0.5" range:"0:1" doc:"…"`
//
// A field is a bool, int, uint64, float64 or string. Its zero value stands for the
// default, which is that zero where there is no tag. Where zero is a value of its own
// and not the default, the field is an [Optional].
//
// Either end of a range may be left open; both belong to it. A string with the tag
// path:"true" is the path of a file: relative to the spec, and a change of the file is a
// change of the input. A parameter that a metric got after its scores were stored, and
// whose default leaves them as they are, has the tag added:"later".
type Param struct {
	Name     string
	Doc      string
	Value    any      // of the field, or the default
	Min, Max float64  // infinite where open
	Options  []string // of a string
	Path     bool     // names a file
	Later    bool     // is not in Identity while it has its default
	field    int
}

// An Optional is a number that may be left out. Its zero value is the parameter's
// default; Given(0) is zero.
type Optional[T int | float64] struct {
	value T
	given bool
}

// Given returns the Optional that is v.
func Given[T int | float64](v T) Optional[T] { return Optional[T]{v, true} }

// Value returns the number. It is 0 where none is given and [Prepare] has not yet put
// the default in.
func (o Optional[T]) Value() T { return o.value }

// optional is a pointer to an Optional.
type optional interface {
	load() (value any, given bool)
	store(value any)
}

// load returns the number, and whether it was given.
func (o *Optional[T]) load() (any, bool) { return o.value, o.given }

// store gives it a number, of type T.
func (o *Optional[T]) store(value any) { *o = Given(value.(T)) }

// Type returns the name of the parameter's type, such as "int".
func (p Param) Type() string { return reflect.TypeOf(p.Value).String() }

// Range returns the values that the parameter may have, such as "≥ 1", "0 to 1"
// or "l1, l2"; "" when there is no bound.
func (p Param) Range() string {
	lo, hi := strconv.FormatFloat(p.Min, 'g', -1, 64), strconv.FormatFloat(p.Max, 'g', -1, 64)
	switch {
	case p.Options != nil:
		return strings.Join(p.Options, ", ")
	case math.IsInf(p.Min, -1) && math.IsInf(p.Max, 1):
		return ""
	case math.IsInf(p.Max, 1):
		return "≥ " + lo
	case math.IsInf(p.Min, -1):
		return "≤ " + hi
	}
	return lo + " to " + hi
}

// Params returns the parameters of m in the order of its fields, without those of
// a base metric. It panics where a tag is malformed.
func Params(m Metric) []Param { return params(copyOf(m)) }

// copyOf returns a copy of m whose fields can be set.
func copyOf(m Metric) reflect.Value {
	v := reflect.New(reflect.TypeOf(m)).Elem()
	v.Set(reflect.ValueOf(m))
	return v
}

// params is Params of a metric whose fields can be set.
func params(v reflect.Value) []Param {
	var params []Param
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name := tag.Get("param")
		if name == "" || name == "-" {
			continue
		}
		p := Param{Name: name, Doc: tag.Get("doc"), Path: tag.Get("path") != "", Later: tag.Get("added") == "later", Min: math.Inf(-1), Max: math.Inf(1), field: i}
		if options, ok := tag.Lookup("options"); ok {
			p.Options = strings.Split(options, ",")
		}
		if bounds, ok := tag.Lookup("range"); ok {
			lo, hi, _ := strings.Cut(bounds, ":")
			p.Min, p.Max = bound(lo, p.Min), bound(hi, p.Max)
		}
		var given bool
		if p.Value, given = load(v.Field(i)); !given {
			if text, ok := tag.Lookup("default"); ok {
				p.Value = p.parseDefault(text)
			}
		}
		params = append(params, p)
	}
	return params
}

// bound reads one end of a range; open is what it is where there is none.
func bound(text string, open float64) float64 {
	if text == "" {
		return open
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic("metric: range tag: " + err.Error())
	}
	return v
}

// load returns the value of a field, and whether it is one that was given.
func load(field reflect.Value) (value any, given bool) {
	if o, ok := field.Addr().Interface().(optional); ok {
		return o.load()
	}
	return field.Interface(), !field.IsZero()
}

// store sets the field of p in v.
func (p Param) store(v reflect.Value, value any) {
	field := v.Field(p.field)
	if o, ok := field.Addr().Interface().(optional); ok {
		o.store(value)
	} else {
		field.Set(reflect.ValueOf(value))
	}
}

// parseDefault returns the default of p, whose Value is the zero of its type.
func (p Param) parseDefault(text string) any {
	var value any = text
	if p.Type() != "string" {
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic("metric: default of " + p.Name + ": " + err.Error())
		}
		value = reflect.ValueOf(number).Convert(reflect.TypeOf(p.Value)).Interface()
	}
	return value
}

// WithDefaults returns m with its defaults in place of zero values. It is an error when
// a parameter has a value that it may not have.
func WithDefaults[M Metric](m M) (M, error) {
	if Wraps(m) && baseOf(m) == nil {
		return m, errors.New("wraps another metric: name one after a colon, such as :logme")
	}
	v := copyOf(m)
	for _, p := range params(v) {
		if err := p.check(p.Value); err != nil {
			return m, err
		}
		p.store(v, p.Value)
	}
	return v.Interface().(M), nil
}

// Values returns the parameters of m and of its base metric by name.
func Values(m Metric) map[string]any {
	values := make(map[string]any)
	if base := baseOf(m); base != nil {
		values = Values(base)
	}
	for _, p := range Params(m) {
		values[p.Name] = p.Value
	}
	return values
}

// Identity returns the parameters of m and of its base metric that identify its scores:
// its Values, without those that were added later and have their default.
func Identity(m Metric) map[string]any {
	values := make(map[string]any)
	if base := baseOf(m); base != nil {
		values = Identity(base)
	}
	defaults := Params(reflect.Zero(reflect.TypeOf(m)).Interface().(Metric))
	for i, p := range Params(m) {
		if !p.Later || p.Value != defaults[i].Value {
			values[p.Name] = p.Value
		}
	}
	return values
}

// Paths returns the files that parameters of m and of its base metric name, by the
// parameter's name.
func Paths(m Metric) map[string]string {
	named := make(map[string]string)
	if base := baseOf(m); base != nil {
		named = Paths(base)
	}
	for _, p := range Params(m) {
		if path, _ := p.Value.(string); p.Path && path != "" {
			named[p.Name] = path
		}
	}
	return named
}

// With returns a copy of m with values set, as a spec or a command line gives them.
// Those that a wrapper does not have are its base metric's.
func With(m Metric, values map[string]any) (Metric, error) {
	if len(values) == 0 {
		return m, nil
	}
	v, rest := copyOf(m), maps.Clone(values)
	for _, p := range params(v) {
		value, ok := rest[p.Name]
		if !ok {
			continue
		}
		delete(rest, p.Name)
		value, err := p.convert(value)
		if err == nil {
			err = p.check(value)
		}
		if err != nil {
			return nil, err
		}
		p.store(v, value)
	}
	if len(rest) == 0 {
		return v.Interface().(Metric), nil
	}
	if base := baseOf(m); base != nil {
		base, err := With(base, rest)
		if err != nil {
			return nil, err
		}
		return withBase(v.Interface().(Metric), base)
	}
	unknown := slices.Sorted(maps.Keys(rest))[0]
	known := slices.Sorted(maps.Keys(Values(m)))
	if len(known) == 0 {
		return nil, fmt.Errorf("unknown parameter %q: the metric has none", unknown)
	}
	return nil, fmt.Errorf("unknown parameter %q%s (of %s)", unknown, suggest.Hint(unknown, known), strings.Join(known, ", "))
}

// convert returns value, as YAML gives it, in the type of the parameter.
func (p Param) convert(value any) (any, error) {
	v, t := reflect.ValueOf(value), reflect.TypeOf(p.Value)
	fail := func(want string) (any, error) {
		return nil, fmt.Errorf("parameter %s: %s is not %s", p.Name, short(value), want)
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String:
		if v.Kind() != t.Kind() {
			return fail("a " + t.Kind().String())
		}
	case reflect.Int, reflect.Uint64:
		if !v.CanInt() && !v.CanUint() {
			return fail("a whole number")
		}
		if v.CanInt() && v.Int() < 0 && t.Kind() == reflect.Uint64 || v.CanUint() && v.Uint() > math.MaxInt64 && t.Kind() == reflect.Int {
			return fail("in range")
		}
	case reflect.Float64:
		// The YAML library takes 1e-3 for a text: it wants 1.0e-3.
		if number, err := strconv.ParseFloat(fmt.Sprint(value), 64); err == nil {
			v = reflect.ValueOf(number)
		}
		if !v.CanFloat() || math.IsNaN(v.Float()) {
			return fail("a number")
		}
	}
	return v.Convert(t).Interface(), nil
}

// short returns the beginning of a value as text: somebody's list may be long.
func short(value any) string { return strict.Clip(fmt.Sprint(value), 80) }

// check reports a value outside of the parameter's range or options.
func (p Param) check(value any) error {
	if text, ok := value.(string); ok && p.Options != nil && !slices.Contains(p.Options, text) {
		return fmt.Errorf("parameter %s: unknown option %q%s (want one of %s)", p.Name, short(text), suggest.Hint(short(text), p.Options), strings.Join(p.Options, ", "))
	}
	var number float64
	switch value := value.(type) {
	case int:
		number = float64(value)
	case uint64:
		number = float64(value)
	case float64:
		number = value
	}
	if !(number >= p.Min && number <= p.Max) {
		return fmt.Errorf("parameter %s: %v is out of range: it must be %s", p.Name, value, p.Range())
	}
	return nil
}
