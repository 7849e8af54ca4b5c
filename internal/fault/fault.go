// Package fault turns a panic into an error, so that one bad input does not end a
// program that has others to work on.
package fault

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Catch sets *err to what a panic says. It is called by defer.
func Catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case runtime.Error:
		*err = fmt.Errorf("%w: internal error, at\n%s", r, debug.Stack())
	case error:
		*err = r
	default:
		*err = fmt.Errorf("%v: internal error, at\n%s", r, debug.Stack())
	}
}
