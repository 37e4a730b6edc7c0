package study

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

func TestViewShowsEverything(t *testing.T) {
	v := NewView("lite <0>")
	v.Watch(queue.Progress{Done: 30, SetAside: 1, Total: 200, Queued: 160, InWork: 2})
	p := queue.Progress{Done: 40, SetAside: 2, Total: 200, Queued: 156, InWork: 2, Trouble: "The server does not answer.", Workers: []queue.Worker{
		{Name: "here:1", Item: "0123456789abcdef", Done: 6, Failed: 1}, {Name: "there:<2>", Done: 5, Failed: 2},
	}}
	v.Watch(p)
	for i := range 7 {
		v.Report(fmt.Sprintf("Item %d failed.", i))
	}
	state := v.state()
	for part, text := range map[string]string{
		"lite <0>: 42 of 200 (21 %)":  v.text(state),
		"2 workers, 2 in work":        v.text(state),
		"3 failures":                  v.text(state),
		"2 set aside":                 v.text(state),
		"The server does not answer.": v.text(state),
		"… 2 earlier":                 v.text(state),
		"Item 6 failed.":              v.text(state),
		"/s":                          v.text(state),
		" left":                       v.text(state),
		`value="42" max="200"`:        v.html(state),
		"there:&lt;2&gt;":             v.html(state),
		"<code>01234567</code>":       v.html(state),
		"<td>6</td><td>1</td>":        v.html(state),
	} {
		t.Run(part, func(t *testing.T) {
			if !strings.Contains(text, part) {
				t.Errorf("the view lacks %q: %s", part, text)
			}
		})
	}
	if text := v.text(state); strings.Contains(text, "Item 1 failed.") {
		t.Errorf("the view keeps old failures: %s", text)
	}
	if html := v.html(state); strings.Contains(html, "<0>") || strings.Contains(html, "<script") {
		t.Errorf("the view does not escape its texts: %s", html)
	}
	p.Done, p.Queued, p.InWork, p.Trouble = 198, 0, 0, ""
	v.Watch(p)
	v.Close()
	if last := v.line(v.state()); strings.Contains(last, "worker") || !strings.Contains(last, "200 of 200") || !strings.Contains(last, "took") {
		t.Errorf("the last state is %q", last)
	}
}

const formulas = `study: formulas
networks: [{analytic: soft-box}]
objects: [{mesh: teapot, class: teapot}, {mesh: cup, class: cup}]
methods: [naive, oir-b]
settings: {iterations: %d}
starts: [[130, 30], [50, 20]]
`

func writePlan(t *testing.T, iterations int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "formulas.yaml")
	if err := os.WriteFile(path, fmt.Appendf(nil, formulas, iterations), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	path, seen := writePlan(t, 20), queue.Progress{}
	table, err := Run(t.Context(), path, sweep.Options{Watch: func(p queue.Progress) { seen = p }})
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != 8 || seen.Done != 4 || seen.Total != 4 { // an item has all starts of an object and a method
		t.Errorf("%d rows, and in the end %+v; want 8 rows of 4 items", len(table.Rows), seen)
	}
	folder := strings.TrimSuffix(path, ".yaml")
	if _, err := os.Stat(filepath.Join(folder, sweep.TableFile)); err != nil {
		t.Error(err)
	}
	bare := filepath.Join(folder, "plan")
	if err := os.WriteFile(bare, fmt.Appendf(nil, formulas, 20), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), bare, sweep.Options{}); err == nil || !strings.Contains(err.Error(), "Options.Folder") {
		t.Errorf("a plan without an extension gives %v", err)
	}
}
