package backend

import (
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	var text strings.Builder
	progress := ProgressTo(&text) // no terminal
	progress(Event{Text: "one"})
	for done := int64(0); done <= 10; done++ {
		progress(Event{Done: done * 1e6, Total: 10e6})
	}
	progress(Event{Done: 5, Total: -1})
	progress(Event{Text: "two"})
	progress(Event{Done: 10e6, Total: 10e6})
	const want = "one\n  25 % of 10 MB\n  50 % of 10 MB\n  75 % of 10 MB\n  100 % of 10 MB\ntwo\n  100 % of 10 MB\n"
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", text.String(), want)
	}
}

func TestBar(t *testing.T) {
	var text strings.Builder
	progress := barTo(&text)
	progress(Event{Text: "one"})
	progress(Event{Done: 5e6, Total: 10e6})
	progress(Event{Text: "two"})
	progress(Event{Done: 10e6, Total: 10e6})
	progress(Event{Done: 10e6, Total: 10e6})
	progress(Event{Text: "three"})
	got := text.String()
	if !strings.HasPrefix(got, "one\n") || !strings.Contains(got, "50%") || strings.Count(got, "100%") != 1 {
		t.Errorf("got %q", got)
	}
	for _, line := range []string{"\ntwo\n", "\nthree\n"} {
		if !strings.Contains(got, line) {
			t.Errorf("%q is not on a line of its own in %q", line, got)
		}
	}
}
