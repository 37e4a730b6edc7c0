package compare

import (
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// publishedClasses are the ImageNet indices of study.PublishedClasses.
var publishedClasses = []int{404, 435, 703, 898, 559, 968, 579, 413, 883, 861}

// Published returns the regions that the paper's authors published for a network as
// a table of results. Objects are named "class/number"; fractions are those of
// study.PublishedRegions.Fraction. maps may be nil, otherwise rows have MapMean and,
// by interpolation, InitialF. MapAccuracy is absent because the published maps only
// contain f. Maps that do not match the regions are study.ErrMismatch.
func Published(network string, regions *study.PublishedRegions, maps *semmap.Published) (*results.Table, error) {
	if maps != nil {
		if err := regions.CheckMaps(maps); err != nil {
			return nil, fmt.Errorf("published results of %s: %w", network, err)
		}
	}
	classes := study.ClassNames(regions.Classes)
	t := &results.Table{Study: "published", Space: objective.Viewpoints()}
	for class := range regions.Classes {
		for object := range regions.Objects {
			like := results.Row{
				Network: network, Preprocess: "raw", Mode: string(region.Published),
				Class: -1, Fraction: math.NaN(), InitialF: math.NaN(), MapMean: math.NaN(), MapAccuracy: math.NaN(),
			}
			like.Group = classes[class]
			like.ClassName = like.Group
			if regions.Classes == len(publishedClasses) {
				like.Class = publishedClasses[class]
			}
			like.Object = fmt.Sprintf("%s/%d", like.Group, object)
			rows, err := publishedRows(like, regions, maps, class, object)
			if err != nil {
				return nil, err
			}
			t.Rows = append(t.Rows, rows...)
		}
	}
	return t, nil
}

// publishedRows returns the rows of an object.
func publishedRows(like results.Row, regions *study.PublishedRegions, maps *semmap.Published, class, object int) ([]results.Row, error) {
	var f objective.Objective
	if maps != nil {
		m, err := maps.Map(class, object)
		if err != nil {
			return nil, err
		}
		like.MapMean = m.Stats().Mean
		if f, err = m.Objective(); err != nil {
			return nil, fmt.Errorf("the published map of %s: %w", like.Object, err)
		}
	}
	var rows []results.Row
	for method, name := range regions.Methods {
		for start := range regions.Starts {
			r, b := like, regions.Bounds(class, object, method, start)
			r.Method, r.Start, r.StartPoint, r.A, r.B = name, start, regions.Start(start), b.A, b.B
			r.Fraction = regions.Fraction(class, object, method, start)
			if f != nil && r.StartPoint != nil {
				value := make([]float64, 1)
				if err := f.Evaluate(context.Background(), [][]float64{r.StartPoint}, value); err != nil {
					return nil, fmt.Errorf("the published map of %s at a start: %w", like.Object, err)
				}
				r.InitialF = value[0]
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}
