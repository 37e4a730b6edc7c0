package compare

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/stats"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Errors of results that cannot be set beside published ones.
var (
	// ErrNoCounterpart: a network or an object has no published results.
	ErrNoCounterpart = errors.New("nothing published to compare with")
	// ErrNotPublishedMode: regions did not grow as the authors' did.
	ErrNotPublishedMode = errors.New("regions did not grow in published mode")
)

// Beside sets the runs of a study beside the published ones of the same networks,
// objects, methods and starts.
type Beside struct {
	// Networks are the networks of the study that have published results, Classes
	// the classes of their objects, Methods the methods of both.
	Networks, Classes, Methods []string

	options Options
	runs    []besideRun
	maps    []besideMap
	here    map[string]string // by name of a study's network: the published one
}

// besideRun is a run that both have.
type besideRun struct {
	network, class, object, method string
	here, published                float64 // fractions of the domain, NaN if not finished
	iou                            float64
	grown                          bool // the published region exceeds study.GrownArea
}

// besideMap compares the maps of an object at their common points.
type besideMap struct {
	network, class, object string
	here, published        []float64
}

// NewBeside sets the results of a study beside those published in a folder of files
// regions_NAME.npz and maps_NAME.npz. dir is the study's folder, where its maps are.
//
// Objects are those named "class/number" or "class-number", as in published results:
// aeroplane-3 is the fourth aeroplane. A network's published name is that of names, or
// the one that differs by case and punctuation only: resnet50 and ResNet50. Networks
// without one are left out. If none has one, the error is ErrNoCounterpart.
// Fractions are those of PublishedRegions.Fraction for both.
func NewBeside(t *results.Table, dir, published string, names map[string]string, options Options) (*Beside, error) {
	b := &Beside{options: options.withDefaults(), here: map[string]string{}}
	known, err := publishedNames(published)
	if err != nil {
		return nil, err
	}
	var networks []string
	for _, r := range t.Rows {
		networks = with(networks, r.Network)
	}
	for here := range names {
		if !slices.Contains(networks, here) {
			return nil, fmt.Errorf("setting results beside published ones: %w", &enum.UnknownError{What: "network of the study", Name: here, Known: networks})
		}
	}
	for _, here := range networks {
		name, err := counterpart(here, names, known)
		if err != nil {
			return nil, err
		}
		if name == "" {
			continue
		}
		b.here[here] = name
		if err := b.add(t, here, name, dir, published); err != nil {
			return nil, fmt.Errorf("setting %s beside the published %s: %w", here, name, err)
		}
	}
	if len(b.runs) == 0 {
		return nil, fmt.Errorf("%w: the study has %s, %s has %s", ErrNoCounterpart, strings.Join(networks, ", "), published, strings.Join(known, ", "))
	}
	return b, nil
}

// publishedNames returns the networks of a folder of published files.
func publishedNames(dir string) ([]string, error) {
	files, err := filesOf(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		name := filepath.Base(file)
		if network, ok := strings.CutPrefix(strings.TrimSuffix(name, filepath.Ext(name)), publishedPrefix); ok {
			names = append(names, network)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w in %s: it has no %sNAME.npz", ErrNoResults, dir, publishedPrefix)
	}
	return names, nil
}

// counterpart returns the published name of a network, or "".
func counterpart(here string, names map[string]string, known []string) (string, error) {
	if name, ok := names[here]; ok {
		if !slices.Contains(known, name) {
			return "", fmt.Errorf("setting results beside published ones: %w", &enum.UnknownError{What: "published network", Name: name, Known: known})
		}
		return name, nil
	}
	for _, name := range known {
		if plain(name) == plain(here) {
			return name, nil
		}
	}
	return "", nil
}

// plain returns the letters and digits of a name in lower case.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// add reads the published results of a network and pairs those of the study with them.
func (b *Beside) add(t *results.Table, here, name, dir, published string) error {
	regions, err := study.LoadRegions(filepath.Join(published, publishedPrefix+name+".npz"))
	if err != nil {
		return err
	}
	maps, err := semmap.LoadPublished(filepath.Join(published, "maps_"+name+".npz"))
	if errors.Is(err, fs.ErrNotExist) {
		maps, err = nil, nil
	}
	if err != nil {
		return err
	}
	if maps != nil {
		if err := regions.CheckMaps(maps); err != nil {
			return err
		}
	}
	p := publishedNetwork{regions: regions, maps: maps, classes: study.ClassNames(regions.Classes)}
	seen := map[string]bool{}
	for _, r := range t.Rows {
		if r.Network != here {
			continue
		}
		class, object, ok := p.find(r.Object)
		if !ok {
			continue
		}
		if err := b.pair(r, p, class, object); err != nil {
			return err
		}
		if maps == nil || r.MapFile == "" || seen[r.Object] {
			continue
		}
		seen[r.Object] = true
		if err := b.pairMaps(r, p, class, object, dir); err != nil {
			return err
		}
	}
	return nil
}

// publishedNetwork is what was published about a network.
type publishedNetwork struct {
	regions *study.PublishedRegions
	maps    *semmap.Published // or nil
	classes []string
}

// find returns the indices of an object "class/number" or "class-number".
func (p publishedNetwork) find(name string) (class, object int, ok bool) {
	for class, one := range p.classes {
		rest, is := strings.CutPrefix(name, one)
		if !is || rest == "" || !strings.ContainsRune("/-", rune(rest[0])) {
			continue
		}
		for object := range p.regions.Objects {
			if rest[1:] == fmt.Sprint(object) {
				return class, object, true
			}
		}
	}
	return 0, 0, false
}

// pair adds a run, if its method and start were published.
func (b *Beside) pair(r results.Row, p publishedNetwork, class, object int) error {
	method := slices.Index(p.regions.Methods, r.Method)
	if method < 0 || r.Start >= p.regions.Starts || r.Status == results.SetAside {
		return nil
	}
	if r.Mode != string(region.Published) {
		return fmt.Errorf("%w: give the plan settings: {mode: published}", ErrNotPublishedMode)
	}
	if start := p.regions.Start(r.Start); start != nil && !slices.Equal(start, r.StartPoint) {
		return fmt.Errorf("%w: start %d is at %v, the published one at %v", ErrNoCounterpart, r.Start, r.StartPoint, start)
	}
	run := besideRun{
		network: r.Network, class: p.classes[class], object: r.Object, method: r.Method,
		here: math.NaN(), published: p.regions.Fraction(class, object, method, r.Start), iou: math.NaN(),
	}
	own, theirs := region.Bounds{A: r.A, B: r.B}, p.regions.Bounds(class, object, method, r.Start)
	if !slices.ContainsFunc(slices.Concat(own.A, own.B), math.IsNaN) {
		run.here = own.ClippedFraction(objective.Viewpoints())
	}
	if own.Finite() && theirs.Finite() {
		run.iou, run.grown = theirs.IoU(own), theirs.Volume() > study.GrownArea
	}
	b.runs = append(b.runs, run)
	b.Networks, b.Classes, b.Methods = with(b.Networks, run.network), with(b.Classes, run.class), with(b.Methods, run.method)
	return nil
}

// pairMaps adds the points that the map of a row shares with the published one.
func (b *Beside) pairMaps(r results.Row, p publishedNetwork, class, object int, dir string) error {
	own, err := semmap.Load(filepath.Join(dir, filepath.FromSlash(r.MapFile)))
	if err != nil {
		return err
	}
	theirs, err := p.maps.Map(class, object)
	if err != nil {
		return err
	}
	at := map[[2]float64]float64{}
	for i, z := range theirs.Z {
		point := theirs.Point(i)
		at[[2]float64{point[0], point[1]}] = z
	}
	both := besideMap{network: r.Network, class: p.classes[class], object: r.Object}
	for i, z := range own.Z {
		point := own.Point(i)
		if len(point) != 2 {
			return fmt.Errorf("%w: the map of %s has %d", ErrAxes, r.Object, len(point))
		}
		if known, ok := at[[2]float64{point[0], point[1]}]; ok && !math.IsNaN(z) && !math.IsNaN(known) {
			both.here, both.published = append(both.here, z), append(both.published, known)
		}
	}
	if len(both.here) == 0 {
		return fmt.Errorf("%w: the map of %s has no point of the published one", ErrNoCounterpart, r.Object)
	}
	b.maps = append(b.maps, both)
	return nil
}

// BesideRegions compares the regions of a network and a method, over all classes or
// one.
type BesideRegions struct {
	// Class is empty for all classes.
	Network, Published, Class, Method string
	// Here and There are SRVR of the study and as published, over the runs that both
	// finished, Difference that of Here minus There; all in percent.
	Here, There, Difference Interval
	// Grown counts the published regions above study.GrownArea, MedianIoU is the median
	// over them of intersection over union; NaN if there are none.
	Grown     int
	MedianIoU float64
	// LeftOut counts the runs that one of the two did not finish.
	LeftOut int
}

// Regions compares the regions by network and method and, ByClass, by class.
func (b *Beside) Regions(by By) []BesideRegions {
	var out []BesideRegions
	for _, method := range b.Methods {
		for _, class := range b.classes(by) {
			for _, network := range b.Networks {
				one := b.regions(network, class, method)
				if one.Here.Values+one.LeftOut > 0 {
					out = append(out, one)
				}
			}
		}
	}
	return out
}

func (b *Beside) classes(by By) []string {
	if by == ByClass {
		return b.Classes
	}
	return []string{""}
}

func (b *Beside) regions(network, class, method string) BesideRegions {
	one := BesideRegions{Network: network, Published: b.here[network], Class: class, Method: method}
	var here, there, difference grouped
	var ious []float64
	for _, r := range b.runs {
		if r.network != network || r.method != method || class != "" && r.class != class {
			continue
		}
		if math.IsNaN(r.here) || math.IsNaN(r.published) {
			one.LeftOut++
			continue
		}
		here.add(r.object, 100*r.here)
		there.add(r.object, 100*r.published)
		difference.add(r.object, 100*(r.here-r.published))
		if r.grown {
			ious = append(ious, r.iou)
		}
	}
	one.Here, one.There = b.mean(here).Within(0, 100), b.mean(there).Within(0, 100)
	one.Difference = b.mean(difference).Within(-100, 100)
	slices.Sort(ious)
	one.Grown, one.MedianIoU = len(ious), stats.Quantile(ious, 0.5)
	return one
}

// grouped collects values by object, in the order of their first value.
type grouped struct {
	at     map[string]int
	values [][]float64
}

func (g *grouped) add(object string, x float64) {
	if g.at == nil {
		g.at = map[string]int{}
	}
	i, ok := g.at[object]
	if !ok {
		i = len(g.values)
		g.at[object], g.values = i, append(g.values, nil)
	}
	g.values[i] = append(g.values[i], x)
}

func (b *Beside) mean(g grouped) Interval {
	return Mean(g.values, b.options.Resamples, b.options.Seed)
}

// BesideMaps compares the maps of a network, over all classes or one, at the points
// that both maps have.
type BesideMaps struct {
	Network, Published, Class string
	// Here and There are the means of f of the study and as published, Difference that
	// of Here minus There, Apart the mean of |Here − There| at a point; all in percent.
	Here, There, Difference, Apart Interval
	// Most is the largest |Here − There|, Correlation that of f over all points.
	Most, Correlation float64
}

// Maps compares the maps by network and, ByClass, by class. Networks without maps are
// left out.
func (b *Beside) Maps(by By) []BesideMaps {
	var out []BesideMaps
	for _, class := range b.classes(by) {
		for _, network := range b.Networks {
			one := BesideMaps{Network: network, Published: b.here[network], Class: class}
			var here, there, difference, apart grouped
			var x, y []float64
			for _, m := range b.maps {
				if m.network != network || class != "" && m.class != class {
					continue
				}
				for i := range m.here {
					d := m.here[i] - m.published[i]
					here.add(m.object, 100*m.here[i])
					there.add(m.object, 100*m.published[i])
					difference.add(m.object, 100*d)
					apart.add(m.object, 100*math.Abs(d))
					one.Most = max(one.Most, math.Abs(d))
				}
				x, y = append(x, m.here...), append(y, m.published...)
			}
			if len(x) == 0 {
				continue
			}
			one.Here, one.There = b.mean(here).Within(0, 100), b.mean(there).Within(0, 100)
			one.Difference, one.Apart = b.mean(difference).Within(-100, 100), b.mean(apart).Within(0, 100)
			one.Correlation = stat.Correlation(x, y, nil)
			out = append(out, one)
		}
	}
	return out
}

// RegionsTable returns Regions as a table.
func (b *Beside) RegionsTable(by By) *figure.Table {
	t := &figure.Table{
		Caption: fmt.Sprintf("Regions of the study beside the published ones, on the same objects and starts: SRVR and its difference, with 95 %% intervals (bootstrap over objects), "+
			"and the median intersection over union with the published regions above %g deg² (grown).", study.GrownArea),
		Headers: []string{"method", "network", "published as", "SRVR %", "published %", "difference, points", "grown", "median IoU", "objects", "regions", "left out"},
	}
	for _, one := range b.Regions(by) {
		t.Rows = append(t.Rows, []any{one.Method, one.Network, one.Published, one.Here.Quantity(2), one.There.Quantity(2), one.Difference.Quantity(2),
			one.Grown, quantity(one.MedianIoU, 3), one.Here.Clusters, one.Here.Values, one.LeftOut})
		classCell(t, by, 1, one.Class)
	}
	return classHeader(t, by, 1)
}

// MapsTable returns Maps as a table.
func (b *Beside) MapsTable(by By) *figure.Table {
	t := &figure.Table{
		Caption: "Maps of the study beside the published ones, at the points that both have: the mean of f, its difference and the mean |difference| at a point, " +
			"with 95 % intervals (bootstrap over objects), the largest |difference| and the correlation over all points.",
		Headers: []string{"network", "published as", "f %", "published %", "difference, points", "|difference|, points", "largest, points", "correlation", "objects"},
	}
	for _, one := range b.Maps(by) {
		t.Rows = append(t.Rows, []any{one.Network, one.Published, one.Here.Quantity(1), one.There.Quantity(1), one.Difference.Quantity(2), one.Apart.Quantity(2),
			quantity(100*one.Most, 2), quantity(one.Correlation, 3), one.Here.Clusters})
		classCell(t, by, 0, one.Class)
	}
	return classHeader(t, by, 0)
}

// classCell inserts the class into the last row of a table by class.
func classCell(t *figure.Table, by By, at int, class string) {
	if by == ByClass {
		last := len(t.Rows) - 1
		t.Rows[last] = slices.Insert(t.Rows[last], at, any(class))
	}
}

func classHeader(t *figure.Table, by By, at int) *figure.Table {
	if by == ByClass {
		t.Headers = slices.Insert(t.Headers, at, "class")
	}
	return t
}
