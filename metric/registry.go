package metric

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"sfdalab/internal/suggest"
)

// registry holds the prototypes in the order of their registration.
var registry []Metric

// Register makes metrics known under their Info().Name to spec files and to the
// command. A metric with an interface field called Base is a wrapper around other
// metrics: "ped:sfda" names the metric "ped" with Base set to "sfda".
//
// Register is called before anything is looked up. It panics if a name is taken or a
// tag is malformed.
func Register(prototypes ...Metric) {
	for _, m := range prototypes {
		name := m.Info().Name
		if slices.Contains(Names(), name) {
			panic("metric: " + name + " is registered twice")
		}
		if t := reflect.TypeOf(m); t.Kind() != reflect.Struct {
			panic(fmt.Sprintf("metric: %s is a %s, not a struct", name, t))
		}
		for _, p := range Params(m) {
			p.checkDefault(copyOf(m))
		}
		registry = append(registry, m)
	}
}

// checkDefault panics where the default of p is no value that p may have, and where it
// is not zero but zero is such a value: nobody could then ask for zero.
func (p Param) checkDefault(prototype reflect.Value) {
	if err := p.check(p.Value); err != nil {
		panic("metric: default: " + err.Error())
	}
	zero := reflect.Zero(reflect.TypeOf(p.Value)).Interface()
	_, isOptional := prototype.Field(p.field).Addr().Interface().(optional)
	if !isOptional && p.Type() != "string" && p.Value != zero && p.check(zero) == nil {
		panic("metric: parameter " + p.Name + " may be 0, which is not its default: make it an Optional")
	}
}

// All returns the registered metrics with their default parameters, in the order of
// their registration.
func All() []Metric { return slices.Clone(registry) }

// Names returns the names of the registered metrics in the order of their
// registration.
func Names() []string {
	names := make([]string, len(registry))
	for i, m := range registry {
		names[i] = m.Info().Name
	}
	return names
}

// New returns the metric of the given name, such as "sfda" or "ped:sfda", with
// the given parameters and defaults for the others. Those of a base metric are
// given beside those of its wrapper. The error for a name, parameter or value
// that does not exist tells the nearest that does.
func New(name string, params map[string]any) (Metric, error) {
	m, err := prototype(name)
	if err != nil {
		return nil, err
	}
	if m, err = With(m, params); err != nil {
		return nil, fmt.Errorf("metric %s: %w", name, err)
	}
	return m, nil
}

// prototype returns the registered metric of a name, with that of its base where it wraps one.
func prototype(name string) (Metric, error) {
	name, base, wraps := strings.Cut(name, ":")
	i := slices.Index(Names(), name)
	if i < 0 {
		return nil, fmt.Errorf(`unknown metric %q%s ("sfdalab metrics" lists all)`, name, suggest.Hint(name, Names()))
	}
	m := registry[i]
	wrapper := Wraps(m)
	switch {
	case !wraps && !wrapper:
		return m, nil
	case !wraps:
		return nil, fmt.Errorf("metric %s wraps another one: write %s:sfda, for example", name, name)
	case !wrapper:
		return nil, fmt.Errorf("metric %s does not wrap another: write %s, not %s:%s", name, name, name, base)
	}
	inner, err := prototype(base)
	if err != nil {
		return nil, err
	}
	return withBase(m, inner)
}

// baseField returns the field of a wrapper that holds its base metric; ok is false for
// other metrics.
func baseField(v reflect.Value) (field reflect.Value, ok bool) {
	field = v.FieldByName("Base")
	return field, field.IsValid() && field.Kind() == reflect.Interface
}

// Wraps reports whether m is a wrapper around another metric.
func Wraps(m Metric) bool {
	_, ok := baseField(reflect.ValueOf(m))
	return ok
}

// baseOf returns the base metric of a wrapper, or nil.
func baseOf(m Metric) Metric {
	field, ok := baseField(reflect.ValueOf(m))
	if !ok || field.IsNil() {
		return nil
	}
	return field.Interface().(Metric)
}

// withBase returns a copy of a wrapper around base.
func withBase(wrapper, base Metric) (Metric, error) {
	v := copyOf(wrapper)
	field, _ := baseField(v)
	if !reflect.TypeOf(base).Implements(field.Type()) {
		return nil, fmt.Errorf("metric %s cannot wrap %s", wrapper.Info().Name, base.Info().Name)
	}
	field.Set(reflect.ValueOf(base))
	return v.Interface().(Metric), nil
}
