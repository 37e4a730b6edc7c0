package guarantee

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/region"
)

// Method is the name of guaranteed regions among the methods of package region.
const Method = "guaranteed"

// ErrNoGuarantee is the error for regions of a method that proves nothing.
var ErrNoGuarantee = errors.New("these regions have no guarantee")

// evidence is what a file of regions keeps of a Run in addition to region.Run.
type evidence struct {
	Settings Settings `json:"settings"`
	Run
}

// Regions returns the result as regions that can be saved, drawn and compared;
// Of is its inverse.
func (r *Result) Regions() (*region.Result, error) {
	out := &region.Result{
		Space: r.Space, Method: Method, Evaluations: r.Evaluations,
		Settings: region.Settings{Mode: region.Default, Seed: r.Settings.Seed},
		Probes:   "points of a search, and fresh points of a proof",
	}
	for _, run := range r.Runs {
		text, err := json.Marshal(evidence{r.Settings, run})
		if err != nil {
			return nil, fmt.Errorf("describing a guarantee: %w", err)
		}
		one := region.Run{
			Start: run.Start, Bounds: run.Bounds, Iterations: len(run.Trace), Evaluations: run.Evaluations,
			Status: region.Status(run.Status), Detail: run.Detail, Guarantee: text, Proved: run.Status.Proved(), Trace: run.Trace,
		}
		for _, b := range run.Trace {
			one.Loss = append(one.Loss, 1-b.Fraction(r.Space))
		}
		out.Runs = append(out.Runs, one)
	}
	return out, nil
}

// Of returns the guarantees of regions. Regions of a method that proves nothing
// are ErrNoGuarantee, wrapped.
func Of(r *region.Result) (*Result, error) {
	out := &Result{Space: r.Space, Evaluations: r.Evaluations}
	for i, run := range r.Runs {
		if run.Guarantee == nil {
			return nil, fmt.Errorf("region %d of %s: %w", i+1, r.Method, ErrNoGuarantee)
		}
		var e evidence
		if err := json.Unmarshal(run.Guarantee, &e); err != nil {
			return nil, fmt.Errorf("region %d: the guarantee is damaged: %w", i+1, err)
		}
		e.Trace = run.Trace
		out.Settings = e.Settings
		out.Runs = append(out.Runs, e.Run)
	}
	return out, nil
}
