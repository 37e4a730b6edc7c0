package guarantee

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/region"
)

// Method is the name of guaranteed regions among the methods of package region.
const Method = "guaranteed"

// MethodAt is the name in tables of guaranteed regions at one of several thresholds.
func MethodAt(threshold float64) string { return fmt.Sprintf("%s τ %g", Method, threshold) }

// IsMethod reports whether a name in tables is that of guaranteed regions.
func IsMethod(name string) bool { return name == Method || strings.HasPrefix(name, Method+" τ ") }

// ErrNoGuarantee is the error for regions of a method that proves nothing.
var ErrNoGuarantee = errors.New("these regions have no guarantee")

// evidence is what a file of regions keeps of a Run in addition to region.Run.
type evidence struct {
	Settings Settings `json:"settings"`
	Run
}

// Regions returns the result as regions that can be saved, drawn and compared;
// Of is its inverse.
func (r *Result) Regions() (*region.Result, error) { return RegionsAt([]*Result{r}) }

// RegionsAt returns the results of one objective at several thresholds or ε (see FindAt) as
// regions: all starts for the first one, then for the next one. Each is its
// inverse.
func RegionsAt(results []*Result) (*region.Result, error) {
	if len(results) == 0 {
		return nil, fmt.Errorf("no guaranteed regions")
	}
	out := &region.Result{
		Space: results[0].Space, Method: Method,
		Settings: region.Settings{Mode: region.Default, Seed: results[0].Settings.Seed},
		Probes:   "points of a search, and fresh points of a proof",
	}
	for _, r := range results {
		out.Evaluations += r.Evaluations
		for _, run := range r.Runs {
			one, err := regionOf(r, run)
			if err != nil {
				return nil, err
			}
			out.Runs = append(out.Runs, one)
		}
	}
	return out, nil
}

func regionOf(r *Result, run Run) (region.Run, error) {
	text, err := json.Marshal(evidence{r.Settings, run})
	if err != nil {
		return region.Run{}, fmt.Errorf("describing a guarantee: %w", err)
	}
	one := region.Run{
		Start: run.Start, Bounds: run.Bounds, Iterations: len(run.Trace), Evaluations: run.Evaluations,
		Status: region.Status(run.Status), Detail: run.Detail, Guarantee: text, Proved: run.Status.Proved(), Trace: run.Trace,
	}
	for _, b := range run.Trace {
		one.Loss = append(one.Loss, 1-b.Fraction(r.Space))
	}
	return one, nil
}

// Of returns the guarantees of regions at one threshold and ε. Regions of a method that
// proves nothing are ErrNoGuarantee, wrapped.
func Of(r *region.Result) (*Result, error) {
	each, err := Each(r)
	if err != nil {
		return nil, err
	}
	if len(each) != 1 {
		return nil, fmt.Errorf("the regions are for %d thresholds or ε: look at each", len(each))
	}
	return each[0], nil
}

// sameClaim reports whether two settings differ neither in the threshold nor in ε.
func sameClaim(a, b Settings) bool { return a.Threshold == b.Threshold && a.Epsilon == b.Epsilon }

// Each returns the guarantees of regions, one result for each threshold or ε, with the
// errors of Of.
func Each(r *region.Result) ([]*Result, error) {
	var all []*Result
	for i, run := range r.Runs {
		if run.Guarantee == nil {
			return nil, fmt.Errorf("region %d of %s: %w", i+1, r.Method, ErrNoGuarantee)
		}
		var e evidence
		if err := json.Unmarshal(run.Guarantee, &e); err != nil {
			return nil, fmt.Errorf("region %d: the guarantee is damaged: %w", i+1, err)
		}
		e.Trace = run.Trace
		if len(all) == 0 || !sameClaim(all[len(all)-1].Settings, e.Settings) {
			all = append(all, &Result{Space: r.Space, Settings: e.Settings})
		}
		last := all[len(all)-1]
		last.Runs = append(last.Runs, e.Run)
		last.Evaluations += e.Evaluations
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no regions of %s: %w", r.Method, ErrNoGuarantee)
	}
	return all, nil
}
