package results

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// column is a column of the table. Exactly one of its accessors is set; it returns
// the place of the column's value in a row.
type column struct {
	name    string
	text    func(*Row) *string
	integer func(*Row) *int
	seed    func(*Row) *uint64
	number  func(*Row) *float64
}

// Prefixes of the columns of an axis, before its name.
const (
	startColumn = "start_"
	lowerColumn = "a_"
	upperColumn = "b_"
)

// columns returns the columns of a table over these axes, in the order of files. Rows
// must have vectors (see Row.room).
func columns(space objective.Space) []column {
	list := []column{
		{name: "network", text: func(r *Row) *string { return &r.Network }},
		{name: "weights", text: func(r *Row) *string { return &r.Weights }},
		{name: "preprocess", text: func(r *Row) *string { return &r.Preprocess }},
		{name: "object", text: func(r *Row) *string { return &r.Object }},
		{name: "group", text: func(r *Row) *string { return &r.Group }},
		{name: "class", integer: func(r *Row) *int { return &r.Class }},
		{name: "class_name", text: func(r *Row) *string { return &r.ClassName }},
		{name: "mesh_hash", text: func(r *Row) *string { return &r.MeshHash }},
		{name: "method", text: func(r *Row) *string { return &r.Method }},
		{name: "method_settings", text: func(r *Row) *string { return &r.MethodSettings }},
		{name: "mode", text: func(r *Row) *string { return &r.Mode }},
		{name: "seed", seed: func(r *Row) *uint64 { return &r.Seed }},
		{name: "start", integer: func(r *Row) *int { return &r.Start }},
	}
	for _, part := range []struct {
		prefix string
		vector func(*Row) []float64
	}{
		{startColumn, func(r *Row) []float64 { return r.StartPoint }},
		{lowerColumn, func(r *Row) []float64 { return r.A }},
		{upperColumn, func(r *Row) []float64 { return r.B }},
	} {
		for k, axis := range space {
			list = append(list, column{name: part.prefix + axis.Name, number: func(r *Row) *float64 { return &part.vector(r)[k] }})
		}
	}
	return append(list,
		column{name: "status", text: func(r *Row) *string { return &r.Status }},
		column{name: "detail", text: func(r *Row) *string { return &r.Detail }},
		column{name: "iterations", integer: func(r *Row) *int { return &r.Iterations }},
		column{name: "evaluations", integer: func(r *Row) *int { return &r.Evaluations }},
		column{name: "fraction", number: func(r *Row) *float64 { return &r.Fraction }},
		column{name: "initial_f", number: func(r *Row) *float64 { return &r.InitialF }},
		column{name: "map_mean", number: func(r *Row) *float64 { return &r.MapMean }},
		column{name: "map_accuracy", number: func(r *Row) *float64 { return &r.MapAccuracy }},
		column{name: "versions", text: func(r *Row) *string { return &r.Versions }},
		column{name: "regions_file", text: func(r *Row) *string { return &r.RegionsFile }},
		column{name: "map_file", text: func(r *Row) *string { return &r.MapFile }},
		column{name: "error", text: func(r *Row) *string { return &r.Error }},
	)
}

// room gives a row vectors with n coordinates.
func (r *Row) room(n int) {
	r.StartPoint, r.A, r.B = absent(n), absent(n), absent(n)
}

func absent(n int) []float64 { return slices.Repeat([]float64{Absent}, n) }

// whole returns the row with vectors of n coordinates: missing vectors are absent,
// other lengths are an error.
func (r Row) whole(n int) (Row, error) {
	for _, v := range []*[]float64{&r.StartPoint, &r.A, &r.B} {
		switch len(*v) {
		case n:
		case 0:
			*v = absent(n)
		default:
			return r, fmt.Errorf("%s, %s, %s, start %d: a vector has %d numbers, the space %d axes", r.Network, r.Object, r.Method, r.Start, len(*v), n)
		}
	}
	return r, nil
}

// axesOf returns the axes of a file with these columns, with names only.
func axesOf(names []string) (objective.Space, error) {
	var space objective.Space
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
		if axis, ok := strings.CutPrefix(name, startColumn); ok {
			space = append(space, objective.Axis{Name: axis})
		}
	}
	for _, c := range columns(space) {
		if !known[c.name] {
			return nil, fmt.Errorf("it has no column %q but %s", c.name, strings.Join(names, ", "))
		}
	}
	return space, nil
}

// present reports whether a number is written to files.
func present(x float64) bool { return !math.IsNaN(x) }
