package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Rerun computes the table of a study again from the items in its Parquet file. It
// looks for meshes and weights with find. The error wraps subject.ErrVersion or
// plan.ErrOlder if the items are of another version, and network.ErrNotAllowed for
// networks that run code or use a server and are not allowed.
func Rerun(ctx context.Context, old *results.Table, find subject.Finder, p progress.Progress, allow ...string) (*results.Table, error) {
	if len(old.Items) == 0 {
		return nil, fmt.Errorf("the table: %w", question.ErrNoRecord)
	}
	again := &rerun{engine: &Engine{Find: find, Allow: allow}, items: map[string]plan.Item{}, progress: progress.Or(p)}
	defer again.engine.Close()
	var items []plan.Item
	for _, data := range old.Items {
		item, err := plan.ParseItem(data)
		if err == nil {
			err = item.CheckVersion()
		}
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		again.items[queue.KeyOf(item.Data())] = item
	}
	again.progress.Start(len(items), "computing the table of "+old.Study+" again")
	defer again.progress.Done()
	c := &collector{source: again, table: &results.Table{Study: old.Study, Space: old.Space}}
	if err := c.all(ctx, slices.Values(items)); err != nil {
		return nil, err
	}
	return c.table, nil
}

// rerun is a source that computes the results.
type rerun struct {
	engine   *Engine
	items    map[string]plan.Item
	progress progress.Progress
}

// Result implements source.
func (r *rerun) Result(ctx context.Context, key string) ([]byte, error) {
	item := r.items[key]
	data, err := r.engine.Do(ctx, nil, queue.NewItem(item.Data()))
	r.progress.Add(1)
	return data, err
}

// Forget implements source. A new result that cannot be read is a defect.
func (r *rerun) Forget(context.Context, string) error { return errDamaged }

// Differences compares two tables of a study row by row, bit for bit, and returns a
// line for each difference. It ignores rows that were set aside in the old table, and
// the names of files.
func Differences(old, again *results.Table) ([]string, error) {
	var differences []string
	rows := map[string]results.Row{}
	for _, r := range again.Rows {
		rows[rowName(r)] = r
	}
	for _, r := range old.Rows {
		if r.Status == results.SetAside {
			continue
		}
		name := rowName(r)
		other, ok := rows[name]
		if !ok {
			differences = append(differences, name+": has no new row")
			continue
		}
		lines, err := differRow(r, other)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			differences = append(differences, name+": "+line)
		}
	}
	return differences, nil
}

func rowName(r results.Row) string {
	return fmt.Sprintf("%s %s, %s, %s, seed %d, start %d", r.Network, r.Preprocess, r.Object, r.Method, r.Seed, r.Start)
}

func differRow(old, again results.Row) ([]string, error) {
	for _, r := range []*results.Row{&old, &again} {
		r.RegionsFile, r.MapFile, r.Versions = "", "", ""
	}
	var differences []string
	numbers := func(name string, a, b []float64) {
		same := slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) })
		if !same {
			differences = append(differences, fmt.Sprintf("%s is %v, now %v", name, a, b))
		}
	}
	numbers("lower bounds", old.A, again.A)
	numbers("upper bounds", old.B, again.B)
	numbers("fraction", []float64{old.Fraction}, []float64{again.Fraction})
	numbers("f at the start", []float64{old.InitialF}, []float64{again.InitialF})
	numbers("the map's mean and accuracy", []float64{old.MapMean, old.MapAccuracy}, []float64{again.MapMean, again.MapAccuracy})
	for _, r := range []*results.Row{&old, &again} {
		r.A, r.B, r.Fraction, r.InitialF, r.MapMean, r.MapAccuracy = nil, nil, 0, 0, 0, 0
	}
	a, err := json.Marshal(old)
	b, failed := json.Marshal(again)
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	if string(a) != string(b) {
		differences = append(differences, fmt.Sprintf("%s, now %s", a, b))
	}
	return differences, nil
}
