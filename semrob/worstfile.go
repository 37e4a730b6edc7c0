package semrob

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// WorstViews is a worst.Result with views at points of low value.
type WorstViews struct {
	*worst.Result
	// Views are at the lowest points, the worst first.
	Views []View

	record question.Record
}

// WorstViews is Worst with views at up to n points of low value that are apart from
// each other.
func (l *Lab) WorstViews(ctx context.Context, s Subject, options WorstOptions, n int) (*WorstViews, error) {
	a, err := l.ask(ctx, s, options.Space)
	if err != nil {
		return nil, err
	}
	q := options.question()
	found, err := l.worst(ctx, a, s.String(), q)
	if err != nil {
		return nil, err
	}
	points := objective.Points{Space: found.Space}
	for _, i := range found.Lowest(n, 0) {
		points.At = append(points.At, found.Points[i])
	}
	views, err := l.Views(ctx, s, points)
	if err != nil {
		return nil, err
	}
	w := &WorstViews{Result: found, Views: views, record: question.NewRecord(&a.of, q)}
	w.record.Device = a.device
	return w, nil
}

// worstFile is the content of a file of WorstViews.
type worstFile struct {
	*worst.Result
	Views []worstView     `json:"views"`
	Of    json.RawMessage `json:"of"`
}

type worstView struct {
	Point []float64            `json:"point"`
	Value float64              `json:"value"`
	Right bool                 `json:"right"`
	Top   []network.Prediction `json:"top"`
}

// Save writes the result as JSON: the worst.Result, the views, and the record.
func (w *WorstViews) Save(path string) error {
	data, err := w.json()
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, data)
}

func (w *WorstViews) json() ([]byte, error) {
	of, err := w.record.JSON()
	if err != nil {
		return nil, err
	}
	file := worstFile{Result: w.Result, Of: json.RawMessage(of)}
	for _, v := range w.Views {
		file.Views = append(file.Views, worstView{v.Point, v.Value, v.Top1, v.Top})
	}
	return indented(file)
}

// indented returns v as indented JSON.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// loadJSON reads a file of indented JSON.
func loadJSON(path string, into any) error {
	data, err := limit.ReadFile(path, limit.Text)
	if err != nil {
		return fmt.Errorf("reading a result: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s is not a result of semrob: %w", path, err)
	}
	return nil
}
