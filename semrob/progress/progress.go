// Package progress reports the progress of long work: a small interface for the
// work, and an implementation that writes plain lines. The bar for terminals is in
// progress/terminal, the one for notebooks in kernelext, so that work that reports
// progress links neither.
package progress

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
)

// Progress receives the progress of long work. The work calls Start once, Add as
// it goes, and Done at the end, even if it failed or was cancelled (defer p.Done()).
//
// Implementations are safe for concurrent use. A Start after Done starts
// something new; Add before Start and a second Done do nothing.
type Progress interface {
	// Start names the work, such as "rendering views", and the number of steps to
	// do; 0 means unknown. Steps already done, in a file that is continued, do not
	// count: they would distort the rate.
	Start(total int, what string)
	// Add reports n more steps.
	Add(n int)
	// Done reports the end of the work, complete or not.
	Done()
}

// None ignores progress.
var None Progress = none{}

type none struct{}

func (none) Start(int, string) {}
func (none) Add(int)           {}
func (none) Done()             {}

// Or returns p, or None if p is nil.
func Or(p Progress) Progress {
	if p == nil {
		return None
	}
	return p
}

// State is the state of work.
type State struct {
	// What names the work.
	What string
	// Done steps of Total; a Total of 0 is unknown.
	Done, Total int
	// Rate is in steps per second, over the last 15 s or, at the end, over the
	// whole time; 0 if unknown.
	Rate float64
	// Elapsed is the time since the start.
	Elapsed time.Duration
	// Left is the remaining time at that rate; −1 if unknown.
	Left time.Duration
	// Over reports whether Done was called.
	Over bool
}

// Fraction returns the fraction done, 0…1; 0 if the total is unknown.
func (s State) Fraction() float64 {
	if s.Total <= 0 {
		return 0
	}
	return min(1, float64(s.Done)/float64(s.Total))
}

// String returns the state in one line, such as
// "rendering views: 1,200 of 4,080 (29 %), 45/s, 1 min 4 s left".
func (s State) String() string {
	var b strings.Builder
	if s.What != "" {
		b.WriteString(s.What + ": ")
	}
	b.WriteString(s.Counts())
	return b.String()
}

// Counts returns String without the name of the work.
func (s State) Counts() string {
	var parts []string
	switch {
	case s.Total <= 0:
		parts = append(parts, thousands(s.Done))
	default:
		parts = append(parts, fmt.Sprintf("%s of %s (%d %%)", thousands(s.Done), thousands(s.Total), int(100*s.Fraction())))
	}
	if s.Rate > 0 {
		parts = append(parts, rate(s.Rate))
	}
	switch {
	case s.Over && s.Total > 0 && s.Done < s.Total:
		parts = append(parts, "stopped after "+Duration(s.Elapsed))
	case s.Over:
		parts = append(parts, "took "+Duration(s.Elapsed))
	case s.Left >= 0:
		parts = append(parts, Duration(s.Left)+" left")
	}
	return strings.Join(parts, ", ")
}

func rate(perSecond float64) string {
	if perSecond >= 10 {
		return thousands(int(math.Round(perSecond))) + "/s"
	}
	if perSecond >= 1 {
		return fmt.Sprintf("%.1f/s", perSecond)
	}
	return fmt.Sprintf("%.1f s each", 1/perSecond)
}

// thousands formats n with commas: "4,080".
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Duration formats d for people: "0.4 s", "12 s", "1 min 4 s", "2 h 5 min".
func Duration(d time.Duration) string {
	switch seconds := d.Seconds(); {
	case seconds < 9.95:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 59.5:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 3599.5:
		whole := int(math.Round(seconds))
		return fmt.Sprintf("%d min %d s", whole/60, whole%60)
	default:
		minutes := int(math.Round(seconds / 60))
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	}
}

// window is the time over which the rate is measured.
const window = 15 * time.Second

// Meter counts steps and computes the rate and the remaining time, for
// implementations of Progress. Its zero value is ready to use, and it is safe for
// concurrent use.
type Meter struct {
	mu      sync.Mutex
	what    string
	total   int
	done    int
	running bool
	start   time.Time
	end     time.Time
	samples []sample // of the last seconds, oldest first
	now     func() time.Time
}

type sample struct {
	at   time.Time
	done int
}

func (m *Meter) clock() time.Time {
	if m.now != nil { // tests set the time
		return m.now()
	}
	return time.Now()
}

// Start starts counting.
func (m *Meter) Start(total int, what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.what, m.total, m.done, m.running = what, max(total, 0), 0, true
	m.start = m.clock()
	m.samples = append(m.samples[:0], sample{m.start, 0})
}

// Add counts n steps and reports whether the meter is running.
func (m *Meter) Add(n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.running {
		return false
	}
	m.done += n
	now := m.clock()
	m.samples = append(m.samples, sample{now, m.done})
	// Keep one sample for each 1/50 of the window, and the newest that is older
	// than it: many small steps must not fill the memory.
	if n := len(m.samples); n > 2 && m.samples[n-2].at.Sub(m.samples[n-3].at) < window/50 {
		m.samples = append(m.samples[:n-2], m.samples[n-1])
	}
	for len(m.samples) > 2 && now.Sub(m.samples[1].at) >= window {
		m.samples = m.samples[1:]
	}
	return true
}

// Done stops counting and reports whether the meter was running.
func (m *Meter) Done() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.running {
		return false
	}
	m.running, m.end = false, m.clock()
	return true
}

// State returns the current state.
func (m *Meter) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := State{What: m.what, Done: m.done, Total: m.total, Left: -1, Over: !m.running}
	if len(m.samples) == 0 {
		return s
	}
	first, end := m.samples[0], m.end
	if m.running {
		end = m.clock()
	} else {
		first = sample{m.start, 0}
	}
	s.Elapsed = end.Sub(m.start)
	if took := end.Sub(first.at).Seconds(); took > 0 && m.done > first.done {
		s.Rate = float64(m.done-first.done) / took
	}
	if m.running && s.Rate > 0 && m.total > 0 {
		s.Left = time.Duration(max(0, float64(m.total-m.done)) / s.Rate * float64(time.Second))
	}
	return s
}
