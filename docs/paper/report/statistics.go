package main

import (
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/classset"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// options are those of semrob study table; tests take fewer samples.
var options = compare.Options{Resamples: compare.DefaultResamples, Permutations: compare.DefaultPermutations}

// perObject is a number for each object, by its name.
type perObject map[string]float64

// interval returns the mean over objects and its interval.
func (p perObject) interval() compare.Interval {
	return compare.Mean(clusters(p), options.Resamples, options.Seed)
}

func clusters(p perObject) [][]float64 {
	var all [][]float64
	for _, object := range sorted(p) {
		all = append(all, []float64{p[object]})
	}
	return all
}

func sorted(p perObject) []string {
	var names []string
	for object := range p {
		names = append(names, object)
	}
	slices.Sort(names)
	return names
}

// minus returns the differences on the objects of both.
func (p perObject) minus(other perObject) perObject {
	d := perObject{}
	for object, x := range p {
		if y, ok := other[object]; ok {
			d[object] = x - y
		}
	}
	return d
}

// test returns the p-value of the permutation test over objects that the mean is 0.
func (p perObject) test() float64 {
	var values []float64
	for _, object := range sorted(p) {
		values = append(values, p[object])
	}
	return compare.PermutationTest(values, options.Permutations, options.Seed)
}

// right returns the share of views, in percent, whose first class is accepted.
func right(k *kept, accepted func(v view, class int) bool, keep func(point []float64) bool) perObject {
	p := perObject{}
	for _, v := range k.views {
		n, all := 0, 0
		for i, a := range v.Answers {
			if keep != nil && !keep(v.Point(i)) {
				continue
			}
			all++
			if accepted(v, int(a.Top[0])) {
				n++
			}
		}
		if all > 0 {
			p[v.object] = 100 * float64(n) / float64(all)
		}
	}
	return p
}

// strict accepts the object's class alone.
func strict(v view, class int) bool { return class == v.index }

// wholeSet accepts the classes of the paper's set with the object's class.
func wholeSet() (func(v view, class int) bool, error) {
	all, err := classset.Open(classset.Paper)
	if err != nil {
		return nil, err
	}
	accepted := map[[2]int]bool{}
	for _, c := range all {
		for _, s := range c.Sets {
			for _, one := range s.Members {
				for _, other := range s.Members {
					accepted[[2]int{one.Index, other.Index}] = true
				}
			}
		}
	}
	return func(v view, class int) bool { return accepted[[2]int{v.index, class}] }, nil
}

// fractions returns the mean over starts of the domain's share in an object's regions,
// in percent.
func fractions(k *kept, method string) perObject {
	sums, n := perObject{}, map[string]float64{}
	for _, r := range k.table.Rows {
		if r.Method == method && !math.IsNaN(r.Fraction) {
			sums[r.Object] += 100 * r.Fraction
			n[r.Object]++
		}
	}
	for object := range sums {
		sums[object] /= n[object]
	}
	return sums
}

// methods returns the methods of a study, in the order of its table.
func methods(k *kept) []string {
	var names []string
	for _, r := range k.table.Rows {
		if !slices.Contains(names, r.Method) {
			names = append(names, r.Method)
		}
	}
	return names
}

// joined compares the networks of several studies.
func joined(studies []*kept) (*compare.Comparison, error) {
	var tables []*results.Table
	for _, k := range studies {
		tables = append(tables, k.table)
	}
	t, err := compare.Join(tables...)
	if err != nil {
		return nil, err
	}
	return compare.New(t, options)
}

// compared returns the studies of a look, at least so many, and their comparison.
func (r *report) compared(look string, least int) (*compare.Comparison, []*kept, error) {
	studies, err := r.need(look, least)
	if err != nil {
		return nil, nil, err
	}
	c, err := joined(studies)
	return c, studies, err
}

// contrast is a row of a table of differences.
type contrast struct {
	names []any
	perObject
}

// contrasts returns a table of mean differences with intervals and tests, corrected by
// Holm over all of its rows.
func contrasts(caption string, headers []string, unit string, all []contrast) *figure.Table {
	t := &figure.Table{Caption: caption, Headers: append(headers, "difference, "+unit, "p", "p (Holm)", "objects")}
	p := make([]float64, len(all))
	for i, c := range all {
		p[i] = c.test()
	}
	for i, holm := range compare.Holm(p) {
		d := all[i].interval()
		t.Rows = append(t.Rows, append(slices.Clone(all[i].names), d.Quantity(2), p[i], holm, d.Clusters))
	}
	return t
}

// pairsOf returns the contrasts of every pair of studies in a number.
func pairsOf(studies []*kept, names []any, number func(k *kept) perObject) []contrast {
	var all []contrast
	for i, one := range studies {
		for _, other := range studies[i+1:] {
			all = append(all, contrast{append(slices.Clone(names), networkOf(one), networkOf(other)), number(one).minus(number(other))})
		}
	}
	return all
}

// networkOf returns the network of a study, such as lite0.
func networkOf(k *kept) string {
	for _, network := range networks {
		for _, prefix := range append(slices.Clone(looks), "promise") {
			if k.name == prefix+"-"+network {
				return network
			}
		}
	}
	return k.name
}

// number formats a cell.
func number(x float64, decimals int) figure.Quantity {
	return figure.Quantity{Value: x, Decimals: decimals}
}
