//go:build !linux

package tracking

import "os"

// willNeed does nothing: the system reads ahead by itself or not.
func willNeed(*os.File, int64, int64) {}
