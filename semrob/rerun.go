package semrob

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// ErrIncomparable is wrapped by errors about results that another version or another
// kind of device made: their bits may differ without a defect.
var ErrIncomparable = errors.New("cannot be compared")

// Rerun is a result that was computed again.
type Rerun struct {
	// Old and New are the contents of the file, as it is and as it would be written
	// now.
	Old, New []byte
	// Records describe how the result was made: two for reports and certificates,
	// otherwise one.
	Records []question.Record
	// Device is the kind of device that computed the new result; "" for maps and
	// formulas.
	Device string
}

// Save writes the new result.
func (r *Rerun) Save(path string) error { return atomicfile.WriteBytes(path, r.New) }

// Comparable returns an error that wraps ErrIncomparable and gives the reason if the
// bits of the two results may differ without a defect.
func (r *Rerun) Comparable() error {
	for _, record := range r.Records {
		if err := comparable(record); err != nil {
			return err
		}
		if r.Device != "" && record.Device != r.Device {
			return fmt.Errorf("%w: made on %q, not on %q", ErrIncomparable, record.Device, r.Device)
		}
	}
	return nil
}

// comparable returns an error for a record of another version.
func comparable(r question.Record) error {
	if r.Version != r.Question.Version() {
		return fmt.Errorf("%w: %s of version %d, not %d", ErrIncomparable, r.Kind, r.Version, r.Question.Version())
	}
	if own := subject.CurrentVersions(); r.Description != nil && r.Versions != own {
		return fmt.Errorf("%w: made by %s, not by %s", ErrIncomparable, r.Versions, own)
	}
	return nil
}

// Differences compares the new result with the old one bit for bit, and returns a
// line for each difference.
func (r *Rerun) Differences() ([]string, error) {
	if isNPZ(r.Old) {
		return differNPZ(r.Old, r.New)
	}
	return differJSON(r.Old, r.New)
}

// Rerun computes the result in a file again from the file's record alone. It looks
// for meshes, weights and maps by name in the file's folder, in the working folder
// and in dirs, then by content below dirs.
func (l *Lab) Rerun(ctx context.Context, path string, dirs ...string) (*Rerun, error) {
	data, err := limit.ReadFile(path, limit.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading a result: %w", err)
	}
	w := &rerunning{Lab: l, Rerun: &Rerun{Old: data}, find: subject.NewDirs([]string{filepath.Dir(path), "."}, dirs)}
	if isNPZ(data) {
		err = w.archive(ctx)
	} else {
		err = w.text(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("computing %s again: %w", path, err)
	}
	return w.Rerun, nil
}

// rerunning is the state of Lab.Rerun.
type rerunning struct {
	*Lab
	*Rerun
	find subject.Finder
	seen *network.Network // by the last objective
}

// archive computes a map or regions again.
func (w *rerunning) archive(ctx context.Context) error {
	meta, err := metaOf(w.Old)
	if err != nil {
		return err
	}
	record, err := question.Parse(meta)
	if err != nil {
		return err
	}
	w.Records = []question.Record{*record}
	var out bytes.Buffer
	switch q := record.Question.(type) {
	case *question.Map:
		old, err := semmap.Read(w.Old)
		if err != nil {
			return err
		}
		if !slices.Equal(old.Shape(), shapeOf(q)) {
			return fmt.Errorf("%w: it is a slice or a projection of the map that it describes", question.ErrNoRecord)
		}
		m, err := w.mapOf(ctx, record.Description, q)
		if err != nil {
			return err
		}
		if m.Meta, err = w.again(record, meta); err != nil {
			return err
		}
		err = m.Write(&out)
		w.New = out.Bytes()
		return err
	case *question.Regions:
		f, release, err := w.objective(ctx, record.Description, q.OnMap)
		if err != nil {
			return err
		}
		defer release()
		found, err := region.Find(ctx, q.Problem(f), q.Method.Method, q.Settings)
		if err != nil {
			return err
		}
		if found.Of, err = w.again(record, meta); err != nil {
			return err
		}
		err = found.Write(&out)
		w.New = out.Bytes()
		return err
	case *question.Guarantee:
		f, release, err := w.objective(ctx, record.Description, q.OnMap)
		if err != nil {
			return err
		}
		defer release()
		var hint *semmap.Map
		if q.Hint != nil {
			if hint, err = w.onMap(ctx, record.Description, &q.Hint.OnMap); err != nil {
				return fmt.Errorf("the map that showed where to look: %w", err)
			}
		}
		found, err := q.Answer(ctx, nil, hint, f)
		if err != nil {
			return err
		}
		if found[0].Of, err = w.again(record, meta); err != nil {
			return err
		}
		err = found[0].Write(&out)
		w.New = out.Bytes()
		return err
	}
	return fmt.Errorf("%w: its kind is %q", question.ErrNoRecord, record.Kind)
}

// text computes the result in a JSON file again: worst views, sensitivities, slices, a
// distribution, or reports and certificates.
func (w *rerunning) text(ctx context.Context) error {
	var file struct {
		Of             json.RawMessage   `json:"of"`
		OfCertificates json.RawMessage   `json:"of_certificates"`
		Views          []json.RawMessage `json:"views"`
	}
	if err := json.Unmarshal(w.Old, &file); err != nil {
		if json.Valid(w.Old) { // such as the list that verify --json prints
			return question.ErrNoRecord
		}
		return fmt.Errorf("not a result of semrob: %w", err)
	}
	v := &Verified{}
	for _, text := range []json.RawMessage{file.Of, file.OfCertificates} {
		if text == nil {
			continue
		}
		record, err := question.Parse(string(text))
		if err != nil {
			return err
		}
		w.Records = append(w.Records, *record)
		if q, ok := record.Question.(*question.Worst); ok {
			return w.worst(ctx, record, q, len(file.Views))
		}
		if again, err := w.cause(ctx, record); err != nil || again != nil {
			if err == nil {
				w.New, err = indented(again)
			}
			return err
		}
		if err := w.trust(ctx, record, v); err != nil {
			return err
		}
	}
	if len(w.Records) == 0 {
		return question.ErrNoRecord
	}
	var err error
	w.New, err = indented(v)
	return err
}

func (w *rerunning) worst(ctx context.Context, record *question.Record, q *question.Worst, views int) error {
	f, err := w.opened(ctx, record.Description)
	if err != nil {
		return err
	}
	defer f.Release()
	found := &WorstViews{record: w.renewed(record)}
	if found.Result, err = w.searchWorst(ctx, record.Mesh, q, f.Objective); err != nil {
		return err
	}
	var points [][]float64
	for _, i := range found.Lowest(views, 0) {
		points = append(points, found.Points[i])
	}
	if found.Views, err = viewsOf(ctx, f, points); err != nil {
		return err
	}
	w.New, err = found.json()
	return err
}

func (w *rerunning) trust(ctx context.Context, record *question.Record, v *Verified) error {
	var onMap *question.OnMap
	switch q := record.Question.(type) {
	case *question.Verify:
		onMap = q.OnMap
	case *question.Certify:
		onMap = q.OnMap
	default:
		return fmt.Errorf("%w: its kind is %q", question.ErrNoRecord, record.Kind)
	}
	f, release, err := w.objective(ctx, record.Description, onMap)
	if err != nil {
		return err
	}
	defer release()
	on := plainAnswers{f, w.renewed(record)}
	if q, ok := record.Question.(*question.Certify); ok {
		return w.certifyEach(ctx, v, on, q, nil)
	}
	_, err = w.verifyEach(ctx, v, on, record.Question.(*question.Verify), nil)
	return err
}

// objective opens the map or, if there is none, the subject.
func (w *rerunning) objective(ctx context.Context, d *subject.Description, of *question.OnMap) (objective.Objective, func() error, error) {
	if of != nil {
		m, err := w.onMap(ctx, d, of)
		if err != nil {
			return nil, nil, err
		}
		f, err := m.Objective()
		return f, func() error { return nil }, err
	}
	if d != nil && strings.HasPrefix(d.Network, analytic.NetworkPrefix) {
		f, err := subject.Formula(ctx, d, w.find)
		return f, func() error { return nil }, err
	}
	f, err := w.opened(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	return f.Objective, f.Release, nil
}

func (w *rerunning) opened(ctx context.Context, d *subject.Description) (*subject.Opened, error) {
	if d == nil {
		return nil, question.ErrNoRecord
	}
	if err := d.Check(); err != nil && !errors.Is(err, subject.ErrVersion) {
		return nil, err
	}
	f, err := w.openIn(ctx, *d, subject.Found(w.find, w.Allow...))
	if err != nil {
		return nil, err
	}
	w.Device, w.seen = f.Device, f.Classifier.Network()
	return f, nil
}

// onMap returns the map: its file, or the map computed again.
func (w *rerunning) onMap(ctx context.Context, d *subject.Description, of *question.OnMap) (*semmap.Map, error) {
	if of.File != nil {
		path, err := w.find.Find(ctx, "", []subject.File{*of.File})
		if err == nil {
			m, err := semmap.Load(path)
			if err == nil {
				w.Device = deviceOf(m)
			}
			return m, err
		}
		if of.Map == nil {
			return nil, err
		}
	}
	return w.mapOf(ctx, d, of.Map)
}

func (w *rerunning) mapOf(ctx context.Context, d *subject.Description, q *question.Map) (*semmap.Map, error) {
	f, release, err := w.objective(ctx, d, nil)
	if err != nil {
		return nil, err
	}
	defer release()
	m, err := semmap.New(q.Axes...)
	if err != nil {
		return nil, err
	}
	r := &result{asked: &asked{lab: w.Lab, of: *d}, record: question.NewRecord(d, q)}
	var label func(int) string
	if w.seen != nil {
		label = w.seen.Label
	}
	if err := r.computeMap(ctx, q, f, label, m, nil, progress.Or(w.Lab.Progress)); err != nil {
		return nil, err
	}
	// As in files.
	for i, z := range m.Z {
		m.Z[i] = float64(float32(z))
	}
	return m, nil
}

// again returns the old meta with the current version and device.
func (w *rerunning) again(record *question.Record, meta string) (string, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(meta), &fields); err != nil {
		return "", err
	}
	text, err := json.Marshal(w.renewed(record))
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		return "", err
	}
	text, err = json.Marshal(fields)
	return string(text), err
}

// renewed returns a record with this version and device, and with what the network
// says of itself.
func (w *rerunning) renewed(record *question.Record) question.Record {
	renewed := *record
	renewed.Version, renewed.Device = record.Question.Version(), w.Device
	if record.Description != nil {
		d := *record.Description
		d.Versions = subject.CurrentVersions()
		if w.seen != nil {
			if d.Size = w.seen.InputSize; d.Classes == nil {
				d.Label = w.seen.Label(d.Class)
			}
		}
		renewed.Description = &d
	}
	return renewed
}
