package semrob

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// View is the object rendered at one semantic point, with the network's answer.
type View struct {
	// Point is the semantic point, [axis].
	Point []float64
	// Image is the network's input, rounded to 8 bits a channel.
	Image image.Image
	// Value is f: the probability of the subject's class or classes, 0…1.
	Value float64
	// Top are the five most probable classes, the most probable first.
	Top []network.Prediction
	// Top1 reports whether the first of Top is the subject's class, or one of them.
	Top1 bool
}

// Picture returns the view for a figure.
func (v View) Picture() figure.View {
	f := figure.View{Image: v.Image, At: v.Point, Value: v.Value, Verdict: figure.Wrong}
	if v.Top1 {
		f.Verdict = figure.Right
	}
	if len(v.Top) > 0 {
		f.Predicted, f.Probability = v.Top[0].Label, float64(v.Top[0].Probability)
	}
	return f
}

// Pictures returns the views for a figure.
func Pictures(views []View) []figure.View {
	pictures := make([]figure.View, len(views))
	for i, v := range views {
		pictures[i] = v.Picture()
	}
	return pictures
}

// Views renders a subject at points, such as those of semmap.Map.Lowest or
// objective.At, and returns the network's answers. Points without a space are on
// azimuth and elevation.
func (l *Lab) Views(ctx context.Context, s Subject, points objective.Points) ([]View, error) {
	a, err := l.ask(ctx, s, points.Space)
	if err != nil {
		return nil, err
	}
	if err := points.Check(); err != nil {
		return nil, fmt.Errorf("viewing %s: %w", a.of.Mesh, err)
	}
	r, err := a.about(&question.Views{Points: points.At}, "json")
	if err != nil {
		return nil, err
	}
	var views []View
	if r.kept(func(data []byte) (err error) { views, err = readViews(data); return err }) {
		return views, nil
	}
	f, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	if views, err = viewsOf(ctx, f, points.At); err != nil {
		return nil, fmt.Errorf("viewing %s: %w", a.of.Mesh, err)
	}
	r.put(func(w io.Writer) error { return writeViews(w, views) })
	return views, nil
}

// viewsOf renders and classifies views.
func viewsOf(ctx context.Context, f *subject.Opened, points [][]float64) ([]View, error) {
	probabilities, err := f.Objective.Probabilities(ctx, points)
	if err != nil {
		return nil, err
	}
	views := make([]View, len(points))
	for i, p := range points {
		picture, err := f.Objective.Image(ctx, p)
		if err != nil {
			return nil, err
		}
		value, err := f.Objective.Probability(probabilities[i])
		if err != nil {
			return nil, err
		}
		top := f.Classifier.Network().TopK(probabilities[i], 5)
		views[i] = View{
			Point: p, Image: picture, Value: value,
			Top: top, Top1: len(top) > 0 && f.Objective.Accepts(top[0].Class),
		}
	}
	return views, nil
}

// keptView is a View on disk.
type keptView struct {
	Point []float64
	PNG   []byte
	Value float64
	Top   []network.Prediction
	Top1  bool
}

func writeViews(w io.Writer, views []View) error {
	kept := make([]keptView, len(views))
	for i, v := range views {
		var b bytes.Buffer
		if err := png.Encode(&b, v.Image); err != nil {
			return fmt.Errorf("encoding a view: %w", err)
		}
		kept[i] = keptView{v.Point, b.Bytes(), v.Value, v.Top, v.Top1}
	}
	return json.NewEncoder(w).Encode(kept)
}

// readViews reads views from disk. It detects damage by JSON's syntax and PNG's
// checksums.
func readViews(data []byte) ([]View, error) {
	var kept []keptView
	if err := json.Unmarshal(data, &kept); err != nil {
		return nil, err
	}
	views := make([]View, len(kept))
	for i, k := range kept {
		picture, err := png.Decode(bytes.NewReader(k.PNG))
		if err != nil {
			return nil, err
		}
		views[i] = View{k.Point, picture, k.Value, k.Top, k.Top1}
	}
	return views, nil
}
