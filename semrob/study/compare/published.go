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

// publishedClasses are the ImageNet classes of study.PublishedClasses.
var publishedClasses = []int{404, 435, 703, 898, 559, 968, 579, 413, 883, 861}

// Published returns the regions that the paper's authors published for a
// network as a table of results: objects are "class/number", fractions are
// clipped as in study.PublishedRegions.SRVR, and NaN where a bound is. maps may
// be nil; where it is not, rows have MapMean and, by interpolation, InitialF.
// The published maps hold f only, so MapAccuracy is absent.
func Published(network string, regions *study.PublishedRegions, maps *semmap.Published) (*results.Table, error) {
	if maps != nil && (maps.Classes != regions.Classes || maps.Objects != regions.Objects) {
		return nil, fmt.Errorf("the published maps of %s are of %d classes × %d objects, its regions of %d × %d", network, maps.Classes, maps.Objects, regions.Classes, regions.Objects)
	}
	t := &results.Table{Study: "published", Space: objective.Viewpoints()}
	for class := range regions.Classes {
		for object := range regions.Objects {
			like := results.Row{
				Network: network, Preprocess: "raw", Mode: string(region.Published),
				Class: -1, Fraction: math.NaN(), InitialF: math.NaN(), MapMean: math.NaN(), MapAccuracy: math.NaN(),
			}
			like.Group = className(class, regions.Classes)
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

// className names a class of an archive of n classes.
func className(class, n int) string {
	if names := study.PublishedClasses(); n == len(names) {
		return names[class]
	}
	return fmt.Sprintf("class %d", class)
}

// publishedRows returns the rows of one object.
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
			if !unfinished(b) {
				r.Fraction = b.ClippedFraction(objective.Viewpoints())
			}
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

func unfinished(b region.Bounds) bool {
	for k := range b.A {
		if math.IsNaN(b.A[k]) || math.IsNaN(b.B[k]) {
			return true
		}
	}
	return false
}
