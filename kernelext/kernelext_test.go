package kernelext

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"
	"github.com/semrob/gonb-semrob/semrob/figure"
)

// cells are the programs that the tests run as cells.
var cells = map[string]func(){
	"show": func() { Fail(Show(small(0))) },
	"animation": func() {
		Fail(ShowAnimation(&figure.Animation{Frames: []figure.Figure{small(0), small(50), small(100)}}))
	},
	"show bad": func() { Fail(Show(&figure.Map{})) },
	"table": func() {
		Fail(Table([]string{"network", "SRVR (%)"}, [][]any{{"Alex<Net>", 1.234567}, {"ResNet50", 13}}))
	},
	"ragged table": func() { Fail(Table([]string{"a", "b"}, [][]any{{1}})) },
	"progress": func() {
		p := NewProgress()
		p.Start(100, "rendering <views>")
		for range 50 {
			time.Sleep(10 * time.Millisecond)
			p.Add(2)
		}
		p.Done()
	},
	"live": func() {
		live := NewLive()
		for i := range 50 {
			time.Sleep(10 * time.Millisecond)
			Fail(live.Update(small(i)))
		}
		Fail(live.Close())
		Fail(live.Close())
		if live.Update(small(0)) == nil {
			Fail(errors.New("a closed picture takes updates"))
		}
	},
	"empty live": func() { Fail(NewLive().Close()) },
	"fail": func() {
		Fail(nil)
		Fail(fmt.Errorf("loading mesh %q: %w", "<chair>.obj", errors.New("line 3: write a number")))
		fmt.Println("not reached")
	},
	"must": func() {
		fmt.Println(Must(7, nil))
		fmt.Println(Must(os.ReadFile("/nonexistent/file")))
	},
	"stop": func() {
		ctx := Context()
		p := NewProgress()
		p.Start(2, "waiting")
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Second):
			os.Exit(3) // not stopped
		}
		p.Done()
		Fail(fmt.Errorf("mapping: %w", ctx.Err()))
	},
}

// small is a map whose first value depends on i, so that frames differ.
func small(i int) figure.Figure {
	return &figure.Map{
		Title: fmt.Sprintf("frame %d", i), X: figure.Azimuth(), Y: figure.Elevation(),
		XS: []float64{0, 90, 180, 270}, YS: []float64{0, 40},
		Z: [][]float64{{float64(i) / 100, 0.2, 0.4, 0.6}, {1, 0.8, 0.6, 0.4}}, Width: 400,
	}
}

func TestShow(t *testing.T) {
	r := runCell(t, "show", nil)
	if r.exitCode != 0 || len(r.outputs) != 1 {
		t.Fatalf("exit status %d, %d outputs; want 0 and 1: %s", r.exitCode, len(r.outputs), r.stderr)
	}
	c, err := png.DecodeConfig(strings.NewReader(r.data(0, protocol.MIMEImagePNG)))
	if err != nil {
		t.Fatalf("the output's image/png: %v", err)
	}
	about, _ := r.outputs[0].Metadata[string(protocol.MIMEImagePNG)].(map[string]any)
	if about["width"] != 400 || c.Width != 800 {
		t.Errorf("the picture has %d pixels to be shown %v wide, want 800 on 400", c.Width, about["width"])
	}
	text := r.data(0, protocol.MIMETextPlain)
	if text != small(0).Describe() || !strings.HasPrefix(text, about["alt"].(string)) {
		t.Errorf("the text is %q, want the description", text)
	}
	if r.outputs[0].DisplayID != "" || r.stdout != "" {
		t.Errorf("a display id %q or standard output %q, want neither", r.outputs[0].DisplayID, r.stdout)
	}
	data, found := strings.CutPrefix(r.data(0, front.MIMEVegaLite), "data:application/json;base64,")
	spec, err := base64.StdEncoding.DecodeString(data)
	if !found || err != nil || string(spec) != figure.VegaLite(small(0)) || len(spec) == 0 {
		t.Errorf("the interactive form is %.80q (%v), want the figure's specification as a data address", r.data(0, front.MIMEVegaLite), err)
	}
	if r := runPlain(t, "show"); r.stdout != small(0).Describe()+"\n" || r.exitCode != 0 {
		t.Errorf("outside a notebook it writes %q", r.stdout)
	}
	if r := runCell(t, "show bad", nil); r.exitCode != 1 || !strings.Contains(r.data(0, protocol.MIMETextPlain), "XS has 0") {
		t.Errorf("a figure without data ends with status %d and %v", r.exitCode, r.outputs)
	}
}

func TestShowAnimation(t *testing.T) {
	r := runCell(t, "animation", nil)
	if r.exitCode != 0 || len(r.outputs) != 1 {
		t.Fatalf("exit status %d, %d outputs: %s", r.exitCode, len(r.outputs), r.stderr)
	}
	picture := r.data(0, protocol.MIMEImagePNG)
	if c, err := png.DecodeConfig(strings.NewReader(picture)); err != nil || c.Width != 400 || !strings.Contains(picture, "acTL") {
		t.Errorf("the output is %v (%v), want an animated PNG 400 pixels wide", c, err)
	}
	if text := r.data(0, protocol.MIMETextPlain); !strings.HasPrefix(text, "Animation of 3 frames") || runPlain(t, "animation").stdout != text+"\n" {
		t.Errorf("the text is %q", text)
	}
}

func TestTable(t *testing.T) {
	r := runCell(t, "table", nil)
	want := "network    SRVR (%)\n─────────  ────────\nAlex<Net>     1.235\nResNet50         13\n"
	if got := r.data(0, protocol.MIMETextPlain); got != want {
		t.Errorf("the text is\n%s\nwant\n%s", got, want)
	}
	html := r.data(0, protocol.MIMETextHTML)
	for _, part := range []string{"<th", "Alex&lt;Net&gt;", ">1.235</td>", "text-align:right"} {
		if !strings.Contains(html, part) {
			t.Errorf("the HTML lacks %q: %s", part, html)
		}
	}
	if got := runPlain(t, "table").stdout; got != want {
		t.Errorf("outside a notebook it writes\n%s", got)
	}
	if r := runPlain(t, "ragged table"); r.exitCode != 1 || !strings.Contains(r.stderr, "row 0 has 1 cells for 2 headers") {
		t.Errorf("a ragged table ends with status %d and %q", r.exitCode, r.stderr)
	}
}

func TestProgress(t *testing.T) {
	r := runCell(t, "progress", nil)
	first, last := 0, len(r.outputs)-1
	// Half a second: the first state, at most one every 200 ms, the last one.
	if last < 2 || last > 5 {
		t.Errorf("%d states in half a second", last+1)
	}
	for i := range r.outputs {
		if id := r.outputs[i].DisplayID; id == "" || id != r.outputs[0].DisplayID {
			t.Errorf("state %d has the display id %q, the first %q", i, id, r.outputs[0].DisplayID)
		}
		if html := r.data(i, protocol.MIMETextHTML); strings.Contains(html, "<views>") || strings.Contains(html, "<script") || strings.Contains(html, "http") {
			t.Errorf("state %d is %s", i, html)
		}
	}
	if got := r.data(first, protocol.MIMETextPlain); got != "rendering <views>: 0 of 100 (0 %)" {
		t.Errorf("the first state is %q", got)
	}
	if got := r.data(last, protocol.MIMETextPlain); !regexp.MustCompile(`^rendering <views>: 100 of 100 \(100 %\), \d+/s, took 0\.\d s$`).MatchString(got) {
		t.Errorf("the last state is %q", got)
	}
	if got := r.data(last, protocol.MIMETextHTML); !strings.Contains(got, `<progress value="100" max="100"`) {
		t.Errorf("the last state is %s", got)
	}
	if p := runPlain(t, "progress"); !strings.HasPrefix(p.stderr, "rendering <views>: 100 of 100") || strings.Count(p.stderr, "\n") != 1 {
		t.Errorf("outside a notebook it writes %q", p.stderr)
	}
}

func TestLive(t *testing.T) {
	r := runCell(t, "live", nil)
	if r.exitCode != 0 {
		t.Fatalf("exit status %d: %v %s", r.exitCode, r.outputs, r.stderr)
	}
	if n := len(r.outputs); n < 2 || n > 6 {
		t.Errorf("%d frames in half a second of 50 updates", n)
	}
	last := len(r.outputs) - 1
	for i := range r.outputs {
		if id := r.outputs[i].DisplayID; id == "" || id != r.outputs[0].DisplayID {
			t.Errorf("frame %d has the display id %q, the first %q", i, id, r.outputs[0].DisplayID)
		}
		c, err := png.DecodeConfig(strings.NewReader(r.data(i, protocol.MIMEImagePNG)))
		if err != nil {
			t.Fatal(err)
		}
		if want := 400; i < last && c.Width != want || i == last && c.Width != 2*want {
			t.Errorf("frame %d of %d has %d pixels across", i+1, last+1, c.Width)
		}
	}
	if got := r.data(last, protocol.MIMETextPlain); got != small(49).Describe() {
		t.Errorf("the last frame is %q, want that of the last update", got)
	}
	var want bytes.Buffer
	if err := figure.WritePNG(&want, small(49), nil); err != nil {
		t.Fatal(err)
	}
	if r.data(last, protocol.MIMEImagePNG) != want.String() {
		t.Error("the last picture is not that of the last update")
	}
	if p := runPlain(t, "live"); p.stdout != small(49).Describe()+"\n" {
		t.Errorf("outside a notebook it writes %q", p.stdout)
	}
	if r := runCell(t, "empty live", nil); len(r.outputs) != 0 || r.exitCode != 0 {
		t.Errorf("a live picture without a frame shows %v", r.outputs)
	}
}

func TestFail(t *testing.T) {
	const message = `Error: loading mesh "<chair>.obj": line 3: write a number`
	r := runCell(t, "fail", nil)
	if r.exitCode != 1 || r.stdout != "" || r.stderr != "" || len(r.outputs) != 1 {
		t.Fatalf("exit status %d, standard output %q, error %q, %d outputs", r.exitCode, r.stdout, r.stderr, len(r.outputs))
	}
	if got := r.data(0, protocol.MIMETextPlain); got != message {
		t.Errorf("the text is %q, want %q", got, message)
	}
	if html := r.data(0, protocol.MIMETextHTML); !strings.Contains(html, "&lt;chair&gt;.obj") || strings.Contains(html, "goroutine") {
		t.Errorf("the HTML is %s", html)
	}
	if p := runPlain(t, "fail"); p.exitCode != 1 || p.stderr != message+"\n" {
		t.Errorf("outside a notebook it ends with status %d and %q", p.exitCode, p.stderr)
	}
	if p := runPlain(t, "must"); p.exitCode != 1 || p.stdout != "7\n" || !strings.Contains(p.stderr, "/nonexistent/file") {
		t.Errorf("Must ends with status %d, %q and %q", p.exitCode, p.stdout, p.stderr)
	}
}

// Stop in a notebook is a SIGINT: it must reach the work at once, and both how far the
// work got and that it was stopped must stay under the cell.
func TestStop(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		r := runCell(t, "stop", func(p *os.Process) {
			if err := p.Signal(signal); err != nil {
				t.Error(err)
			}
		})
		if r.exitCode != 1 || len(r.outputs) != 3 {
			t.Fatalf("%v: exit status %d and %d outputs, want 1 and 3", signal, r.exitCode, len(r.outputs))
		}
		if got := r.data(1, protocol.MIMETextPlain); !strings.HasPrefix(got, "waiting: 0 of 2 (0 %), stopped after") {
			t.Errorf("%v: the bar ends as %q", signal, got)
		}
		if got, want := r.data(2, protocol.MIMETextPlain), "Stopped: mapping"; got != want {
			t.Errorf("%v: the message is %q, want %q", signal, got, want)
		}
	}
}
