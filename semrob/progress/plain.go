package progress

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Plain writes a line every few seconds, for logs and pipes, and one at the
// end. The zero value writes to standard error every 5 seconds.
type Plain struct {
	// W receives the lines; nil means os.Stderr.
	W io.Writer
	// Every is the time between lines; 0 means 5 seconds.
	Every time.Duration

	meter Meter
	mu    sync.Mutex
	last  time.Time
}

// Start starts counting; the first line comes after Every.
func (p *Plain) Start(total int, what string) {
	p.meter.Start(total, what)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
}

// Add counts n steps, and writes a line if it is time.
func (p *Plain) Add(n int) {
	if !p.meter.Add(n) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.last) >= cmp.Or(p.Every, 5*time.Second) {
		p.last = time.Now()
		p.line()
	}
}

// Done writes the last line.
func (p *Plain) Done() {
	if !p.meter.Done() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line()
}

// line writes the state. Errors are ignored: there is nowhere to report them.
func (p *Plain) line() {
	w := p.W
	if w == nil {
		w = os.Stderr
	}
	fmt.Fprintln(w, p.meter.State())
}
