package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/curve"
)

// described is a drawing with more to say.
type described struct {
	drawing
	more []string
}

func (d described) Describe() string {
	return strings.Join(append([]string{d.drawing.Describe()}, d.more...), "\n")
}

var curveFigure = figureKind{
	name: "curve", short: "Mean volume of the largest clean regions of published maps against the threshold on f",
	example: "  semrob figure curve --data published --network AlexNet --network ResNet50 --out curve.png\n" +
		"  semrob figure curve --data published --network ResNet50 --thresholds 0.1:0.55:0.1 --out curve.md",
	endings: slices.Concat(figure.Endings, figure.TableEndings),
	flags: func(f *figureFlags) func() (drawing, error) {
		p := f.published()
		thresholds := f.Flags().String("thresholds", "0.02:0.801:0.02", "from:to:step of the thresholds, to excluded")
		cell := f.Flags().Float64("cell", 3, "width and height of the cells in degrees")
		seed := f.Flags().Uint64("seed", 0, "seed of the bootstrap over objects")
		need(f.Command, "data", "network")
		return func() (drawing, error) {
			r, err := semmap.ParseRange(*thresholds)
			if err != nil {
				return nil, fmt.Errorf("--thresholds: %w", err)
			}
			curves, err := p.curves(f.Context(), r.Values(), *cell)
			if err != nil {
				return nil, err
			}
			return f.curve(curves, curve.Options{Seed: *seed})
		}
	},
}

// curve draws curves, or writes them as a table, and names their crossings.
func (f *figureFlags) curve(curves []*curve.Curve, o curve.Options) (drawing, error) {
	var more []string
	for i, one := range curves {
		for _, other := range curves[i+1:] {
			c, err := curve.Compare(one, other, o)
			if err != nil {
				return nil, err
			}
			more = append(more, c.String()+".")
		}
	}
	if slices.ContainsFunc(figure.TableEndings, func(ending string) bool { return strings.HasSuffix(strings.ToLower(f.out), ending) }) {
		t, err := curve.Table(o, curves...)
		if err != nil {
			return nil, err
		}
		t.Caption = f.title
		return described{t, more}, nil
	}
	drawn, err := curve.Figure(o, curves...)
	if err != nil {
		return nil, err
	}
	drawn.Subtitle = "Thin lines: simultaneous 95 % bands over objects"
	picture, err := f.picture(drawn, nil)
	return described{picture, more}, err
}

// curves returns the curve of every network.
func (p *publishedFiles) curves(ctx context.Context, thresholds []float64, cell float64) ([]*curve.Curve, error) {
	var curves []*curve.Curve
	for _, network := range p.networks {
		all, err := published(p, "maps", network, semmap.LoadPublished)
		if err != nil {
			return nil, err
		}
		var maps []*semmap.Map
		for i := range all.Classes * all.Objects {
			m, err := all.Map(i/all.Objects, i%all.Objects)
			if err != nil {
				return nil, err
			}
			maps = append(maps, m)
		}
		c, err := curve.OfMaps(ctx, network, maps, thresholds, region.DefaultStarts(), cell)
		if err != nil {
			return nil, err
		}
		curves = append(curves, c)
	}
	return curves, nil
}
