package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"sfdalab/experiments"
	"sfdalab/results"
)

// A progress shows how far a command is: as bars on a terminal, elsewhere not at all.
type progress struct {
	container *mpb.Progress // nil where there is no terminal
	bars      []*mpb.Bar
	to        io.Writer             // which the bars are on
	lines     io.Writer             // above them
	set       func(done, total int) // moves the bar of cells
	trials    map[string]*mpb.Bar   // those that go on
	at        sync.Map              // what their bars say
}

// newProgress returns a progress on w, which may be a terminal.
func newProgress(w io.Writer) *progress {
	p := &progress{to: w, lines: w}
	p.set = p.of("cells")
	if f := terminal(w); f != nil {
		p.container = mpb.New(mpb.WithOutput(f), mpb.WithWidth(48))
		p.lines = p.container
	}
	return p
}

// of returns what moves the bar of a unit, such as "cells". The bar is there from its
// first step to its last.
func (p *progress) of(unit string) func(done, total int) {
	var bar *mpb.Bar
	return func(done, total int) {
		if p.container == nil {
			return
		}
		if bar == nil {
			bar = p.container.AddBar(int64(total), mpb.BarRemoveOnComplete(),
				mpb.PrependDecorators(decor.CountersNoUnit("%d of %d "+unit+" ")),
				mpb.AppendDecorators(decor.AverageSpeed(0, " %.1f a second, "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left")))
			p.bars = append(p.bars, bar)
		}
		bar.SetCurrent(int64(done))
		if done == total {
			bar = nil // of the next dataset
		}
	}
}

// each moves a bar of its own for each thing that takes long.
func (p *progress) each() results.Progress {
	bars := make(map[string]func(done, total int))
	return func(what string, done, total int) {
		if bars[what] == nil {
			bars[what] = p.of(what)
		}
		bars[what](done, total)
	}
}

// follow has a run with these options show its progress.
func (p *progress) follow(o *experiments.Options) {
	o.Progress, o.Training, o.Extract.Progress, o.Extract.Say = p.set, p.training, p.of("images"), p.say
}

// say writes a line.
func (p *progress) say(text string) {
	text = oneLine(text)
	if o, ok := p.to.(*output); ok {
		text = wrapped(text, o.columns())
	}
	fmt.Fprintln(p.lines, text)
}

// stop removes the bars.
func (p *progress) stop() {
	for _, bar := range p.bars {
		bar.Abort(true)
	}
	if p.container != nil {
		p.container.Wait()
	}
}
