package backend

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// An Event of an installation is the start of a step, described by Text, or the
// progress of the current download.
type Event struct {
	// Text is one line about the step that starts; empty for progress.
	Text string
	// Done and Total count bytes. Total is 0 or less if unknown.
	Done, Total int64
}

// Progress receives the events of an installation, one at a time. Nil ignores
// them.
type Progress func(Event)

func (p Progress) say(text string) {
	if p != nil {
		p(Event{Text: text})
	}
}

func (p Progress) count(done, total int64) {
	if p != nil {
		p(Event{Done: done, Total: total})
	}
}

// ProgressTo returns a Progress that writes to w: a progress bar with rate and
// remaining time if w is a terminal, otherwise a line at each quarter of a
// download.
func ProgressTo(w io.Writer) Progress {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return barTo(w)
	}
	return linesTo(w)
}

// linesTo writes plain lines.
func linesTo(w io.Writer) Progress {
	var mu sync.Mutex
	var quarters int64
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Text != "" {
			quarters = 0
			fmt.Fprintln(w, e.Text)
			return
		}
		if e.Total <= 0 || e.Done*4/e.Total <= quarters {
			return
		}
		quarters = e.Done * 4 / e.Total
		fmt.Fprintf(w, "  %d %% of %.0f MB\n", 25*quarters, float64(e.Total)/1e6)
	}
}

// barTo draws a progress bar for each download and writes the steps above it.
func barTo(w io.Writer) Progress {
	var mu sync.Mutex
	var bar *progressbar.ProgressBar
	var finished bool
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Text != "" {
			if bar != nil && !finished {
				fmt.Fprintln(w) // leave the bar of a failed download as it was
			}
			bar, finished = nil, false
			fmt.Fprintln(w, e.Text)
			return
		}
		if finished {
			return
		}
		if bar == nil {
			bar = newBar(w, max(e.Total, -1))
		}
		_ = bar.Set64(e.Done)
		finished = e.Total > 0 && e.Done >= e.Total
	}
}

func newBar(w io.Writer, total int64) *progressbar.ProgressBar {
	if total == 0 {
		total = -1 // a spinner
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(w) }),
	)
}
