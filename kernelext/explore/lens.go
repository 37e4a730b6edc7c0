package explore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"time"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// lens shows an object as a network sees it, one scene at a time.
type lens struct {
	title   string
	f       *rendered.Objective
	network *network.Network
	size    int
}

// newLens opens the network. It is compiled by the first look.
func newLens(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, axes []string) (*lens, error) {
	f, err := lab.Objective(ctx, subject, axes...)
	if err != nil {
		return nil, err
	}
	c, ok := f.Network.(*network.Classifier)
	if !ok {
		return nil, fmt.Errorf("exploring %s: its network is a %T, which does not name its answers", subject, f.Network)
	}
	return &lens{title: subject.String(), f: f, network: c.Network(), size: c.Network().InputSize}, nil
}

// look is one view and what the network says of it.
type look struct {
	picture image.Image
	f       float64
	top     []network.Prediction
	right   bool
}

func (l *lens) look(ctx context.Context, scene render.Scene) (look, error) {
	values := make([]float32, l.f.Views.ImageLen())
	if err := l.f.Views.Render(ctx, []render.Scene{scene}, values); err != nil {
		return look{}, err
	}
	probabilities, err := l.f.Network.Probabilities(ctx, values, 1)
	if err != nil {
		return look{}, err
	}
	top := l.network.TopK(probabilities, 5)
	return look{
		picture: render.NRGBA(values, l.size), f: float64(probabilities[l.f.Class]),
		top: top, right: len(top) > 0 && top[0].Class == l.f.Class,
	}, nil
}

// question is what the browser asks: the scene at some values.
type question struct {
	N      int                `json:"n"`
	Values map[string]float64 `json:"values"`
	Done   bool               `json:"done"`
	// Settled says that the person stayed there.
	Settled bool `json:"settled"`
}

func readQuestion(text string) (question, error) {
	var q question
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		return q, fmt.Errorf("reading what the widget asks: %w; run the cell again", err)
	}
	return q, nil
}

// answer is what the browser shows.
type answer struct {
	N       int     `json:"n"`
	Picture string  `json:"picture,omitempty"` // a data address
	F       float64 `json:"f"`
	Top     []named `json:"top,omitempty"`
	Right   bool    `json:"right"`
	Error   string  `json:"error,omitempty"`
	// Took is how long it took, in milliseconds.
	Took float64 `json:"took"`
}

type named struct {
	Label       string  `json:"label"`
	Probability float64 `json:"p"`
}

// answer looks at what is asked for. Values that no scene can have are told in
// the widget; they do not end it.
func (w *widget) answer(ctx context.Context, q question) (string, error) {
	start := time.Now()
	a := answer{N: q.N}
	scene, err := w.scene(q.Values)
	var seen look
	if err == nil {
		seen, err = w.lens.look(ctx, scene)
	}
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		a.Error = err.Error()
	default:
		var picture bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&picture, seen.picture); err != nil {
			return "", fmt.Errorf("encoding a view: %w", err)
		}
		a.Picture = "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.Bytes())
		a.F, a.Right = seen.f, seen.right
		for _, p := range seen.top {
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

// scene returns the subject's own scene with values set.
func (w *widget) scene(values map[string]float64) (render.Scene, error) {
	scene := w.lens.f.Base
	for name, v := range values {
		if err := scene.Set(name, v); err != nil {
			return scene, err
		}
	}
	return scene, scene.Check()
}

// visit notes what the person looked at.
func (w *widget) visit(values map[string]float64, seen look) {
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

// caption names the values that are not the subject's own.
func (w *widget) caption(values map[string]float64) string {
	text := ""
	for _, p := range w.sliders {
		v, given := values[p.Name]
		if own, err := w.lens.f.Base.Get(p.Name); err != nil || !given || v == own {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s %.4g%s", p.Name, v, p.Unit)
	}
	if text == "" {
		return "nothing moved"
	}
	return text
}
