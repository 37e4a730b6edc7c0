package kernelext

import (
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"

	"github.com/semrob/gonb-semrob/semrob/progress"
)

// NewProgress returns a progress bar under the cell, with count, rate and time
// left; how it ended stays in the saved notebook. Outside a notebook it writes
// plain lines to standard error every few seconds (a program of its own shows
// a bar on a terminal with progress/terminal, which is too heavy for a cell).
func NewProgress() progress.Progress {
	if !gonbui.IsNotebook {
		return &progress.Plain{}
	}
	return &bar{}
}

// barEvery is the least time between two states of a bar: five a second read
// as motion and load neither kernel nor browser.
const barEvery = 200 * time.Millisecond

// bar is the progress bar of a notebook.
type bar struct {
	meter progress.Meter
	mu    sync.Mutex // guards what follows and the order of what is sent
	id    string
	last  time.Time
}

func (b *bar) Start(total int, what string) {
	b.meter.Start(total, what)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.id = "semrob-progress-" + gonbui.UniqueId()
	b.show()
}

func (b *bar) Add(n int) {
	if !b.meter.Add(n) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.last) >= barEvery {
		b.show()
	}
}

func (b *bar) Done() {
	if !b.meter.Done() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.show()
	_ = front.Flush() // work must not fail because its bar does
}

// show sends the state. Failing to is no reason to stop the work: gonbui logs
// it, and the next output of the cell reports it.
func (b *bar) show() {
	b.last = time.Now()
	s := b.meter.State()
	_ = front.Send(front.Bundle{
		protocol.MIMETextHTML:  front.Bar(s),
		protocol.MIMETextPlain: s.String(),
	}, nil, b.id)
}
