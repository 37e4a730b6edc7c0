package semrob

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/verify"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// VerifyOptions says which regions are verified, and how.
type VerifyOptions struct {
	// Axes names the semantic parameters that span the space, as ParseSpace
	// reads them; none means azimuth and elevation.
	Axes []string
	// Regions are what is verified; none means the whole domain.
	Regions []region.Bounds
	// Options are those of each region. Its Seed grows by one from region to
	// region, so that their bounds are independent; its Progress is the Lab's
	// where there is none.
	verify.Options
}

// Verify tells what regions are worth: how much of each the network gets right,
// at least, and the least probability found there. The reports are in the order
// of the regions.
func (l *Lab) Verify(ctx context.Context, subject Subject, options VerifyOptions) ([]*verify.Report, error) {
	space, err := subject.Space(options.Axes...)
	if err != nil {
		return nil, err
	}
	regions := options.Regions
	if len(regions) == 0 {
		whole := region.Bounds{}
		for _, axis := range space {
			whole.A, whole.B = append(whole.A, axis.Min), append(whole.B, axis.Max)
		}
		regions = []region.Bounds{whole}
	}
	if options.Progress == nil {
		options.Progress = l.Progress
	}
	reports := make([]*verify.Report, len(regions))
	for i, bounds := range regions {
		o := options.Options
		o.Seed += uint64(i)
		settings := struct {
			Bounds  region.Bounds  `json:"bounds"`
			Options verify.Options `json:"options"`
			Version int            `json:"verify_version"`
		}{bounds, o, verify.Version}
		reports[i], err = keptJSON(ctx, l, subject, options.Axes, "verified", settings, func(_ *resolved, f *rendered.Objective) (*verify.Report, error) {
			return verify.Verify(ctx, f, bounds, o)
		})
		if err != nil {
			return reports, fmt.Errorf("region %d of %d: %w", i+1, len(regions), err)
		}
	}
	return reports, nil
}

// Certify bounds how far a subject's view can move from a point, [axis], of the
// axes with these names (none: azimuth and elevation) while the smoothed network
// keeps its answer.
func (l *Lab) Certify(ctx context.Context, subject Subject, point []float64, options verify.CertifyOptions, axes ...string) (*verify.Certificate, error) {
	if options.Progress == nil {
		options.Progress = l.Progress
	}
	settings := struct {
		Point   []float64             `json:"point"`
		Options verify.CertifyOptions `json:"options"`
		Version int                   `json:"verify_version"`
	}{point, options, verify.Version}
	return keptJSON(ctx, l, subject, axes, "certificate", settings, func(_ *resolved, f *rendered.Objective) (*verify.Certificate, error) {
		return verify.Certify(ctx, f, point, options)
	})
}

// WorstOptions says where the worst view is looked for, and how. The zero value
// spends 600 evaluations on azimuth and elevation.
type WorstOptions struct {
	// Axes names the semantic parameters that span the space, as ParseSpace
	// reads them; none means azimuth and elevation.
	Axes []string
	// Within is the box that is searched; nil means the whole domain.
	Within *region.Bounds
	// Method is how is searched; nil means worst.Combined{}.
	Method worst.Method
	// Settings are those of the search. Its Recorder is called only where the
	// result was not kept already.
	Settings worst.Settings
}

// keptWorst is a result with what its own JSON leaves out.
type keptWorst struct {
	*worst.Result
	Points [][]float64 `json:"points"`
	Values []float64   `json:"values"`
}

// Worst finds the point where the network gives the subject's class the least
// probability. Result.Lowest names further points, and Views shows them.
func (l *Lab) Worst(ctx context.Context, subject Subject, options WorstOptions) (*worst.Result, error) {
	if options.Method == nil {
		options.Method = worst.Combined{}
	}
	settings := struct {
		Within   *region.Bounds `json:"within"`
		Method   string         `json:"method"`
		Numbers  worst.Method   `json:"method_settings"`
		Settings worst.Settings `json:"settings"`
		// Gradients is left out as in the keys of regions.
		Gradients *rendered.Smoothing `json:"gradients,omitempty"`
		Version   int                 `json:"worst_version"`
	}{options.Within, options.Method.Name(), options.Method, options.Settings.WithDefaults(), nil, worst.Version}
	if takesGradients(options.Method) {
		space, err := subject.Space(options.Axes...)
		if err != nil {
			return nil, err
		}
		settings.Gradients = l.smoothing(space)
	}
	kept, err := keptJSON(ctx, l, subject, options.Axes, "worst", settings, func(_ *resolved, f *rendered.Objective) (keptWorst, error) {
		result, err := worstOf(ctx, l, subject, f, options)
		if result == nil {
			return keptWorst{}, err
		}
		return keptWorst{result, result.Points, result.Values}, err
	})
	if kept.Result != nil {
		kept.Result.Points, kept.Result.Values = kept.Points, kept.Values
	}
	return kept.Result, err
}

// worstOf searches with progress.
func worstOf(ctx context.Context, l *Lab, subject Subject, f *rendered.Objective, options WorstOptions) (*worst.Result, error) {
	settings := options.Settings
	p := progress.Or(l.Progress)
	p.Start(settings.WithDefaults().Evaluations, "worst views of "+subject.String())
	defer p.Done()
	recorder, done := settings.Recorder, 0
	settings.Recorder = worst.RecorderFunc(func(it worst.Iteration) error {
		p.Add(it.Evaluations - done)
		done = it.Evaluations
		if recorder == nil {
			return nil
		}
		return recorder.Record(it)
	})
	return worst.Find(ctx, worst.Problem{Objective: f, Within: options.Within}, options.Method, settings)
}
