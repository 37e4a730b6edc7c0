package semrob

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/sensitivity"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/subject"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// Sensitivity is a sensitivity.Result with its record, as saved to files.
type Sensitivity struct {
	*sensitivity.Result
	// Of is the record.
	Of json.RawMessage `json:"of"`
}

// Save writes the result as JSON.
func (s *Sensitivity) Save(path string) error { return saveJSON(path, s) }

// LoadSensitivity reads a file of Sensitivity.Save.
func LoadSensitivity(path string) (*Sensitivity, error) {
	s := &Sensitivity{}
	if err := loadKind(path, &question.Sensitivity{}, s, &s.Of); err != nil {
		return nil, err
	}
	if s.Result == nil {
		return nil, noResult(path)
	}
	return s, nil
}

// Slices is a slice.Result with its record, as saved to files.
type Slices struct {
	*slice.Result
	// Of is the record.
	Of json.RawMessage `json:"of"`
}

// Save writes the result as JSON.
func (s *Slices) Save(path string) error { return saveJSON(path, s) }

// LoadSlices reads a file of Slices.Save.
func LoadSlices(path string) (*Slices, error) {
	s := &Slices{}
	if err := loadKind(path, &question.Slices{}, s, &s.Of); err != nil {
		return nil, err
	}
	if s.Result == nil {
		return nil, noResult(path)
	}
	return s, nil
}

// Distribution is a worst.Distribution with its record, as saved to files.
type Distribution struct {
	*worst.Distribution
	// Of is the record.
	Of json.RawMessage `json:"of"`
}

// Save writes the result as JSON.
func (d *Distribution) Save(path string) error { return saveJSON(path, d) }

// LoadDistribution reads a file of Distribution.Save.
func LoadDistribution(path string) (*Distribution, error) {
	d := &Distribution{}
	if err := loadKind(path, &question.Distribution{}, d, &d.Of); err != nil {
		return nil, err
	}
	if d.Distribution == nil {
		return nil, noResult(path)
	}
	return d, nil
}

// SensitivityOptions controls the analysis of sensitivities. The zero value looks at
// azimuth and elevation, with 4,096 evaluations.
type SensitivityOptions struct {
	// Space is the semantic space; nil means azimuth and elevation.
	Space objective.Space
	// Settings are those of the analysis. Progress defaults to the Lab's.
	sensitivity.Settings
}

// Sensitivity returns how much of the variance of f, and of being right, each factor of
// the space explains, and how many right views stay right when one factor moves.
func (l *Lab) Sensitivity(ctx context.Context, s Subject, options SensitivityOptions) (*Sensitivity, error) {
	a, err := l.ask(ctx, s, options.Space)
	if err != nil {
		return nil, err
	}
	q := &question.Sensitivity{Settings: options.Settings}
	if err := q.Complete(a.of.Space); err != nil {
		return nil, err
	}
	found, err := keptJSON(ctx, a, q, func(f objective.Objective) (*sensitivity.Result, error) {
		return q.Answer(ctx, f, l.progressOr(options.Progress))
	})
	if err != nil {
		return nil, err
	}
	of, err := a.recordOf(q)
	return &Sensitivity{found, of}, err
}

// SensitivityOnMap is Sensitivity of a map instead of the network: at once, as accurate
// as the map's interpolation, without top-1 answers. options.Space is ignored.
func (l *Lab) SensitivityOnMap(ctx context.Context, m *semmap.Map, options SensitivityOptions) (*Sensitivity, error) {
	of, d, err := onMap(m)
	if err != nil {
		return nil, err
	}
	q := &question.Sensitivity{Settings: options.Settings, OnMap: of}
	if err := q.Complete(m.Space()); err != nil {
		return nil, err
	}
	f, err := m.Objective()
	if err != nil {
		return nil, err
	}
	found, err := q.Answer(ctx, f, options.Progress)
	if err != nil {
		return nil, err
	}
	record, err := recordOnMap(m, d, q)
	return &Sensitivity{found, record}, err
}

// SliceOptions controls the search for failure slices. The zero value looks at azimuth
// and elevation.
type SliceOptions struct {
	// Space is the semantic space; nil means azimuth and elevation.
	Space objective.Space
	// Settings are those of the search. Progress defaults to the Lab's.
	slice.Settings
}

// Slices finds short rules on the semantic parameters that hold most of the failures,
// and confirms them on fresh views.
func (l *Lab) Slices(ctx context.Context, s Subject, options SliceOptions) (*Slices, error) {
	a, err := l.ask(ctx, s, options.Space)
	if err != nil {
		return nil, err
	}
	q := &question.Slices{Settings: options.Settings}
	if err := q.Complete(); err != nil {
		return nil, err
	}
	found, err := keptJSON(ctx, a, q, func(f objective.Objective) (*slice.Result, error) {
		return q.Answer(ctx, f, l.progressOr(options.Progress))
	})
	if err != nil {
		return nil, err
	}
	of, err := a.recordOf(q)
	return &Slices{found, of}, err
}

// SlicesOnMap is Slices of a map instead of the network: at once, as accurate as the
// map's interpolation. It needs a threshold. options.Space is ignored.
func (l *Lab) SlicesOnMap(ctx context.Context, m *semmap.Map, options SliceOptions) (*Slices, error) {
	of, d, err := onMap(m)
	if err != nil {
		return nil, err
	}
	q := &question.Slices{Settings: options.Settings, OnMap: of}
	if err := q.Complete(); err != nil {
		return nil, err
	}
	f, err := m.Objective()
	if err != nil {
		return nil, err
	}
	found, err := q.Answer(ctx, f, options.Progress)
	if err != nil {
		return nil, err
	}
	record, err := recordOnMap(m, d, q)
	return &Slices{found, record}, err
}

// DistributionOptions controls the search for a distribution of bad views. The zero
// value spends 5,100 evaluations on azimuth and elevation.
type DistributionOptions struct {
	// Space is the semantic space; nil means azimuth and elevation.
	Space objective.Space
	// Within is the box that is searched; nil means the whole domain.
	Within *region.Bounds
	// Settings are those of the search. Its Recorder is not called for a stored result.
	worst.DistributionSettings
}

// Distribution finds a distribution of views that the network gets wrong.
func (l *Lab) Distribution(ctx context.Context, s Subject, options DistributionOptions) (*Distribution, error) {
	a, err := l.ask(ctx, s, options.Space)
	if err != nil {
		return nil, err
	}
	q := &question.Distribution{Within: options.Within, Settings: options.DistributionSettings}
	q.Complete()
	found, err := keptJSON(ctx, a, q, func(f objective.Objective) (*worst.Distribution, error) {
		return l.searchDistribution(ctx, s.String(), q, f)
	})
	if err != nil {
		return nil, err
	}
	of, err := a.recordOf(q)
	return &Distribution{found, of}, err
}

// searchDistribution searches with progress.
func (l *Lab) searchDistribution(ctx context.Context, title string, q *question.Distribution, f objective.Objective) (*worst.Distribution, error) {
	p := progress.Or(l.Progress)
	p.Start(q.Settings.Evaluations, "a distribution of bad views of "+title)
	defer p.Done()
	watched, done := *q, 0
	watched.Settings.Recorder = worst.RecorderFunc(func(it worst.Iteration) error {
		p.Add(it.Evaluations - done)
		done = it.Evaluations
		if q.Settings.Recorder == nil {
			return nil
		}
		return q.Settings.Recorder.Record(it)
	})
	return watched.Answer(ctx, f)
}

// progressOr returns p, or the Lab's progress if it is nil.
func (l *Lab) progressOr(p progress.Progress) progress.Progress {
	if p != nil {
		return p
	}
	return l.Progress
}

// recordOf returns the record of a question that was just answered.
func (a *asked) recordOf(q question.Question) (json.RawMessage, error) {
	r := question.NewRecord(&a.of, q)
	r.Device = a.device
	return json.Marshal(r)
}

func saveJSON(path string, v any) error {
	data, err := indented(v)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, data)
}

// loadKind reads a file of indented JSON whose record, of, is about a question of the
// same kind as q.
func loadKind(path string, q question.Question, into any, of *json.RawMessage) error {
	if err := loadJSON(path, into); err != nil {
		return err
	}
	record, err := question.Parse(string(*of))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if record.Kind != q.Kind() {
		return fmt.Errorf("%s is a file of the kind %q, not %q", path, record.Kind, q.Kind())
	}
	return nil
}

func noResult(path string) error {
	return fmt.Errorf("%s has a record but no result: compute it again from its record with `semrob rerun`", path)
}

// recordOnMap returns the record of a question that a map answered.
func recordOnMap(m *semmap.Map, d *subject.Description, q question.Question) (json.RawMessage, error) {
	r := question.NewRecord(d, q)
	r.Device = deviceOf(m)
	return json.Marshal(r)
}

// cause computes the file of a sensitivity, of slices, or of a distribution again; nil
// for other questions.
func (w *rerunning) cause(ctx context.Context, record *question.Record) (any, error) {
	var of *question.OnMap
	switch q := record.Question.(type) {
	case *question.Sensitivity:
		of = q.OnMap
	case *question.Slices:
		of = q.OnMap
	case *question.Distribution:
	default:
		return nil, nil
	}
	f, release, err := w.objective(ctx, record.Description, of)
	if err != nil {
		return nil, err
	}
	defer release()
	renewed, err := json.Marshal(w.renewed(record))
	if err != nil {
		return nil, err
	}
	switch q := record.Question.(type) {
	case *question.Sensitivity:
		found, err := q.Answer(ctx, f, w.Progress)
		return &Sensitivity{found, renewed}, err
	case *question.Slices:
		found, err := q.Answer(ctx, f, w.Progress)
		return &Slices{found, renewed}, err
	case *question.Distribution:
		found, err := w.searchDistribution(ctx, record.Mesh, q, f)
		return &Distribution{found, renewed}, err
	}
	return nil, nil
}
