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

// Path shows n views on the straight line between two points of a space (nil: azimuth
// and elevation), both included, with the network's answer under each.
func Path(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, space objective.Space, from, to []float64, n int) error {
	f, err := path(ctx, lab, subject, space, from, to, n)
	if err != nil {
		return err
	}
	return kernelext.Show(f)
}

func path(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, space objective.Space, from, to []float64, n int) (*figure.Filmstrip, error) {
	points := objective.Points{Space: space}
	for _, end := range [2][]float64{from, to} {
		if err := points.In().CheckPoint(end); err != nil {
			return nil, fmt.Errorf("following a path: %w", err)
		}
	}
	if n < 2 {
		return nil, fmt.Errorf("following a path: %d views are too few: give at least 2", n)
	}
	for i := range n {
		t, at := float64(i)/float64(n-1), make([]float64, len(from))
		for k := range from {
			at[k] = (1-t)*from[k] + t*to[k]
		}
		points.At = append(points.At, at)
	}
	return strip(ctx, lab, subject, fmt.Sprintf("a path of %d views", n), points)
}

// Worst shows the views at the n lowest points of a map, where the network is most
// wrong, with its answer under each.
func Worst(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, m *semmap.Map, n int) error {
	f, err := strip(ctx, lab, subject, "where the network is most wrong on the map", m.Lowest(n, nil))
	if err != nil {
		return err
	}
	return kernelext.Show(f)
}

func strip(ctx context.Context, lab *semrob.Lab, subject semrob.Subject, what string, points objective.Points) (*figure.Filmstrip, error) {
	views, err := lab.Views(ctx, subject, points)
	if err != nil {
		return nil, err
	}
	return &figure.Filmstrip{
		Title: subject.String(), Subtitle: what, Axes: points.In(), Views: semrob.Pictures(views),
	}, nil
}

// turns is the number of views of a Turntable.
const turns = 36

// Turntable shows the object on one full turn, seen from 20° above, with the network's
// answers, as one self-contained animation.
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
	views, err := lab.Views(ctx, subject, objective.At(points...))
	if err != nil {
		return nil, err
	}
	a := &figure.Animation{Title: subject.String() + " on a turntable", Hold: 100 * time.Millisecond}
	for i, v := range semrob.Pictures(views) {
		// All frames have the same size, whatever their captions.
		v.Caption = fmt.Sprintf("azimuth %.0f°", points[i][0])
		a.Frames = append(a.Frames, &figure.Filmstrip{
			Axes: []figure.Axis{figure.Azimuth(), figure.Elevation()}, Views: []figure.View{v}, Columns: 1, Width: 240,
		})
	}
	return a, nil
}
