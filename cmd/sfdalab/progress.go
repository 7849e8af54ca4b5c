package main

import (
	"fmt"
	"io"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// A progress shows how far a run is: as a bar on a terminal, elsewhere not at all.
type progress struct {
	container *mpb.Progress
	bar       *mpb.Bar // nil before the first step
	lines     io.Writer
	unit      string // what is counted
}

func newProgress(w io.Writer) *progress {
	f := terminal(w)
	if f == nil {
		return &progress{lines: w, unit: "cells"}
	}
	container := mpb.New(mpb.WithOutput(f), mpb.WithWidth(48))
	return &progress{container: container, lines: container, unit: "cells"} // lines come above the bar
}

// set moves the bar.
func (p *progress) set(done, total int) {
	if p.container == nil {
		return
	}
	if p.bar == nil {
		p.bar = p.container.AddBar(int64(total), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.CountersNoUnit("%d of %d "+p.unit+" ")),
			mpb.AppendDecorators(decor.AverageSpeed(0, " %.1f a second, "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")))
	}
	p.bar.SetCurrent(int64(done))
}

// say writes a line.
func (p *progress) say(text string) { fmt.Fprintln(p.lines, text) }

// stop removes the bar.
func (p *progress) stop() {
	if p.bar != nil {
		p.bar.Abort(true)
	}
	if p.container != nil {
		p.container.Wait()
	}
}
