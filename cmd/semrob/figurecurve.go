package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/question"
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
	name: "curve", short: "SRVR against the threshold on f, or against ε: of published maps, or guaranteed regions of networks",
	example: "  semrob figure curve --regions teapot.npz --regions cup.npz --out curve.png\n" +
		"  semrob figure curve --data published --network AlexNet --network ResNet50 --out curve.png\n" +
		"  semrob figure curve --data published --network ResNet50 --thresholds 0.1:0.55:0.1 --out curve.md\n" +
		"  semrob figure curve --data published --network ResNet50 --threshold 0.3 --epsilons 0:0.205:0.01 --out curve.png",
	endings: slices.Concat(figure.Endings, figure.TableEndings),
	flags: func(f *figureFlags) func() (drawing, error) {
		p := f.published()
		thresholds := f.Flags().String("thresholds", "0.02:0.801:0.02", "from:to:step of the thresholds, to excluded")
		epsilons := f.Flags().String("epsilons", "", "from:to:step of the share of a region that may fail, to excluded, for a curve against ε")
		threshold := f.Flags().Float64("threshold", 0.5, "with --epsilons: a view passes if f is at least this")
		cell := f.Flags().Float64("cell", 3, "width and height of the cells in degrees")
		seed := f.Flags().Uint64("seed", 0, "seed of the bootstrap over objects")
		files := f.Flags().StringArray("regions", nil, "a file of regions --method guaranteed, with --thresholds or --epsilons (repeatable)")
		f.MarkFlagsOneRequired("data", "regions")
		f.MarkFlagsMutuallyExclusive("data", "regions")
		f.MarkFlagsRequiredTogether("data", "network")
		for _, name := range []string{"network", "thresholds", "epsilons", "threshold", "cell"} {
			f.MarkFlagsMutuallyExclusive(name, "regions")
		}
		f.MarkFlagsMutuallyExclusive("thresholds", "epsilons")
		f.MarkFlagsMutuallyExclusive("thresholds", "threshold")
		return func() (drawing, error) {
			if len(*files) > 0 {
				curves, err := curvesOf(*files)
				if err != nil {
					return nil, err
				}
				return f.curve(curves, curve.Options{Seed: *seed})
			}
			one := func(name string, maps []*semmap.Map, values []float64) (*curve.Curve, error) {
				return curve.OfMaps(f.Context(), name, maps, values, region.DefaultStarts(), *cell)
			}
			flag, text := "thresholds", *thresholds
			if *epsilons != "" {
				flag, text = "epsilons", *epsilons
				one = func(name string, maps []*semmap.Map, values []float64) (*curve.Curve, error) {
					return curve.OfMapsByEpsilon(f.Context(), name, maps, *threshold, values, region.DefaultStarts(), *cell)
				}
			}
			r, err := semmap.ParseRange(text)
			if err != nil {
				return nil, fmt.Errorf("--%s: %w", flag, err)
			}
			curves, err := p.curves(r.Values(), one)
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
	if curves[0].Guaranteed {
		drawn.Subtitle += "; promises about renderings, drawn uniformly from each region"
	}
	picture, err := f.picture(drawn, nil)
	return described{picture, more}, err
}

// curves returns the curve of every network at these values.
func (p *publishedFiles) curves(values []float64, one func(name string, maps []*semmap.Map, values []float64) (*curve.Curve, error)) ([]*curve.Curve, error) {
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
		c, err := one(network, maps, values)
		if err != nil {
			return nil, err
		}
		curves = append(curves, c)
	}
	return curves, nil
}

// curvesOf returns the curves of files of guaranteed regions, one for each network in
// the order of the files, over its objects in the order of their names.
func curvesOf(files []string) ([]*curve.Curve, error) {
	byNetwork, networks := map[string]map[string]*region.Result{}, []string(nil)
	for _, file := range files {
		r, err := region.Load(file)
		if err != nil {
			return nil, err
		}
		record, err := question.Parse(r.Of)
		if err == nil && record.Description == nil {
			err = question.ErrNoRecord
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w: a curve needs to know network and object", file, err)
		}
		network, object := record.Network, record.MeshContent()+" "+record.Label
		if byNetwork[network] == nil {
			byNetwork[network] = map[string]*region.Result{}
			networks = append(networks, network)
		}
		if byNetwork[network][object] != nil {
			return nil, fmt.Errorf("%s: an object of %s appears twice", file, network)
		}
		byNetwork[network][object] = r
	}
	var curves []*curve.Curve
	for _, network := range networks {
		if !slices.Equal(slices.Sorted(maps.Keys(byNetwork[network])), slices.Sorted(maps.Keys(byNetwork[networks[0]]))) {
			return nil, fmt.Errorf("%s and %s have different objects: give the same ones for every network", networks[0], network)
		}
		var objects []*region.Result
		for _, object := range slices.Sorted(maps.Keys(byNetwork[network])) {
			objects = append(objects, byNetwork[network][object])
		}
		c, err := curve.OfRegions(network, objects)
		if err != nil {
			return nil, err
		}
		curves = append(curves, c)
	}
	return curves, nil
}
