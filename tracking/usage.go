package tracking

import "time"

// A Usage is what a process has used of its machine.
type Usage struct {
	CPU  time.Duration // on all cores together
	Peak int64         // most resident memory, bytes
}
