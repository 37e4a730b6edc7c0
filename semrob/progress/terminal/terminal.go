// Package terminal shows progress on a terminal as a bar with the rate and the
// time left, and elsewhere as plain lines. It is apart from package progress
// because the bar links an HTTP server: 3 MB that a notebook cell need not
// carry.
package terminal

import (
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/semrob/gonb-semrob/semrob/progress"
)

// New returns a bar on f where f is a terminal, and plain lines elsewhere.
func New(f *os.File) progress.Progress {
	if term.IsTerminal(int(f.Fd())) {
		return &Bar{f: f}
	}
	return &progress.Plain{W: f}
}

// Bar is a progress bar on a terminal.
type Bar struct {
	f       *os.File
	mu      sync.Mutex
	bar     *progressbar.ProgressBar
	total   int
	done    int // drawn and pending
	pending int // not drawn yet
	last    time.Time
}

// every is the least time between two states of the bar. The bar's own limit
// would leave out the last state of work that stops early.
const every = 100 * time.Millisecond

// Start draws an empty bar.
func (b *Bar) Start(total int, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.total, b.done, b.pending, b.last = total, 0, 0, time.Now()
	length := total
	if total <= 0 {
		length = -1 // a spinner
	}
	b.bar = progressbar.NewOptions(length,
		progressbar.OptionSetWriter(b.f),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("step"),
		progressbar.OptionSetWidth(24),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionShowElapsedTimeOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
	)
}

// Add moves the bar.
func (b *Bar) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil {
		return
	}
	if b.total > 0 {
		n = min(n, b.total-b.done) // the bar refuses to go beyond its end
	}
	b.done += n
	b.pending += n
	if time.Since(b.last) >= every {
		b.draw()
	}
}

// draw draws the state. A terminal that cannot be written to has nobody to be
// told.
func (b *Bar) draw() {
	_ = b.bar.Add(b.pending)
	b.pending, b.last = 0, time.Now()
}

// Done leaves the bar as it stands and ends its line.
func (b *Bar) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil {
		return
	}
	b.draw()
	_, _ = b.f.WriteString("\n")
	b.bar = nil
}
