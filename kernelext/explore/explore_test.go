package explore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/kernelext/kernelspec"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/store"
)

var teapot = semrob.Subject{Mesh: "teapot", Class: "teapot"}

func newLab(t *testing.T) *semrob.Lab {
	t.Helper()
	return &semrob.Lab{Store: &store.Store{Dir: t.TempDir()}}
}

// The widget's answer is the view of the Lab at the same point.
func TestAnswerIsTheLabsView(t *testing.T) {
	ctx, lab := t.Context(), newLab(t)
	w, err := newWidget(ctx, lab, teapot, Options{Parameters: []string{"azimuth", "elevation", "light-x", "light-y", "light-z"}})
	if err != nil {
		t.Fatal(err)
	}
	if w.lens, err = newLens(ctx, lab, teapot, w.space); err != nil {
		t.Fatal(err)
	}
	ask := func(question string) answer {
		q, err := readQuestion(question)
		if err != nil {
			t.Fatal(err)
		}
		text, err := w.answer(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	got := ask(`{"n": 7, "values": {"azimuth": 40, "elevation": 25}, "settled": true}`)
	views, err := lab.Views(ctx, teapot, objective.At([]float64{40, 25}))
	if err != nil {
		t.Fatal(err)
	}
	want := views[0]
	if got.N != 7 || got.Error != "" || len(got.Top) != 5 || got.Top[0].Label != want.Top[0].Label || got.Right != want.Top1 {
		t.Errorf("the answer is %+v", got)
	}
	if d := got.F - want.Value; d > 1e-6 || d < -1e-6 {
		t.Errorf("f is %g, the Lab has %g", got.F, want.Value)
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(got.Picture, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	var rendered bytes.Buffer
	if err := png.Encode(&rendered, want.Image); err != nil {
		t.Fatal(err)
	}
	if !samePicture(t, data, rendered.Bytes()) {
		t.Error("the picture is not the Lab's")
	}
	// Impossible values are an error in the widget, which goes on.
	for says, values := range map[string]string{
		"light": `{"light-x": 0, "light-y": 0, "light-z": 0}`, "elevation": `{"elevation": 100}`, "moon": `{"moon": 1}`,
	} {
		t.Run("impossible "+says, func(t *testing.T) {
			if a := ask(`{"values": ` + values + `}`); !strings.Contains(a.Error, says) || a.Picture != "" {
				t.Errorf("%s is answered with %+v", values, a)
			}
		})
	}
	if len(w.visited) != 1 || w.visited[0].Caption != "azimuth 40°, elevation 25°" {
		t.Errorf("visited %+v, want the one settled view", w.visited)
	}
	if _, err := readQuestion("{"); err == nil {
		t.Error("a truncated question is accepted")
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err := w.answer(stopped, question{}); err == nil {
		t.Error("a stopped widget answers")
	}
}

func TestWidgetErrors(t *testing.T) {
	lab := newLab(t)
	for says, o := range map[string]Options{
		"moon":                 {Parameters: []string{"moon"}},
		"a map or a parameter": {Parameters: []string{}},
	} {
		t.Run(says, func(t *testing.T) {
			if _, err := newWidget(t.Context(), lab, teapot, o); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%+v gives %v, want %q", o, err, says)
			}
		})
	}
	if err := PointAt(t.Context(), lab, teapot, nil); err == nil {
		t.Error("PointAt accepts no map")
	}
}

func TestPathAndTurntable(t *testing.T) {
	ctx, lab := t.Context(), newLab(t)
	f, err := path(ctx, lab, teapot, nil, []float64{0, 0}, []float64{90, 60}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Views) != 3 || f.Views[1].At[0] != 45 || f.Views[1].At[1] != 30 || f.Views[1].Predicted == "" {
		t.Errorf("the path has %+v", f.Views)
	}
	for says, c := range map[string]struct {
		to []float64
		n  int
	}{"too few": {[]float64{90, 60}, 1}, "following a path": {[]float64{90}, 3}} {
		if _, err := path(ctx, lab, teapot, nil, []float64{0, 0}, c.to, c.n); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v gives %v, want %q", c, err, says)
		}
	}
	a, err := turntable(ctx, lab, teapot, 4)
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := a.WritePNG(&picture, nil); err != nil || len(a.Frames) != 4 {
		t.Errorf("a turntable of %d frames: %v", len(a.Frames), err)
	}
	for i, f := range a.Frames {
		if want := []string{"azimuth 0°", "azimuth 90°", "azimuth 180°", "azimuth 270°"}[i]; f.(*figure.Filmstrip).Views[0].Caption != want {
			t.Errorf("frame %d is not at %s", i, want)
		}
	}
}

// Without a live kernel a static strip replaces the widget: in a headless run at once,
// with nothing that would look for a kernel.
func TestHeadlessRunLeavesAStrip(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a notebook, which takes long")
	}
	if err := kernelspec.Install(t.Context(), kernelspec.Options{Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	clone, err := kernelspec.FindRepository(".")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	writeNotebook(t, filepath.Join(folder, "in.ipynb"))
	command := exec.CommandContext(t.Context(), filepath.Join(clone, ".venv", "bin", "python"),
		filepath.Join(clone, "tools", "run_notebook.py"), filepath.Join(folder, "in.ipynb"), filepath.Join(folder, "out"))
	command.Env = append(os.Environ(), "JUPYTER_PREFER_ENV_PATH=1", "SEMROB_CACHE="+t.TempDir())
	if printed, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	checkSaved(t, filepath.Join(folder, "out", "in.ipynb"))
	html, err := os.ReadFile(filepath.Join(folder, "out", "in.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(html)
	if n := strings.Count(page, "<img "); n != len(browserCells) {
		t.Errorf("the HTML has %d pictures, want %d", n, len(browserCells))
	}
	if strings.Contains(page, "gonb_comm") || strings.Contains(page, "vegalite") || strings.Contains(page, "<script src=\"http") {
		t.Error("the HTML looks for a kernel, or for a script elsewhere")
	}
}

// TestNotANumberIsAnAnswer has a network that gives NaN: the widget says so and goes on.
func TestNotANumberIsAnAnswer(t *testing.T) {
	ctx, lab := t.Context(), newLab(t)
	w, err := newWidget(ctx, lab, teapot, Options{Parameters: []string{"azimuth", "elevation"}})
	if err != nil {
		t.Fatal(err)
	}
	if w.lens, err = newLens(ctx, lab, teapot, w.space); err != nil {
		t.Fatal(err)
	}
	size, class, classes := w.lens.size, w.lens.f.Objective.Class, len(w.lens.network.Labels)
	for name, wrong := range map[string]int{"the class": class, "another class": class + 1} {
		w.lens.f.Objective.Network = rendered.BlackBox(func(_ context.Context, images []float32, batch int) ([]float32, error) {
			w.lens.pixels = make([]float32, 3*size*size)
			all := make([]float32, batch*classes)
			all[wrong] = float32(math.NaN())
			return all, nil
		})
		text, err := w.answer(ctx, question{N: 1, Values: map[string]float64{"azimuth": 40}})
		if err != nil {
			t.Errorf("%s is NaN: the cell ends: %v", name, err)
			continue
		}
		var a answer
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		if said := strings.Contains(a.Error, "not finite"); said != (wrong == class) {
			t.Errorf("%s is NaN: the answer is %+v", name, a)
		}
	}
}
