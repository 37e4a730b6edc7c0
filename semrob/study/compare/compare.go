// Package compare sums the results of a study up and compares its networks:
// SRVR for each network and class with bootstrap intervals, ranks, paired tests
// corrected for their number, accuracy beside robustness.
//
//	table, err := results.Open("studies/lite/results.parquet")
//	c, err := compare.New(table, compare.Options{})
//	err = c.SRVR(compare.ByNetwork).WriteMarkdown(os.Stdout)
//	err = c.Pairs().WriteMarkdown(os.Stdout)
//
// An object is what a study samples; its starts are not independent of each
// other. So intervals draw whole objects, and tests have one number for each
// object and pair of networks.
package compare

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Options controls a comparison. The zero value works.
type Options struct {
	// Resamples is the number of bootstrap samples behind each interval; 0 means
	// DefaultResamples.
	Resamples int
	// Permutations is the number of random sign flips of a paired test of more
	// than MostExact objects; 0 means DefaultPermutations.
	Permutations int
	// Seed makes both repeatable.
	Seed uint64
}

// Defaults of Options.
const (
	DefaultResamples    = 10_000
	DefaultPermutations = 100_000
)

func (o Options) withDefaults() Options {
	if o.Resamples == 0 {
		o.Resamples = DefaultResamples
	}
	if o.Permutations == 0 {
		o.Permutations = DefaultPermutations
	}
	return o
}

// Comparison is what a table of results says about its networks.
type Comparison struct {
	// Networks, Methods and Classes are named in the order of the table. A network
	// that was run with both kinds of preprocessing is two.
	Networks, Methods, Classes []string
	// Mode is that of the regions, "default" or "published".
	Mode string

	options Options
	rows    []row
}

// row is a row of the table with what it is told apart by.
type row struct {
	results.Row
	network, class, object string
}

// pairing is what two networks have in common.
type pairing struct {
	object string
	seed   uint64
	start  int
}

func (r row) pairing() pairing { return pairing{r.object, r.Seed, r.Start} }

// New reads a table. It is an error where a run is there twice, or where a
// method was run with different settings on different networks: such numbers
// do not compare.
func New(t *results.Table, options Options) (*Comparison, error) {
	if len(t.Rows) == 0 {
		return nil, fmt.Errorf("comparing networks: the table has no rows")
	}
	c := &Comparison{options: options.withDefaults(), Mode: t.Rows[0].Mode}
	double := preprocessedTwice(t.Rows)
	for _, r := range t.Rows {
		one := row{Row: r, network: r.Network, class: r.Group, object: r.Object}
		if double[r.Network] {
			one.network += " (" + r.Preprocess + ")"
		}
		if one.class == "" {
			one.class = r.ClassName
		}
		c.rows = append(c.rows, one)
		c.Networks = with(c.Networks, one.network)
		c.Methods = with(c.Methods, r.Method)
		c.Classes = with(c.Classes, one.class)
	}
	return c, c.check()
}

// preprocessedTwice names the networks that were run with several kinds of
// preprocessing.
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
			return fmt.Errorf("comparing networks: %s, %s, object %s, start %d is there twice: give each table once", r.network, r.Method, r.object, r.Start)
		}
		seen[key] = true
		if r.Status == results.SetAside {
			continue
		}
		how := r.Mode + " " + r.MethodSettings
		if first, ok := settings[r.Method]; ok && first != how {
			return fmt.Errorf("comparing networks: %s was run with different settings (%s; %s): compare runs of one plan", r.Method, first, how)
		}
		settings[r.Method] = how
		c.Mode = r.Mode
	}
	return nil
}

// clusters returns the finished fractions of the rows that keep accepts, in
// percent, [object][run], objects by name, and how many runs had none.
func (c *Comparison) clusters(keep func(row) bool) (objects [][]float64, unfinished int) {
	values := map[string][]float64{}
	var names []string
	for _, r := range c.rows {
		if !keep(r) {
			continue
		}
		if r.Fraction != r.Fraction {
			unfinished++
			continue
		}
		if values[r.object] == nil {
			names = append(names, r.object)
		}
		values[r.object] = append(values[r.object], 100*r.Fraction)
	}
	slices.SortFunc(names, cmp.Compare)
	for _, name := range names {
		objects = append(objects, values[name])
	}
	return objects, unfinished
}

// once returns a number that belongs to an object's map, in percent, [object][1].
func (c *Comparison) once(keep func(row) bool, number func(row) float64) [][]float64 {
	seen := map[string]bool{}
	var out [][]float64
	for _, r := range c.rows {
		if x := number(r); keep(r) && !seen[r.object] && x == x {
			seen[r.object] = true
			out = append(out, []float64{100 * x})
		}
	}
	return out
}
