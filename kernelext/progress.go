package kernelext

import (
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"

	"github.com/semrob/gonb-semrob/semrob/progress"
)

// NewProgress returns a progress bar under the cell, with count, rate and time left.
// Its last state stays in the saved notebook. Outside a notebook it writes lines to
// standard error every few seconds. (The bar of progress/terminal, for programs on a
// terminal, is too large a dependency for a cell.)
func NewProgress() progress.Progress {
	if !gonbui.IsNotebook {
		return &progress.Plain{}
	}
	return &bar{}
}

// barEvery is the least time between two states of a bar: five per second appear as
// motion without loading kernel or browser.
const barEvery = 200 * time.Millisecond

// bar is the progress bar of a notebook.
type bar struct {
	meter progress.Meter
	mu    sync.Mutex // guards the fields below and the order of states
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
	_ = front.Flush() // a failing bar must not fail the work
}

// show sends the state. An error must not stop the work: gonbui logs it, and the next
// output of the cell reports it.
func (b *bar) show() {
	b.last = time.Now()
	s := b.meter.State()
	_ = front.Send(front.Bundle{
		protocol.MIMETextHTML:  front.Bar(s),
		protocol.MIMETextPlain: s.String(),
	}, nil, b.id)
}
