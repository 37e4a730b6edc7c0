package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// studyScreen shows the progress of a study: one line that is overwritten on a
// terminal, a line every few seconds elsewhere.
type studyScreen struct {
	app   *app
	study string
	line  bool // a terminal
	every time.Duration

	mu    sync.Mutex
	meter progress.Meter
	begun bool
	last  time.Time
	seen  int
	shown bool // the line is visible
	now   string
}

func newStudyScreen(a *app, study string) *studyScreen {
	s := &studyScreen{app: a, study: study, every: 5 * time.Second}
	if file, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		s.line, s.every = true, 500*time.Millisecond
	}
	return s
}

func (s *studyScreen) show(p queue.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun {
		s.meter.Start(p.Total-p.Recorded(), s.study)
		s.begun, s.seen = true, p.Recorded()
	}
	s.meter.Add(p.Recorded() - s.seen)
	s.seen = p.Recorded()
	if s.app.quiet || time.Since(s.last) < s.every && p.Recorded() < p.Total {
		return
	}
	s.last, s.now = time.Now(), describe(s.study, p, s.meter.State())
	s.clear()
	s.draw()
}

// describe returns a study's progress in one line.
func describe(study string, p queue.Progress, m progress.State) string {
	text := fmt.Sprintf("%s: %d of %d items", study, p.Recorded(), p.Total)
	if p.Total > 0 {
		text += fmt.Sprintf(" (%d %%)", 100*p.Recorded()/p.Total)
	}
	if m.Rate > 0 {
		text += fmt.Sprintf(", %.2g/s", m.Rate)
	}
	if m.Left > 0 {
		text += ", " + progress.Duration(m.Left) + " left"
	}
	text += fmt.Sprintf(", %d workers, %d in work", len(p.Workers), p.InWork)
	failed := 0
	for _, w := range p.Workers {
		failed += w.Failed
	}
	if failed > 0 {
		text += fmt.Sprintf(", %d failures", failed)
	}
	if p.SetAside > 0 {
		text += fmt.Sprintf(", %d set aside", p.SetAside)
	}
	switch n := p.OtherVersions(); {
	case n == 1:
		text += ". 1 worker of another version is connected and gets no work"
	case n > 1:
		text += fmt.Sprintf(". %d workers of another version are connected and get no work", n)
	}
	switch n := p.Refusing(); {
	case n == 1:
		text += ". 1 worker gives items back: its command line does not allow their networks (--allow)"
	case n > 1:
		text += fmt.Sprintf(". %d workers give items back: their command lines do not allow their networks (--allow)", n)
	}
	if p.Trouble != "" {
		text += ". " + p.Trouble
	}
	return text
}

// say prints a sentence above the line of progress.
func (s *studyScreen) say(sentence string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	fmt.Fprintln(s.app.stderr, sentence)
	s.draw()
}

func (s *studyScreen) clear() {
	if s.line && s.shown {
		fmt.Fprint(s.app.stderr, "\r\x1b[K")
	}
}

func (s *studyScreen) draw() {
	if s.now == "" {
		return
	}
	if s.shown = true; s.line {
		fmt.Fprint(s.app.stderr, s.now)
		return
	}
	fmt.Fprintln(s.app.stderr, s.now)
	s.now = ""
}

// done ends the line.
func (s *studyScreen) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line && s.shown {
		fmt.Fprintln(s.app.stderr)
	}
	s.shown, s.now = false, ""
}
