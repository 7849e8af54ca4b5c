package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"sfdalab/baselines"
	"sfdalab/features"
	"sfdalab/sfda"
)

func usage() (float64, int64) {
	var r syscall.Rusage
	syscall.Getrusage(0, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e6, r.Minflt
}

func main() {
	n := os.Args[1]
	open := func() *features.Set {
		s, err := features.Open(features.Paths{Features: "/tmp/eb/" + n + "-x.npy", Labels: "/tmp/eb/" + n + "-y.npy"})
		if err != nil {
			panic(err)
		}
		return s
	}
	step := func(name string, fn func()) {
		t := time.Now()
		c, f := usage()
		fn()
		c2, f2 := usage()
		fmt.Printf("%-10s %8.2f ms wall %8.2f ms cpu %6d faults\n", name, time.Since(t).Seconds()*1e3, c2-c, f2-f)
	}
	for range 3 {
		var s *features.Set
		step("open", func() { s = open() })
		step("groups", func() { s.Groups() })
		step("mean", func() { s.Mean() })
		step("total", func() { s.Total() })
		step("hscore", func() { baselines.HScore{}.Score(context.Background(), s) })
		step("sfda", func() { sfda.Default.Score(context.Background(), s) })
		step("logme", func() { baselines.LogME{Version: "fixed-point"}.Score(context.Background(), s) })
		fmt.Println()
	}
}
