package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Plain writes a line every few seconds, for logs and pipes, and one at the
// end. The zero value writes to standard error every 5 seconds.
type Plain struct {
	// W is where lines go; nil means os.Stderr.
	W io.Writer
	// Every is the time between lines; 0 means 5 seconds.
	Every time.Duration

	meter Meter
	mu    sync.Mutex
	last  time.Time
}

// Start begins to count; the first line comes after Every.
func (p *Plain) Start(total int, what string) {
	p.meter.Start(total, what)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
}

// Add counts, and writes a line where it is time.
func (p *Plain) Add(n int) {
	if !p.meter.Add(n) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	every := p.Every
	if every == 0 {
		every = 5 * time.Second
	}
	if time.Since(p.last) < every {
		return
	}
	p.last = time.Now()
	p.line()
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

// line writes the state; who cannot read it has nobody to complain to.
func (p *Plain) line() {
	w := p.W
	if w == nil {
		w = os.Stderr
	}
	fmt.Fprintln(w, p.meter.State())
}
