package semrob

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/subject"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// Pick says where views that the network gets wrong are picked from.
type Pick string

const (
	// FromWorst picks the lowest views of a search for the worst, apart from each other.
	FromWorst Pick = "worst"
	// FromDistribution draws views from a distribution of bad views.
	FromDistribution Pick = "distribution"
	// FromSlice draws views uniformly from confirmed failure slices, as many from each.
	FromSlice Pick = "slice"
	// FromMap picks the lowest views of a map, apart from each other.
	FromMap Pick = "map"
)

// Picks lists the values of Pick.
var Picks = enum.Of("source of views", FromWorst, FromDistribution, FromSlice, FromMap)

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Pick) UnmarshalText(text []byte) error { return Picks.Unmarshal(p, text) }

// MarshalText implements encoding.TextMarshaler.
func (p Pick) MarshalText() ([]byte, error) { return []byte(p), nil }

// PickOptions controls Lab.Pick and Lab.PickOf.
type PickOptions struct {
	// Count is the number of views, at least 1. There may be fewer that are apart.
	Count int
	// Seed decides which views are drawn.
	Seed uint64
	// Space is the semantic space; nil means azimuth and elevation. PickOf takes that
	// of the file.
	Space objective.Space
}

func (o PickOptions) check() error {
	if o.Count < 1 {
		return fmt.Errorf("%d views are asked for: choose at least 1", o.Count)
	}
	return nil
}

// Picked are views that were picked for a set of pictures.
type Picked struct {
	From Pick
	// Space has the axes of the views' points.
	Space objective.Space
	Views []View
	// Part is the number of the component or of the slice of each view, counted from 1;
	// nil for other sources.
	Part []int
	// Class and Label are the class that the network should recognise: the index and the
	// label, of a set of classes the first index and the set's name.
	Class int
	Label string
	// Of is the record of the question that the views were picked from.
	Of json.RawMessage
}

// Pick asks a question about a subject with its default settings, or reads the answer
// if it is kept, and picks views from the answer.
func (l *Lab) Pick(ctx context.Context, s Subject, from Pick, options PickOptions) (*Picked, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	a, err := l.ask(ctx, s, options.Space)
	if err != nil {
		return nil, err
	}
	var q question.Question
	var points picker
	switch from {
	case FromWorst:
		options := WorstOptions{Space: options.Space}
		found, err := l.Worst(ctx, s, options)
		if err != nil {
			return nil, err
		}
		q, points = options.question(), ofWorst(found)
	case FromDistribution:
		found, err := l.Distribution(ctx, s, DistributionOptions{Space: options.Space})
		if err != nil {
			return nil, err
		}
		points = found.Sample
		asked := &question.Distribution{}
		asked.Complete()
		q = asked
	case FromSlice:
		found, err := l.Slices(ctx, s, SliceOptions{Space: options.Space})
		if err != nil {
			return nil, err
		}
		points = ofSlices(found.Result)
		asked := &question.Slices{}
		if err := asked.Complete(); err != nil {
			return nil, err
		}
		q = asked
	case FromMap:
		var axes []semmap.Samples
		if options.Space != nil {
			return nil, fmt.Errorf("a map needs samples of its axes: compute it with semrob map, and pick views from its file")
		}
		if axes, err = ParseGrid(); err != nil {
			return nil, err
		}
		m, err := l.Map(ctx, s, MapOptions{Axes: axes})
		if err != nil {
			return nil, err
		}
		q, points = &question.Map{Axes: axes}, ofMap(m)
	default:
		_, err := Picks.Parse(string(from))
		return nil, err
	}
	at, part := points(options.Count, options.Seed)
	p := &Picked{From: from, Space: a.of.Space, Part: part, Class: a.of.Class, Label: a.of.Label}
	if p.Of, err = a.recordOf(q); err != nil {
		return nil, err
	}
	if len(at) == 0 {
		return nil, errNoViews(from)
	}
	p.Views, err = l.Views(ctx, s, objective.Points{Space: p.Space, At: at})
	return p, err
}

// PickOf picks views from a file of worst views, a distribution, slices, or a map. The
// subject is that of the file's record, found as by Rerun.
func (l *Lab) PickOf(ctx context.Context, path string, options PickOptions, dirs ...string) (*Picked, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	data, err := limit.ReadFile(path, limit.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading a result: %w", err)
	}
	w := &rerunning{Lab: l, Rerun: &Rerun{Old: data}, find: subject.NewDirs([]string{filepath.Dir(path), "."}, dirs)}
	p, err := w.picked(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("picking views from %s: %w", path, err)
	}
	return p, nil
}

func (w *rerunning) picked(ctx context.Context, options PickOptions) (*Picked, error) {
	record, err := recordIn(w.Old)
	if err != nil {
		return nil, err
	}
	f, err := w.opened(ctx, record.Description)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	p := &Picked{Space: record.Space, Class: record.Class, Label: record.Label}
	if p.Of, err = json.Marshal(record); err != nil {
		return nil, err
	}
	var points picker
	switch q := record.Question.(type) {
	case *question.Worst:
		// The file has a few views only; the search repeats its points.
		found, err := w.searchWorst(ctx, record.Mesh, q, f.Objective)
		if err != nil {
			return nil, err
		}
		p.From, points = FromWorst, ofWorst(found)
	case *question.Distribution:
		d := &worst.Distribution{}
		if err := json.Unmarshal(w.Old, d); err != nil {
			return nil, err
		}
		p.From, points = FromDistribution, d.Sample
	case *question.Slices:
		r := &slice.Result{}
		if err := json.Unmarshal(w.Old, r); err != nil {
			return nil, err
		}
		p.From, points = FromSlice, ofSlices(r)
	case *question.Map:
		m, err := semmap.Read(w.Old)
		if err != nil {
			return nil, err
		}
		p.From, points = FromMap, ofMap(m)
	default:
		return nil, fmt.Errorf("it is a file of the kind %q: give one of worst views, a distribution, slices, or a map", record.Kind)
	}
	at, part := points(options.Count, options.Seed)
	if p.Part = part; len(at) == 0 {
		return nil, errNoViews(p.From)
	}
	p.Views, err = viewsOf(ctx, f, at)
	return p, err
}

// recordIn returns the record in a file of results.
func recordIn(data []byte) (*question.Record, error) {
	if isNPZ(data) {
		meta, err := metaOf(data)
		if err != nil {
			return nil, err
		}
		return question.Parse(meta)
	}
	var file struct {
		Of json.RawMessage `json:"of"`
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&file); err != nil {
		return nil, fmt.Errorf("not a result of semrob: %w", err)
	}
	return question.Parse(string(file.Of))
}

func errNoViews(from Pick) error {
	if from == FromSlice {
		return fmt.Errorf("fresh views confirm no failure slice: there is nothing to draw views from")
	}
	return fmt.Errorf("there are no views to pick")
}

// picker returns up to n points, and the part that each comes from or nil.
type picker func(n int, seed uint64) (points [][]float64, part []int)

// ofWorst picks the lowest points, as far apart as their number allows.
func ofWorst(r *worst.Result) picker {
	return func(n int, _ uint64) (points [][]float64, _ []int) {
		for apart := 0.1; ; apart /= 2 {
			lowest := r.Lowest(n, apart)
			if len(lowest) < n && apart > 1e-4 {
				continue
			}
			for _, i := range lowest {
				points = append(points, r.Points[i])
			}
			return points, nil
		}
	}
}

// ofMap picks the lowest points, apart from each other if there are enough of those.
func ofMap(m *semmap.Map) picker {
	return func(n int, _ uint64) ([][]float64, []int) {
		r := &worst.Result{Space: m.Space(), Within: region.Whole(m.Space()), Values: m.Z}
		for i := range m.Z {
			r.Points = append(r.Points, m.Point(i))
		}
		return ofWorst(r)(n, 0)
	}
}

// ofSlices draws points uniformly from confirmed slices, in turn.
func ofSlices(r *slice.Result) picker {
	return func(n int, seed uint64) (points [][]float64, part []int) {
		var confirmed []int
		for i, s := range r.Slices {
			if s.Confirmed {
				confirmed = append(confirmed, i)
			}
		}
		if len(confirmed) == 0 {
			return nil, nil
		}
		random := rand.New(rand.NewPCG(seed, 0x51ce))
		for i := range n {
			which := confirmed[i%len(confirmed)]
			box, p := r.Slices[which].Bounds, make([]float64, len(r.Space))
			for k, axis := range r.Space {
				p[k] = axis.Wrap(min(box.A[k]+random.Float64()*(box.B[k]-box.A[k]), box.B[k]))
			}
			points, part = append(points, p), append(part, which+1)
		}
		return points, part
	}
}
