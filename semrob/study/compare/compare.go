// Package compare summarises the results of a study and compares its networks: SRVR
// by network and class with bootstrap intervals, ranks, paired tests corrected for
// multiple comparisons, and accuracy against robustness.
//
//	table, err := results.Open("studies/lite/results.parquet")
//	c, err := compare.New(table, compare.Options{})
//	err = c.SRVR(compare.ByNetwork).WriteMarkdown(os.Stdout)
//	err = c.Pairs().WriteMarkdown(os.Stdout)
//
// A study samples objects; the starts on one object are not independent. So
// intervals draw whole objects, and tests use one number for each object and pair of
// networks. Options.Cluster chooses another unit.
package compare

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Errors of results that cannot be compared.
var (
	// ErrNoResults: a folder or a table has no results.
	ErrNoResults = errors.New("no results")
	// ErrDuplicate: a run appears twice.
	ErrDuplicate = errors.New("duplicate run")
	// ErrSettings: a method was run with different settings.
	ErrSettings = errors.New("different settings")
	// ErrAxes: regions are in different semantic parameter spaces.
	ErrAxes = errors.New("different axes")
	// ErrNoMaps: the networks have no maps.
	ErrNoMaps = errors.New("no maps")
)

// Options controls a comparison. The zero value means the defaults.
type Options struct {
	// Resamples is the number of bootstrap samples for each interval; 0 means
	// DefaultResamples.
	Resamples int
	// Permutations is the number of random sign flips in a paired test with more
	// than MostExact objects; 0 means DefaultPermutations.
	Permutations int
	// Seed is the seed of both.
	Seed uint64
	// Cluster, if set, names the unit that a run belongs to and that intervals and tests
	// count as one observation, such as the family of its object; nil means the object.
	// Runs of different networks that are paired must have the same unit.
	Cluster func(r results.Row) string
	// Clusters is the plural of the unit in captions, such as "families"; "" means
	// "objects".
	Clusters string
}

// Defaults of Options.
const (
	DefaultResamples    = 10_000
	DefaultPermutations = 100_000
)

func (o Options) withDefaults() Options {
	o.Resamples = cmp.Or(o.Resamples, DefaultResamples)
	o.Permutations = cmp.Or(o.Permutations, DefaultPermutations)
	o.Clusters = cmp.Or(o.Clusters, "objects")
	if o.Cluster == nil {
		o.Cluster = func(r results.Row) string { return r.Object }
	}
	return o
}

// Comparison compares the networks of a table of results.
type Comparison struct {
	// Networks, Methods and Classes are in the order of the table. A network with
	// several kinds of preprocessing counts as several networks.
	Networks, Methods, Classes []string
	// Mode is the mode of the descents, "default" or "published"; "" if all regions are
	// guaranteed.
	Mode string

	options Options
	rows    []row
}

// row is a row of the table with its names in the comparison.
type row struct {
	results.Row
	network, class, object, cluster string
}

// pairing identifies the same run of different networks.
type pairing struct {
	object string
	seed   uint64
	start  int
}

func (r row) pairing() pairing { return pairing{r.object, r.Seed, r.Start} }

// New compares the networks of a table. Errors are ErrNoResults for an empty table,
// ErrDuplicate for a run that appears twice, and ErrSettings for a method with
// different settings on different networks, which makes them incomparable.
func New(t *results.Table, options Options) (*Comparison, error) {
	if len(t.Rows) == 0 {
		return nil, fmt.Errorf("comparing networks: %w: the table has no rows", ErrNoResults)
	}
	c := &Comparison{options: options.withDefaults()}
	double := preprocessedTwice(t.Rows)
	for _, r := range t.Rows {
		one := row{Row: r, network: r.Network, class: cmp.Or(r.Group, r.ClassName), object: r.Object, cluster: c.options.Cluster(r)}
		if double[r.Network] {
			one.network += " (" + r.Preprocess + ")"
		}
		c.rows = append(c.rows, one)
		c.Networks = with(c.Networks, one.network)
		c.Methods = with(c.Methods, r.Method)
		c.Mode = cmp.Or(c.Mode, r.Mode)
		c.Classes = with(c.Classes, one.class)
	}
	return c, c.check()
}

// preprocessedTwice returns the networks with several kinds of preprocessing.
func preprocessedTwice(rows []results.Row) map[string]bool {
	kind, double := map[string]string{}, map[string]bool{}
	for _, r := range rows {
		if first, ok := kind[r.Network]; ok && first != r.Preprocess {
			double[r.Network] = true
		}
		kind[r.Network] = r.Preprocess
	}
	return double
}

func with(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

func (c *Comparison) check() error {
	type run struct {
		network, method string
		pairing
	}
	seen := map[run]bool{}
	settings := map[string]string{}
	for _, r := range c.rows {
		key := run{r.network, r.Method, r.pairing()}
		if seen[key] {
			return fmt.Errorf("comparing networks: %w: %s, %s, object %s, start %d: give each table only once", ErrDuplicate, r.network, r.Method, r.object, r.Start)
		}
		seen[key] = true
		if r.Status == results.SetAside {
			continue
		}
		how := r.Mode + " " + withoutSeed(r.MethodSettings)
		if first, ok := settings[r.Method]; ok && first != how {
			return fmt.Errorf("comparing networks: %s has %w (%s; %s): compare runs of one plan", r.Method, ErrSettings, first, how)
		}
		settings[r.Method] = how
	}
	return nil
}

// withoutSeed returns a method's settings apart from the seed, which has its own
// column.
func withoutSeed(settings string) string {
	var fields map[string]any
	if json.Unmarshal([]byte(settings), &fields) != nil {
		return settings
	}
	if descent, ok := fields["settings"].(map[string]any); ok {
		delete(descent, "seed")
	}
	text, _ := json.Marshal(fields) // it was JSON
	return string(text)
}

// clusters returns the finished fractions of the kept rows in percent, [cluster][run],
// sorted by cluster, and the number of unfinished runs.
func (c *Comparison) clusters(keep func(row) bool) (clusters [][]float64, unfinished int) {
	values := map[string][]float64{}
	for _, r := range c.rows {
		if !keep(r) {
			continue
		}
		if math.IsNaN(r.Fraction) {
			unfinished++
			continue
		}
		values[r.cluster] = append(values[r.cluster], 100*r.Fraction)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		clusters = append(clusters, values[name])
	}
	return clusters, unfinished
}

// once returns a number of the objects' maps in percent, [cluster][object].
func (c *Comparison) once(keep func(row) bool, number func(row) float64) [][]float64 {
	seen, at := map[string]bool{}, map[string]int{}
	var out [][]float64
	for _, r := range c.rows {
		if x := number(r); keep(r) && !seen[r.object] && !math.IsNaN(x) {
			seen[r.object] = true
			if _, ok := at[r.cluster]; !ok {
				at[r.cluster] = len(out)
				out = append(out, nil)
			}
			out[at[r.cluster]] = append(out[at[r.cluster]], 100*x)
		}
	}
	return out
}
