//go:build !linux

package memory

import "math"

func free() int64 { return math.MaxInt64 }
