// Package terminal shows progress as a bar with the rate and the remaining time on
// a terminal, and as plain lines elsewhere. It is separate from package progress
// because the bar links an HTTP server, which would add 3 MB to notebook cells.
package terminal

import (
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/semrob/gonb-semrob/semrob/progress"
)

// New returns a Bar if f is a terminal, and otherwise a progress.Plain.
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

// every is the minimum time between two updates of the bar. The bar's own limit
// would drop the last state of work that stops early.
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
		n = min(n, b.total-b.done) // the bar cannot go beyond its end
	}
	b.done += n
	b.pending += n
	if time.Since(b.last) >= every {
		b.draw()
	}
}

// draw draws the state. Errors are ignored: there is nowhere to report them.
func (b *Bar) draw() {
	_ = b.bar.Add(b.pending)
	b.pending, b.last = 0, time.Now()
}

// Done leaves the bar as it is and ends its line.
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
