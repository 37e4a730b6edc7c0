package semrob

import (
	"context"
	"encoding/json"
	"io"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// keptJSON returns the stored answer to a question, or computes it and stores it as
// JSON.
func keptJSON[T any](ctx context.Context, a *asked, q question.Question, compute func(f objective.Objective) (T, error)) (T, error) {
	var kept struct {
		Answer T
		Record question.Record
	}
	r, err := a.about(q, "json")
	if err != nil {
		return kept.Answer, err
	}
	if r.kept(func(data []byte) error { return json.Unmarshal(data, &kept) }) {
		a.device = kept.Record.Device
		return kept.Answer, nil
	}
	f, err := r.open(ctx)
	if err != nil {
		return kept.Answer, err
	}
	defer f.Release()
	answer, err := compute(f.Objective)
	if err != nil {
		return answer, err
	}
	a.device, r.record.Device = f.Device, f.Device
	kept.Answer, kept.Record = answer, r.record
	r.put(func(w io.Writer) error { return json.NewEncoder(w).Encode(kept) })
	return answer, nil
}

// WorstOptions controls the search for the worst view. The zero value spends 600
// evaluations on azimuth and elevation.
type WorstOptions struct {
	// Space is the semantic space; nil means azimuth and elevation.
	Space objective.Space
	// Within is the box that is searched; nil means the whole domain.
	Within *region.Bounds
	// Method is the search method; nil means worst.Combined{}.
	Method worst.Method
	// Settings are those of the search. Its Recorder is not called for a stored
	// result.
	Settings worst.Settings
}

func (o WorstOptions) question() *question.Worst {
	q := &question.Worst{Within: o.Within, Method: question.WorstMethod{Method: o.Method}, Settings: o.Settings}
	q.Complete()
	return q
}

// keptWorst is a result with its points, which worst.Result leaves out of its JSON.
type keptWorst struct {
	*worst.Result
	Points [][]float64 `json:"points"`
	Values []float64   `json:"values"`
}

// Worst finds the point at which the network gives the subject's class the least
// probability. Result.Lowest returns further points, which Lab.Views shows.
func (l *Lab) Worst(ctx context.Context, s Subject, options WorstOptions) (*worst.Result, error) {
	a, err := l.ask(ctx, s, options.Space)
	if err != nil {
		return nil, err
	}
	return l.worst(ctx, a, s.String(), options.question())
}

func (l *Lab) worst(ctx context.Context, a *asked, title string, q *question.Worst) (*worst.Result, error) {
	kept, err := keptJSON(ctx, a, q, func(f objective.Objective) (keptWorst, error) {
		found, err := l.searchWorst(ctx, title, q, f)
		if found == nil {
			return keptWorst{}, err
		}
		return keptWorst{found, found.Points, found.Values}, err
	})
	if kept.Result != nil {
		kept.Result.Points, kept.Result.Values = kept.Points, kept.Values
	}
	return kept.Result, err
}

// searchWorst searches with progress.
func (l *Lab) searchWorst(ctx context.Context, title string, q *question.Worst, f objective.Objective) (*worst.Result, error) {
	p := progress.Or(l.Progress)
	p.Start(q.Settings.Evaluations, "worst views of "+title)
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
