package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/calibrate"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/curve"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Difference and power for which the page says how many objects are needed.
const (
	soughtDifference = 5.0
	soughtPower      = 0.8
)

// order lists the studies as paper.sh runs them.
func order() []string {
	var names []string
	for _, network := range networks {
		for _, look := range looks {
			names = append(names, look+"-"+network)
		}
	}
	for _, network := range networks {
		names = append(names, "promise-"+network)
	}
	return names
}

// ran says what was run, on what, and for how long.
func ran(r *report) (string, error) {
	t := &figure.Table{Headers: []string{"study", "objects", "views", "regions", "set aside", "minutes", "started", "device"}}
	var absent []string
	for _, name := range order() {
		k, ok := r.studies[name]
		if !ok {
			absent = append(absent, name)
			continue
		}
		objects, aside, views := map[string]bool{}, 0, 0
		for _, row := range k.table.Rows {
			objects[row.Object] = true
			if row.Status == results.SetAside {
				aside++
			}
		}
		for _, v := range k.views {
			views += len(v.Z)
		}
		starts, seconds := times(k.runs)
		t.Rows = append(t.Rows, []any{name, len(objects), views, len(k.table.Rows), aside, number(seconds/60, 0), starts, strings.Join(k.table.Devices, ", ")})
	}
	if len(t.Rows) == 0 {
		return "", &missingError{needs(order(), 1)}
	}
	text, err := markdown(t)
	if len(absent) > 0 {
		text += "Not run to the end: " + strings.Join(absent, ", ") + ".\n"
	}
	return text, err
}

// times returns how often a study was started, and the seconds that it ran, from its
// runs.txt: lines "begin SECONDS" and "end SECONDS". A run without an end was cut off,
// and does not count.
func times(runs string) (starts int, seconds float64) {
	begun := 0.0
	for line := range strings.Lines(runs) {
		var what string
		var at float64
		if _, err := fmt.Sscan(line, &what, &at); err != nil {
			continue
		}
		switch what {
		case "begin":
			starts, begun = starts+1, at
		case "end":
			seconds += at - begun
		}
	}
	return starts, seconds
}

// compareNetworks compares the networks of the white look by every method, and by the
// share of right views.
func compareNetworks(r *report) (string, error) {
	c, studies, err := r.compared("white", 2)
	if err != nil {
		return "", err
	}
	answers := contrasts("Right views, strict class, paired by object.", []string{"network", "minus"}, "points",
		pairsOf(studies, nil, func(k *kept) perObject { return right(k, strict, nil) }))
	return markdown(c.SRVR(compare.ByNetwork), c.Pairs(), answers)
}

func byClass(r *report) (string, error) {
	c, _, err := r.compared("white", 1)
	if err != nil {
		return "", err
	}
	return markdown(c.SRVR(compare.ByClass))
}

// classSets compares the strict class with the whole set, by first answers.
func classSets(r *report) (string, error) {
	studies, err := r.need("white", 1)
	if err != nil {
		return "", err
	}
	set, err := wholeSet()
	if err != nil {
		return "", err
	}
	t := &figure.Table{
		Caption: "Right views, mean over objects with 95 % intervals: the class alone, and any class of its set.",
		Headers: []string{"network", "class %", "set %", "gain, points", "objects"},
	}
	for _, k := range studies {
		alone, whole := right(k, strict, nil), right(k, set, nil)
		gain := whole.minus(alone).interval()
		t.Rows = append(t.Rows, []any{networkOf(k), alone.interval().Within(0, 100).Quantity(1), whole.interval().Within(0, 100).Quantity(1), gain.Quantity(1), gain.Clusters})
	}
	if len(studies) < 2 {
		return markdown(t)
	}
	return markdown(t, contrasts("Right views by the set, paired by object.", []string{"network", "minus"}, "points",
		pairsOf(studies, nil, func(k *kept) perObject { return right(k, set, nil) })))
}

// promises compares guaranteed regions on the networks themselves.
func promises(r *report) (string, error) {
	c, studies, err := r.compared("promise", 1)
	if err != nil {
		return "", err
	}
	tables := []*figure.Table{c.SRVR(compare.ByNetwork)}
	if len(studies) > 1 {
		tables = append(tables, c.Pairs())
	}
	return markdown(tables...)
}

// needed says how many objects a difference needs.
func needed(r *report) (string, error) {
	c, _, err := r.compared("white", 2)
	if err != nil {
		return "", err
	}
	return markdown(c.NeededTable(soughtDifference, soughtPower, 93))
}

// thresholds compares the largest regions of the maps with f ≥ τ.
func thresholds(r *report) (string, error) {
	curves, err := r.curves()
	if err != nil {
		return "", err
	}
	t, err := curve.Table(curve.Options{}, curves...)
	if err != nil {
		return "", err
	}
	text, err := markdown(t)
	if err != nil {
		return "", err
	}
	text += "![Largest region with f ≥ τ, by network](tau.png)\n\n"
	for i, one := range curves {
		for _, other := range curves[i+1:] {
			c, err := curve.Compare(one, other, curve.Options{})
			if err != nil {
				return "", err
			}
			text += "- " + c.String() + "\n"
		}
	}
	return text, nil
}

// curves returns the curves of the networks over the objects that all have.
func (r *report) curves() ([]*curve.Curve, error) {
	studies, err := r.need("white", 2)
	if err != nil {
		return nil, err
	}
	var levels []float64
	for k := 1; k <= 9; k++ {
		levels = append(levels, float64(k)/10)
	}
	var curves []*curve.Curve
	for _, k := range studies {
		var maps []*semmap.Map
		for _, v := range k.views {
			if inAll(studies, v.object) {
				maps = append(maps, v.Map)
			}
		}
		c, err := curve.OfMaps(context.Background(), networkOf(k), maps, levels, starts, 6)
		if err != nil {
			return nil, err
		}
		curves = append(curves, c)
	}
	return curves, nil
}

// starts are those of here.yaml.
var starts = [][]float64{{130, 30}, {50, 20}, {200, 15}, {310, 50}}

func inAll(studies []*kept, object string) bool {
	for _, k := range studies {
		found := false
		for _, v := range k.views {
			found = found || v.object == object
		}
		if !found {
			return false
		}
	}
	return true
}

// materials compares the looks on each network, and the differences of networks
// between the looks.
func materials(r *report) (string, error) {
	var both [][2]*kept
	for _, network := range networks {
		white, dressed := r.studies["white-"+network], r.studies["materials-"+network]
		if white != nil && dressed != nil {
			both = append(both, [2]*kept{white, dressed})
		}
	}
	if len(both) == 0 {
		return "", &missingError{[]string{"white-NETWORK and materials-NETWORK of one network"}}
	}
	measures := []struct {
		name string
		of   func(k *kept) perObject
	}{{"right views", func(k *kept) perObject { return right(k, strict, nil) }}}
	for _, method := range methods(both[0][0]) {
		measures = append(measures, struct {
			name string
			of   func(k *kept) perObject
		}{"SRVR, " + method, func(k *kept) perObject { return fractions(k, method) }})
	}
	var looks, orders []contrast
	for _, m := range measures {
		for i, one := range both {
			effect := m.of(one[1]).minus(m.of(one[0]))
			looks = append(looks, contrast{[]any{m.name, networkOf(one[0])}, effect})
			for _, other := range both[i+1:] {
				orders = append(orders, contrast{[]any{m.name, networkOf(one[0]), networkOf(other[0])}, effect.minus(m.of(other[1]).minus(m.of(other[0])))})
			}
		}
	}
	tables := []*figure.Table{contrasts("With materials minus white, paired by object.", []string{"measure", "network"}, "points", looks)}
	if orders != nil {
		tables = append(tables, contrasts("How materials change the difference of two networks, paired by object.", []string{"measure", "network", "minus"}, "points", orders))
	}
	return markdown(tables...)
}

func calibration(r *report) (string, error) {
	names, reports, err := r.calibrated()
	if err != nil {
		return "", err
	}
	t := calibrate.Table(names, reports...)
	t.Headers[0] = "network"
	text, err := markdown(t)
	for _, name := range names {
		text += fmt.Sprintf("![Reliability of %s](reliability-%s.png)\n\n", name, name)
	}
	return text, err
}

func (r *report) calibrated() (names []string, reports []*calibrate.Report, err error) {
	studies, err := r.need("white", 1)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range studies {
		var maps []*semmap.Map
		for _, v := range k.views {
			maps = append(maps, v.Map)
		}
		one, err := calibrate.OfMaps(calibrate.Options{}, maps...)
		if err != nil {
			return nil, nil, err
		}
		names, reports = append(names, networkOf(k)), append(reports, one)
	}
	return names, reports, nil
}

// figures writes the figures of the sections that are there.
func (r *report) figures(folder string) error {
	var missing *missingError
	if studies, err := r.need("white", 2); err == nil {
		c, err := joined(studies)
		if err != nil {
			return err
		}
		if err := figure.Save(filepath.Join(folder, "networks.png"), c.Bars()); err != nil {
			return err
		}
	}
	curves, err := r.curves()
	if err == nil {
		p, err := curve.Figure(curve.Options{}, curves...)
		if err != nil {
			return err
		}
		if err := figure.Save(filepath.Join(folder, "tau.png"), p); err != nil {
			return err
		}
	} else if !errors.As(err, &missing) {
		return err
	}
	names, reports, err := r.calibrated()
	if err != nil && !errors.As(err, &missing) {
		return err
	}
	for i, name := range names {
		if err := figure.Save(filepath.Join(folder, "reliability-"+name+".png"), reports[i].Reliability()); err != nil {
			return err
		}
	}
	return nil
}
