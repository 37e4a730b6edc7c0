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
// Frames that come too fast are skipped. Close draws the last one sharp, and
// that is what the saved notebook keeps. Outside a notebook only Close shows
// anything: the last figure's description.
//
// A Live is safe for use by several goroutines; the figures are not copied, so
// the one given last may not be changed by others while Update or Close runs.
type Live struct {
	// Every is the least time between frames; 0 means 250 ms. It grows by
	// itself where drawing is slow, so that at most a fifth of the time goes
	// into pictures.
	Every time.Duration

	mu      sync.Mutex
	id      string
	current func() figure.Figure // given last
	next    time.Time            // when a frame may be drawn again
	closed  bool
}

// NewLive returns a live picture that appears under the cell with its first
// frame.
func NewLive() *Live { return &Live{} }

// Update shows f in place of the last frame, where it is time for a new one.
func (l *Live) Update(f figure.Figure) error {
	return l.UpdateFunc(func() figure.Figure { return f })
}

// UpdateFunc is Update for a figure that is work to make: build is called only
// where it is time for a frame, and once more in Close for the last one.
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

// draw shows the current figure and sets the time of the next frame.
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

// Close draws the last frame, whether it was skipped or not, and waits until
// the kernel has it. A second Close does nothing.
func (l *Live) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.current == nil {
		l.closed = true
		return nil
	}
	l.closed = true
	if !gonbui.IsNotebook {
		_, err := fmt.Fprintln(output, l.current().Describe())
		return err
	}
	if err := l.draw(nil); err != nil {
		return err
	}
	return front.Flush()
}
