package study

import (
	"fmt"
	"html"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// mostReports is the number of failures that a view shows.
const mostReports = 5

// A View shows the progress of a study in place under the cell; its last state stays in
// the saved notebook. Outside a notebook it writes a line to standard error every few
// seconds. It is safe for concurrent use.
type View struct {
	mu      sync.Mutex
	study   string
	id      string
	meter   progress.Meter
	begun   bool
	seen    int // recorded items that the meter has counted
	now     queue.Progress
	reports []string // the last failures
	unseen  int      // failures before those
	last    time.Time
	closed  bool
}

// NewView returns the view of a study with this name. Give Watch and Report to
// sweep.Options.
func NewView(study string) *View {
	return &View{study: study, id: "semrob-study-" + gonbui.UniqueId()}
}

// Watch shows a state, unless the last one was shown a moment ago.
func (v *View) Watch(p queue.Progress) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.begun { // items done before do not count for the rate
		v.meter.Start(p.Total-p.Recorded(), v.study)
		v.begun, v.seen = true, p.Recorded()
	}
	v.meter.Add(p.Recorded() - v.seen)
	v.seen, v.now = p.Recorded(), p
	every := 300 * time.Millisecond
	if !gonbui.IsNotebook {
		every = 5 * time.Second
	}
	if time.Since(v.last) >= every {
		v.show()
	}
}

// Report shows a failure, one sentence, among the last ones.
func (v *View) Report(sentence string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.reports = append(v.reports, sentence)
	if len(v.reports) > mostReports {
		v.reports, v.unseen = v.reports[1:], v.unseen+1
	}
	if !gonbui.IsNotebook {
		fmt.Fprintln(os.Stderr, sentence)
	} else {
		v.show()
	}
}

// Close shows the last state, which stays. A second Close does nothing.
func (v *View) Close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || !v.begun {
		return
	}
	v.closed = true
	v.meter.Done()
	v.now.Workers, v.now.InWork = nil, 0 // they have left
	v.show()
	_ = front.Flush() // a failure of the view must not stop the study
}

// show sends the state. Errors are ignored: they must not stop the study.
func (v *View) show() {
	v.last = time.Now()
	state := v.state()
	if !gonbui.IsNotebook {
		fmt.Fprintln(os.Stderr, v.line(state))
		return
	}
	_ = front.Send(front.Bundle{
		protocol.MIMETextHTML:  v.html(state),
		protocol.MIMETextPlain: v.text(state),
	}, nil, v.id)
}

// state returns the meter's state with all items, including those done before.
func (v *View) state() progress.State {
	s := v.meter.State()
	s.Done, s.Total = v.now.Recorded(), v.now.Total
	return s
}

// line returns the state in one line.
func (v *View) line(s progress.State) string {
	return strings.Join(append([]string{s.String()}, v.counts()...), ", ")
}

// counts returns the numbers of workers and failures.
func (v *View) counts() []string {
	var parts []string
	if !v.closed {
		parts = append(parts, count(len(v.now.Workers), "worker"), fmt.Sprintf("%d in work", v.now.InWork))
	}
	failed := 0
	for _, w := range v.now.Workers {
		failed += w.Failed
	}
	if failed > 0 {
		parts = append(parts, count(failed, "failure"))
	}
	if v.now.SetAside > 0 {
		parts = append(parts, fmt.Sprintf("%d set aside", v.now.SetAside))
	}
	return parts
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// notes returns the sentences below the state.
func (v *View) notes() []string {
	var notes []string
	if v.now.Trouble != "" {
		notes = append(notes, v.now.Trouble)
	}
	if v.unseen > 0 {
		notes = append(notes, fmt.Sprintf("… %d earlier", v.unseen))
	}
	return append(notes, v.reports...)
}

// text returns the state as plain text.
func (v *View) text(s progress.State) string {
	return strings.Join(append([]string{v.line(s)}, v.notes()...), "\n")
}

// html returns the state with a bar, a table of the workers, and the last failures.
func (v *View) html(s progress.State) string {
	var b strings.Builder
	b.WriteString(front.Bar(s))
	if counts := strings.Join(v.counts(), ", "); counts != "" {
		b.WriteString("<div>" + html.EscapeString(counts) + "</div>")
	}
	if len(v.now.Workers) > 0 {
		b.WriteString(`<table style="font-variant-numeric:tabular-nums"><thead><tr><th style="text-align:left">worker</th>` +
			`<th style="text-align:left">item</th><th>done</th><th>failed</th></tr></thead><tbody>`)
		for _, w := range v.now.Workers {
			item := w.Item
			if item == "" {
				item = "–"
			}
			fmt.Fprintf(&b, `<tr><td style="text-align:left">%s</td><td style="text-align:left"><code>%.8s</code></td><td>%d</td><td>%d</td></tr>`,
				html.EscapeString(w.Name), html.EscapeString(item), w.Done, w.Failed)
		}
		b.WriteString("</tbody></table>")
	}
	for _, note := range v.notes() {
		b.WriteString(`<div style="border-left:4px solid #d9541e;padding-left:0.5em;margin:2px 0;max-width:70em">` + html.EscapeString(note) + "</div>")
	}
	return b.String()
}
