package study

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/glob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// ErrNoPublished reports a folder without published results.
var ErrNoPublished = errors.New("no published maps")

// PublishedNetwork is what the paper's authors published about one network.
type PublishedNetwork struct {
	Name    string
	Maps    *semmap.Published
	Regions *PublishedRegions
}

// OpenPublished reads the published results of every network in a folder, sorted by
// name: maps_NAME.npz with regions_NAME.npz. A folder without such a pair, or that
// does not exist, is ErrNoPublished; maps and regions of different numbers of objects
// are ErrMismatch.
func OpenPublished(dir string) ([]PublishedNetwork, error) {
	files, err := glob.In(dir, "maps_*.npz")
	if err != nil {
		return nil, fmt.Errorf("looking for published results: %w", err)
	}
	var networks []PublishedNetwork
	for _, path := range files {
		n := PublishedNetwork{Name: strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "maps_"), ".npz")}
		regions := filepath.Join(dir, "regions_"+n.Name+".npz")
		if _, err := os.Stat(regions); err != nil {
			continue
		}
		if n.Maps, err = semmap.LoadPublished(path); err != nil {
			return nil, err
		}
		if n.Regions, err = LoadRegions(regions); err != nil {
			return nil, err
		}
		if err := n.Regions.CheckMaps(n.Maps); err != nil {
			return nil, fmt.Errorf("published results of %s: %w", n.Name, err)
		}
		networks = append(networks, n)
	}
	if networks == nil {
		return nil, fmt.Errorf("%w in %s: put maps_NAME.npz and regions_NAME.npz there, or name their folder", ErrNoPublished, dir)
	}
	return networks, nil
}

// Mean returns the mean map of some classes, counted from 0, or of all classes if none
// are given: the average semantic map (Hamdi & Ghanem 2020, figure 6).
func (n PublishedNetwork) Mean(classes ...int) (*semmap.Map, error) {
	var all []*semmap.Map
	for class := range n.Maps.Classes {
		if len(classes) > 0 && !slices.Contains(classes, class) {
			continue
		}
		for object := range n.Maps.Objects {
			m, err := n.Maps.Map(class, object)
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	if all == nil {
		return nil, fmt.Errorf("the mean map of %s: it has the classes 0 to %d, not %v", n.Name, n.Maps.Classes-1, classes)
	}
	return semmap.Mean(all...)
}

// Largest returns the object with the largest regions of a method, the sum of
// PublishedRegions.Fraction over its starts.
func (n PublishedNetwork) Largest(method string) (class, object int, err error) {
	k, err := n.Regions.method(method)
	if err != nil {
		return 0, 0, err
	}
	largest := math.Inf(-1)
	for i := range n.Regions.Classes * n.Regions.Objects {
		sum := 0.0
		for start := range n.Regions.Starts {
			if x := n.Regions.Fraction(i/n.Regions.Objects, i%n.Regions.Objects, k, start); !math.IsNaN(x) {
				sum += x
			}
		}
		if sum > largest {
			class, object, largest = i/n.Regions.Objects, i%n.Regions.Objects, sum
		}
	}
	return class, object, nil
}

// method returns the index of a method in the arrays.
func (p *PublishedRegions) method(name string) (int, error) {
	k := slices.Index(p.Methods, name)
	if k < 0 {
		return 0, &enum.UnknownError{What: "method of published regions", Name: name, Known: p.Methods}
	}
	return k, nil
}

// Figure returns the map of an object with its published regions, clipped to the
// domain as they are counted: the authors let bounds leave it.
func (n PublishedNetwork) Figure(class, object int) (*figure.Map, error) {
	m, err := n.Maps.Map(class, object)
	if err != nil {
		return nil, err
	}
	f, err := figure.OfMap(m)
	if err != nil {
		return nil, err
	}
	name := ClassNames(n.Maps.Classes)[class]
	f.Title, f.Label = fmt.Sprintf("%s: %s %d", n.Name, name, object), "probability of "+name
	for k, method := range n.Regions.Methods {
		for start := range n.Regions.Starts {
			box := n.Regions.Bounds(class, object, k, start).Clone()
			for i, axis := range m.Space() {
				box.A[i], box.B[i] = max(box.A[i], axis.Min), min(box.B[i], axis.Max)
			}
			f.Regions = append(f.Regions, figure.Region{Method: method, Start: n.Regions.Start(start), Box: figure.Box(box)})
		}
	}
	return f, nil
}

// AccuracyBars compares the accuracy of networks, the mean of f over all viewpoints, by
// class, with 95 % intervals over objects.
func AccuracyBars(networks ...PublishedNetwork) (*figure.Bars, error) {
	b := &figure.Bars{Title: "Accuracy by class", Label: "mean f"}
	return spreadBars(b, networks, func(n PublishedNetwork) ([]Spread, error) { return MeanByClass(n.Maps) })
}

// SRVRBars compares the SRVR of networks with a method by class, with 95 % intervals
// over objects.
func SRVRBars(method string, networks ...PublishedNetwork) (*figure.Bars, error) {
	b := &figure.Bars{Title: "SRVR of " + method + " by class", Label: "SRVR", Unit: "%"}
	return spreadBars(b, networks, func(n PublishedNetwork) ([]Spread, error) { return n.Regions.SRVRByClass(method) })
}

func spreadBars(b *figure.Bars, networks []PublishedNetwork, byClass func(PublishedNetwork) ([]Spread, error)) (*figure.Bars, error) {
	b.Subtitle = "95 % intervals over objects (Student's t)"
	for _, n := range networks {
		b.Groups = ClassNames(n.Maps.Classes)
		spreads, err := byClass(n)
		if err != nil {
			return nil, err
		}
		series := figure.BarSeries{Name: n.Name}
		for _, s := range spreads {
			lower := s.Lower
			if lower < 0 { // neither f nor a volume is negative
				lower = 0
			}
			series.Add(s.Mean, lower, s.Upper)
		}
		b.Series = append(b.Series, series)
	}
	return b, nil
}

// PublishedTable is the table of accuracy, the mean of f over all viewpoints and
// objects, and SRVR by method, with the number of unfinished regions that SRVR leaves
// out: a row for each network.
func PublishedTable(networks ...PublishedNetwork) (*figure.Table, error) {
	t := &figure.Table{Headers: []string{"network", "accuracy"}}
	for _, n := range networks {
		m, err := n.Mean()
		if err != nil {
			return nil, err
		}
		row := []any{n.Name, figure.Quantity{Value: m.Stats().Mean, Decimals: 3}}
		for _, s := range n.Regions.SRVR() {
			if len(t.Rows) == 0 {
				t.Headers = append(t.Headers, "SRVR % "+s.Method, "left out")
			}
			row = append(row, figure.Quantity{Value: s.Percent, Decimals: 2}, s.LeftOut)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// Claim compares two published networks: accuracy, and SRVR by every method that both
// have, with the name of the network that has more. The paper's claim is that of two
// networks the more accurate can be the less robust (Hamdi & Ghanem 2020, section 5).
func Claim(a, b PublishedNetwork) (*figure.Table, error) {
	t := &figure.Table{Headers: []string{"", a.Name, b.Name, "more"}}
	add := func(name string, x, y float64, decimals int) {
		more := "equal"
		switch {
		case math.IsNaN(x + y):
			more = "–"
		case x > y:
			more = a.Name
		case y > x:
			more = b.Name
		}
		t.Rows = append(t.Rows, []any{name, figure.Quantity{Value: x, Decimals: decimals}, figure.Quantity{Value: y, Decimals: decimals}, more})
	}
	mine, err := a.Mean()
	if err != nil {
		return nil, err
	}
	theirs, err := b.Mean()
	if err != nil {
		return nil, err
	}
	add("accuracy", mine.Stats().Mean, theirs.Stats().Mean, 3)
	others := b.Regions.SRVR()
	for _, s := range a.Regions.SRVR() {
		if k := slices.IndexFunc(others, func(o MethodSRVR) bool { return o.Method == s.Method }); k >= 0 {
			add("SRVR % "+s.Method, s.Percent, others[k].Percent, 2)
		}
	}
	return t, nil
}

// ReplayBars shows the median agreement of replayed regions with the published ones, by
// method, with whiskers down to the lower quartile.
func ReplayBars(network string, methods []MethodReplay) *figure.Bars {
	b := &figure.Bars{
		Title: network + ": published regions against the same grown again", Subtitle: "whiskers from the lower quartile to the median",
		Label: "median IoU", High: 1,
	}
	series := figure.BarSeries{Name: network}
	for _, m := range methods {
		b.Groups = append(b.Groups, m.Method)
		series.Add(m.MedianIoU, m.Q25IoU, m.MedianIoU)
	}
	b.Series = []figure.BarSeries{series}
	return b
}

// ReplayTable is the table of a replay: a row for each method.
func ReplayTable(methods []MethodReplay) *figure.Table {
	t := &figure.Table{Headers: []string{"method", "comparable", "grown", "median IoU", "stayed", "stay here too"}}
	for _, m := range methods {
		t.Rows = append(t.Rows, []any{m.Method, m.Comparable, m.Grown, figure.Quantity{Value: m.MedianIoU, Decimals: 2}, m.Stayed, m.StayedHere})
	}
	return t
}
