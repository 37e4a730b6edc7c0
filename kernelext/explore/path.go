package explore

import (
	"context"
	"fmt"
	"time"

	"github.com/semrob/gonb-semrob/kernelext"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Path shows n views on the straight line from one semantic point to another,
// both included, with what the network says under each. axes name the
// coordinates as for semrob.ParseSpace; none are azimuth and elevation.
func Path(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, from, to []float64, n int, axes ...string) error {
	f, err := along(ctx, lab, subject, from, to, n, axes)
	if err != nil {
		return err
	}
	return kernelext.Show(f)
}

func along(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, from, to []float64, n int, axes []string) (*figure.Filmstrip, error) {
	space, err := subject.Space(axes...)
	if err != nil {
		return nil, err
	}
	for _, end := range [2][]float64{from, to} {
		if err := space.CheckPoint(end); err != nil {
			return nil, fmt.Errorf("following a path: %w", err)
		}
	}
	if n < 2 {
		return nil, fmt.Errorf("following a path: %d views are too few: take 2 or more", n)
	}
	points := make([][]float64, n)
	for i := range points {
		t := float64(i) / float64(n-1)
		for k := range from {
			points[i] = append(points[i], (1-t)*from[k]+t*to[k])
		}
	}
	return strip(ctx, lab, subject, "a path of "+fmt.Sprint(n)+" views", points, space, axes)
}

// Worst shows the views at the n lowest points of a map, those where the network
// is most wrong, with what it says under each.
func Worst(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, m *semmap.Map, n int) error {
	var axes []string
	for _, a := range m.Axes {
		axes = append(axes, a.Name)
	}
	f, err := strip(ctx, lab, subject, "where the network is most wrong on the map", m.Lowest(n, nil), m.Space(), axes)
	if err != nil {
		return err
	}
	return kernelext.Show(f)
}

func strip(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, what string, points [][]float64, space objective.Space, axes []string) (*figure.Filmstrip, error) {
	views, err := lab.Views(ctx, subject, points, axes...)
	if err != nil {
		return nil, err
	}
	f := &figure.Filmstrip{Title: subject.String(), Subtitle: what, Views: semrob.Pictures(views)}
	for _, a := range space {
		f.Axes = append(f.Axes, a)
	}
	return f, nil
}

// turns is the number of views of a turntable.
const turns = 36

// Turntable shows the object turning once around, seen from 20° above, with
// what the network says, as one self-contained animation.
func Turntable(ctx context.Context, lab *semrob.Lab, subject semrob.Subject) error {
	a, err := turntable(ctx, lab, subject, turns)
	if err != nil {
		return err
	}
	return kernelext.ShowAnimation(a)
}

func turntable(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, n int) (*figure.Animation, error) {
	var points [][]float64
	for i := range n {
		points = append(points, []float64{360 * float64(i) / float64(n), 20})
	}
	views, err := lab.Views(ctx, subject, points)
	if err != nil {
		return nil, err
	}
	a := &figure.Animation{Title: subject.String() + " on a turntable", Hold: 100 * time.Millisecond}
	for i, v := range semrob.Pictures(views) {
		// One size for all frames, whatever stands in them.
		v.Caption = fmt.Sprintf("azimuth %.0f°", points[i][0])
		a.Frames = append(a.Frames, &figure.Filmstrip{
			Axes: []figure.Axis{figure.Azimuth(), figure.Elevation()}, Views: []figure.View{v}, Columns: 1, Width: 240,
		})
	}
	return a, nil
}
