package terminal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/progress"
)

func file(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func content(t *testing.T, f *os.File) string {
	t.Helper()
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPlainWhereThereIsNoTerminal(t *testing.T) {
	f := file(t)
	p := New(f)
	if _, ok := p.(*progress.Plain); !ok {
		t.Fatalf("on a file the progress is a %T", p)
	}
	p.Start(3, "mapping")
	p.Add(3)
	p.Done()
	if got := content(t, f); strings.ContainsAny(got, "\r\x1b") || !strings.HasPrefix(got, "mapping: 3 of 3") {
		t.Errorf("a file got %q", got)
	}
}

// The bar must show the last state, even if it stopped early or received too many
// steps, and end its line once.
func TestBar(t *testing.T) {
	for name, c := range map[string]struct {
		total, add int
		want       string
	}{
		"all":      {40, 40, "(40/40"},
		"stopped":  {40, 10, "(10/40"},
		"too many": {40, 50, "(40/40"},
		"unknown":  {0, 7, "(7/-"},
	} {
		t.Run(name, func(t *testing.T) {
			f := file(t)
			b := &Bar{f: f}
			b.Add(1) // before Start: nothing
			b.Start(c.total, "mapping")
			b.Add(c.add)
			b.Done()
			b.Done()
			got := content(t, f)
			last := got[strings.LastIndex(strings.TrimRight(got, "\n"), "\r")+1:]
			if !strings.Contains(last, c.want) || !strings.Contains(last, "mapping") {
				t.Errorf("the bar ends as %q, want %q in it", last, c.want)
			}
			if strings.Count(got, "\n") > 2 || !strings.HasSuffix(got, "\n") {
				t.Errorf("the bar ends its line %d times: %q", strings.Count(got, "\n"), got)
			}
		})
	}
}
