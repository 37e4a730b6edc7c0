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
	"github.com/semrob/gonb-semrob/semrob/store"
)

// View is the object as it is rendered at one semantic point, and what the
// network says of it.
type View struct {
	// Point is where, [axis].
	Point []float64
	// Image is the picture that the network saw.
	Image image.Image
	// Value is f: the probability of the subject's class, 0…1.
	Value float64
	// Top are the five classes of the greatest probability, the greatest first.
	Top []network.Prediction
	// Top1 says that the first of Top is the subject's class.
	Top1 bool
}

// Picture returns the view as figures show it.
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

// Pictures returns the views as figures show them.
func Pictures(views []View) []figure.View {
	pictures := make([]figure.View, len(views))
	for i, v := range views {
		pictures[i] = v.Picture()
	}
	return pictures
}

// Views renders a subject at points, [point][axis], of the axes with these
// names (none: azimuth and elevation), and asks the network what it sees.
func (l *Lab) Views(ctx context.Context, subject Subject, points [][]float64, axes ...string) ([]View, error) {
	r, err := subject.resolve(ctx)
	if err != nil {
		return nil, err
	}
	space, err := subject.Space(axes...)
	if err != nil {
		return nil, err
	}
	for _, p := range points {
		if err := space.CheckPoint(p); err != nil {
			return nil, fmt.Errorf("viewing %s: %w", r.mesh.Name, err)
		}
	}
	id, err := r.identity(space)
	if err != nil {
		return nil, err
	}
	key, err := store.Key(struct {
		identity
		Points [][]float64 `json:"points"`
	}{id, points})
	if err != nil {
		return nil, err
	}
	keep, err := l.storeFor(r)
	if err != nil {
		return nil, err
	}
	name := store.Name("views", key, "json")
	if views, ok := l.keptViews(keep, name); ok {
		return views, nil
	}
	f, err := l.objective(ctx, r, space)
	if err != nil {
		return nil, err
	}
	probabilities, err := f.Probabilities(ctx, points)
	if err != nil {
		return nil, fmt.Errorf("viewing %s: %w", r.mesh.Name, err)
	}
	views := make([]View, len(points))
	for i, p := range points {
		picture, err := f.Image(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("viewing %s: %w", r.mesh.Name, err)
		}
		top := r.network.TopK(probabilities[i], 5)
		views[i] = View{
			Point: p, Image: picture, Value: float64(probabilities[i][r.class]),
			Top: top, Top1: len(top) > 0 && top[0].Class == r.class,
		}
	}
	if err := keep.Put(name, func(w io.Writer) error { return writeViews(w, views) }); err != nil {
		l.warn("The views are not kept for the next time: %v.", err)
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

// keptViews returns views from the cache. JSON that was damaged does not
// parse, or the checksums of its PNG do not agree: the views are then made
// again.
func (l *Lab) keptViews(keep *store.Store, name string) ([]View, bool) {
	data, ok := keep.Get(name)
	if !ok {
		return nil, false
	}
	views, err := readViews(data)
	if err != nil {
		l.warn("A kept result is damaged and is computed again (%s).", keep.Path(name))
		return nil, false
	}
	return views, true
}

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
