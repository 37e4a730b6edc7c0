package explore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// lens renders views of an object and classifies them, one point at a time.
type lens struct {
	title   string
	f       *subject.Opened
	network *network.Network
	size    int

	mu     sync.Mutex // held while a view is computed
	pixels []float32  // the last picture that the network was given
}

// newLens opens the network, which the first view compiles.
func newLens(ctx context.Context, lab *semrob.Lab, s semrob.Subject, space objective.Space) (*lens, error) {
	f, err := lab.Objective(ctx, s, space)
	if err != nil {
		return nil, err
	}
	n := f.Classifier.Network()
	l := &lens{title: s.String(), f: f, network: n, size: n.InputSize}
	f.Objective.Network = rendered.BlackBox(func(ctx context.Context, images []float32, batch int) ([]float32, error) {
		l.pixels = append(l.pixels[:0], images...)
		if batch == 1 {
			return f.Classifier.ProbabilitiesOfOne(ctx, images)
		}
		return f.Classifier.Probabilities(ctx, images, batch)
	})
	f.Objective.Direct = nil // the picture is shown
	return l, nil
}

// view is a view with the network's answer.
type view struct {
	picture image.Image
	f       float64
	top     []network.Prediction // the most probable classes
	right   bool                 // the first of them is the subject's
}

// view computes the view at a point of the objective's domain.
func (l *lens) view(ctx context.Context, point []float64) (view, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all, err := l.f.Objective.Probabilities(ctx, [][]float64{point})
	if err != nil {
		return view{}, err
	}
	value, err := l.f.Objective.Probability(all[0])
	if err != nil {
		return view{}, err
	}
	top := l.network.TopK(all[0], 5)
	return view{
		picture: render.NRGBA(l.pixels, l.size), f: value,
		top: top, right: len(top) > 0 && l.f.Objective.Accepts(top[0].Class),
	}, nil
}

// question is a question of the browser: the view at some values.
type question struct {
	N      int                `json:"n"`
	Values map[string]float64 `json:"values"`
	Done   bool               `json:"done"`
	// Settled marks the end of a movement, whose view is kept.
	Settled bool `json:"settled"`
}

func readQuestion(text string) (question, error) {
	var q question
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		return q, fmt.Errorf("reading a question of the widget: %w; run the cell again", err)
	}
	return q, nil
}

// answer is the answer to a question, which the browser shows.
type answer struct {
	N       int     `json:"n"`
	Picture string  `json:"picture,omitempty"` // a data URL
	F       float64 `json:"f"`
	Top     []named `json:"top,omitempty"`
	Right   bool    `json:"right"`
	Error   string  `json:"error,omitempty"`
	// Took is the time that the answer took, in milliseconds.
	Took float64 `json:"took"`
}

type named struct {
	Label       string  `json:"label"`
	Probability float64 `json:"p"`
}

// answer answers a question. Values that no view can have are an error that the widget
// shows and that does not end it.
func (w *widget) answer(ctx context.Context, q question) (string, error) {
	start := time.Now()
	a := answer{N: q.N}
	point, err := w.point(q.Values)
	var seen view
	if err == nil {
		seen, err = w.lens.view(ctx, point)
	}
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		a.Error = err.Error()
	case math.IsNaN(seen.f) || math.IsInf(seen.f, 0):
		a.Error = (&objective.NotFiniteError{Value: seen.f, Point: point}).Error()
	default:
		var picture bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&picture, seen.picture); err != nil {
			return "", fmt.Errorf("encoding a view: %w", err)
		}
		a.Picture = "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.Bytes())
		a.F, a.Right = seen.f, seen.right
		for _, p := range seen.top {
			if x := float64(p.Probability); math.IsNaN(x) || math.IsInf(x, 0) {
				continue // no number in JSON
			}
			a.Top = append(a.Top, named{p.Label, float64(p.Probability)})
		}
		if q.Settled {
			w.visit(q.Values, seen)
		}
	}
	a.Took = float64(time.Since(start).Microseconds()) / 1000
	text, err := json.Marshal(a)
	return string(text), err
}

// point returns the point of the space at some values; the other coordinates are those
// of the subject.
func (w *widget) point(values map[string]float64) ([]float64, error) {
	point := slices.Clone(w.home)
	for name, v := range values {
		k := w.space.Index(name)
		if k < 0 {
			return nil, fmt.Errorf("%s is not a parameter of this widget: choose one of %s", name, w.space)
		}
		point[k] = v
	}
	return point, w.space.CheckPoint(point)
}

// visit keeps a view for the end.
func (w *widget) visit(values map[string]float64, seen view) {
	v := figure.View{Image: seen.picture, Value: seen.f, Verdict: figure.Wrong}
	if seen.right {
		v.Verdict = figure.Right
	}
	if len(seen.top) > 0 {
		v.Predicted, v.Probability = seen.top[0].Label, float64(seen.top[0].Probability)
	}
	if w.over != nil {
		v.At = []float64{values[w.axes[0]], values[w.axes[1]]}
	} else {
		v.Caption = w.caption(values)
	}
	w.visited = append(w.visited, v)
	if len(w.visited) > mostVisited {
		w.visited = w.visited[1:]
	}
}

// caption names the values that differ from the subject's.
func (w *widget) caption(values map[string]float64) string {
	text := ""
	for _, p := range w.sliders {
		v, given := values[p.Name]
		if !given || v == p.Value {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s %.4g%s", p.Name, v, p.Unit)
	}
	if text == "" {
		return "nothing changed"
	}
	return text
}
