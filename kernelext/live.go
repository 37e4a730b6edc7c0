package kernelext

import (
	"fmt"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"
	"github.com/semrob/gonb-semrob/semrob/figure"
)

// Live is a picture that is replaced in place while something runs, such as a
// region that grows:
//
//	live := kernelext.NewLive()
//	defer live.Close()
//	… live.Update(m) after each step …
//
// Frames that come too fast are skipped. Close draws the last one at full
// resolution, and the saved notebook keeps that. Outside a notebook only Close shows
// anything: the last figure's description.
//
// A Live is safe for use by several goroutines. Figures are not copied, so the last
// one must not be changed while Update or Close runs.
type Live struct {
	// Every is the least time between frames; 0 means 250 ms. If drawing is slow the
	// time is longer, so that drawing takes at most a fifth of the time.
	Every time.Duration

	mu      sync.Mutex
	id      string
	current func() figure.Figure // the last update
	next    time.Time            // of a frame
	closed  bool
}

// NewLive returns a live picture. It appears under the cell with its first frame.
func NewLive() *Live { return &Live{} }

// Update shows f in place of the last frame if a new one is due.
func (l *Live) Update(f figure.Figure) error {
	return l.UpdateFunc(func() figure.Figure { return f })
}

// UpdateFunc is Update for a figure that is expensive to make: build is called only if
// a frame is due, and once more in Close for the last one.
func (l *Live) UpdateFunc(build func() figure.Figure) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return fmt.Errorf("updating a live picture: it was closed; make another with NewLive")
	}
	l.current = build
	if now := time.Now(); !gonbui.IsNotebook || now.Before(l.next) {
		return nil
	}
	return l.draw(&figure.PNGOptions{Scale: 1, Fast: true})
}

// draw shows the current figure and schedules the next frame.
func (l *Live) draw(o *figure.PNGOptions) error {
	if l.id == "" {
		l.id = "semrob-live-" + gonbui.UniqueId()
	}
	start := time.Now()
	err := front.SendFigure(l.current(), o, l.id)
	every := l.Every
	if every == 0 {
		every = 250 * time.Millisecond
	}
	end := time.Now()
	l.next = end.Add(max(every-end.Sub(start), 4*end.Sub(start)))
	return err
}

// Close draws the last frame, even if it was skipped, and waits until the kernel has
// it. A second Close does nothing.
func (l *Live) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.current == nil {
		l.closed = true
		return nil
	}
	l.closed = true
	if !gonbui.IsNotebook {
		_, err := fmt.Println(l.current().Describe())
		return err
	}
	if err := l.draw(nil); err != nil {
		return err
	}
	return front.Flush()
}
