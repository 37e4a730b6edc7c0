package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study"
)

// side is a part of the viewpoints.
type side struct {
	name string
	has  func(point []float64) bool
}

// sides are the quarters of azimuth, and above 60° the top. The front of ShapeNet's
// objects is at azimuth 0.
func sides() []side {
	all := []side{{"above", func(p []float64) bool { return p[1] >= 60 }}}
	for k, name := range []string{"front", "azimuth 90", "back", "azimuth 270"} {
		all = append(all, side{name, func(p []float64) bool {
			off := math.Abs(math.Remainder(p[0]-90*float64(k), 360))
			return p[1] < 60 && (off < 45 || off == 45 && math.Remainder(p[0]-90*float64(k), 360) < 0)
		}})
	}
	return all
}

// bySide returns the share of right views from each side.
func bySide(r *report) (string, error) {
	studies, err := r.need("white", 1)
	if err != nil {
		return "", err
	}
	t := &figure.Table{
		Caption: "Right views by side, strict class, mean over objects with 95 % intervals: elevations of 60° and more are above, the others quarters of azimuth.",
		Headers: []string{"network"},
	}
	for _, s := range sides() {
		t.Headers = append(t.Headers, s.name+" %")
	}
	for _, k := range studies {
		row := []any{networkOf(k)}
		for _, s := range sides() {
			row = append(row, right(k, strict, s.has).interval().Within(0, 100).Quantity(1))
		}
		t.Rows = append(t.Rows, row)
	}
	return markdown(t)
}

// parts returns the shares of the variance of f over a full grid that are due to azimuth
// alone, to elevation alone and to both together: a two-way analysis of variance. ok is
// false if f does not vary.
func parts(v view) (azimuth, elevation, both float64, ok bool) {
	shape := v.Shape() // elevations, azimuths
	rows, columns := shape[0], shape[1]
	mean := 0.0
	byRow, byColumn := make([]float64, rows), make([]float64, columns)
	for i, z := range v.Z {
		mean += z / float64(len(v.Z))
		byRow[i/columns] += z / float64(columns)
		byColumn[i%columns] += z / float64(rows)
	}
	total := 0.0
	for _, z := range v.Z {
		total += (z - mean) * (z - mean) / float64(len(v.Z))
	}
	if total == 0 {
		return 0, 0, 0, false
	}
	for _, m := range byColumn {
		azimuth += (m - mean) * (m - mean) / float64(columns) / total
	}
	for _, m := range byRow {
		elevation += (m - mean) * (m - mean) / float64(rows) / total
	}
	return azimuth, elevation, 1 - azimuth - elevation, true
}

// variance says what f depends on.
func variance(r *report) (string, error) {
	studies, err := r.need("white", 1)
	if err != nil {
		return "", err
	}
	t := &figure.Table{
		Caption: "Shares of the variance of f over an object's map in %, mean over objects with 95 % intervals.",
		Headers: []string{"network", "azimuth alone", "elevation alone", "both together", "objects"},
	}
	for _, k := range studies {
		shares := [3]perObject{{}, {}, {}}
		for _, v := range k.views {
			if a, e, b, ok := parts(v); ok {
				shares[0][v.object], shares[1][v.object], shares[2][v.object] = 100*a, 100*e, 100*b
			}
		}
		row := []any{networkOf(k)}
		for _, s := range shares {
			row = append(row, s.interval().Within(0, 100).Quantity(1))
		}
		t.Rows = append(t.Rows, append(row, len(shares[0])))
	}
	return markdown(t)
}

// slicesOfClasses looks for sides from which the objects of a class are recognised less
// than from all: the worst side of the objects with even numbers, judged by those with
// odd numbers.
func slicesOfClasses(r *report) (string, error) {
	studies, err := r.need("white", 1)
	if err != nil {
		return "", err
	}
	classes := study.PublishedClasses()
	t := &figure.Table{
		Caption: fmt.Sprintf("The worst side of each class, chosen on the objects with even numbers: right views from there minus from everywhere, on those with odd numbers, "+
			"with Student's interval for each class alone. It holds if the upper end for all %d rows together (Bonferroni) is below 0.", len(classes)*len(studies)),
		Headers: []string{"network", "class", "side", "difference, points", "holds", "objects"},
	}
	for _, k := range studies {
		all := right(k, strict, nil)
		for _, class := range classes {
			if row := worstSide(k, class, all, len(classes)*len(studies)); row != nil {
				t.Rows = append(t.Rows, append([]any{networkOf(k), class}, row...))
			}
		}
	}
	return markdown(t)
}

// worstSide returns the cells of a class; nil if it has too few objects.
func worstSide(k *kept, class string, all perObject, together int) []any {
	chosen, least := "", math.Inf(1)
	var judged []float64
	for _, s := range sides() {
		choose, judge := split(right(k, strict, s.has).minus(all), class)
		if len(choose) == 0 || len(judge) < 2 {
			return nil
		}
		if mean := study.SpreadOf(choose).Mean; mean < least {
			chosen, least, judged = s.name, mean, judge
		}
	}
	spread := study.SpreadOf(judged)
	student := distuv.StudentsT{Sigma: 1, Nu: float64(spread.N - 1)}
	half := (spread.Upper - spread.Mean) / student.Quantile(0.975) * student.Quantile(1-0.025/float64(together))
	holds := "no"
	if spread.Mean+half < 0 {
		holds = "yes"
	}
	return []any{chosen, figure.Quantity{Value: spread.Mean, Lower: spread.Lower, Upper: spread.Upper, Decimals: 1}, holds, spread.N}
}

// split returns the values of a class's objects with even and with odd numbers.
func split(p perObject, class string) (even, odd []float64) {
	names := sorted(p)
	names = slices.DeleteFunc(names, func(object string) bool { return classOf(object) != class })
	for _, object := range names {
		n, err := strconv.Atoi(object[strings.LastIndex(object, "-")+1:])
		switch {
		case err != nil:
		case n%2 == 0:
			even = append(even, p[object])
		default:
			odd = append(odd, p[object])
		}
	}
	return even, odd
}
