package sweep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// errDamaged is wrapped by errors about a result that cannot be read.
var errDamaged = errors.New("the result is damaged")

// collector turns results into rows and files.
type collector struct {
	source
	folder string // "" writes no files
	table  *results.Table
	// of the current object
	mapMean, mapAccuracy float64
	mapFile              string
	damaged              []string // keys
	done                 int      // items with a record
}

// source has the results of items by key, like a *queue.Queue.
type source interface {
	// Result returns a result, or queue.ErrMissing, or a *queue.AsideError.
	Result(ctx context.Context, key string) ([]byte, error)
	// Forget removes a result that cannot be read.
	Forget(ctx context.Context, key string) error
}

// collect writes the archives of all results into folder, and makes the table. Items
// without a record have no rows. It forgets results that cannot be read.
func collect(ctx context.Context, from source, p *plan.Prepared, folder string) (*collector, error) {
	c := &collector{source: from, folder: folder, table: &results.Table{Study: p.Study, Space: p.Space}}
	if err := c.all(ctx, p.Items()); err != nil {
		return nil, fmt.Errorf("collecting the results of the study %s: %w", p.Study, err)
	}
	return c, nil
}

func (c *collector) all(ctx context.Context, items iter.Seq[plan.Item]) error {
	object := ""
	for item := range items {
		if at := item.NetworkKey() + "\n" + item.Object; at != object {
			object, c.mapMean, c.mapAccuracy, c.mapFile = at, results.Absent, results.Absent, ""
		}
		if err := c.add(ctx, item); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) add(ctx context.Context, item plan.Item) error {
	asked := item.Data()
	key := queue.KeyOf(asked)
	data, err := c.Result(ctx, key)
	var aside *queue.AsideError
	switch {
	case errors.Is(err, queue.ErrMissing):
		return nil
	case errors.As(err, &aside):
		c.done++
		c.setAside(item, aside.Reason)
		return nil
	case errors.Is(err, queue.ErrDamaged):
		c.done++
		c.damaged = append(c.damaged, key)
		return c.Forget(ctx, key)
	case err != nil:
		return err
	}
	c.done++
	if item.Map != nil {
		err = c.addMap(item, key, data)
	} else {
		err = c.addRegions(item, key, data)
	}
	switch {
	case err == nil:
		c.table.Items = append(c.table.Items, asked)
	case errors.Is(err, errDamaged):
		c.damaged = append(c.damaged, key)
		return c.Forget(ctx, key)
	}
	return err
}

func (c *collector) setAside(item plan.Item, reason string) {
	if item.Map != nil {
		return // the object's rows have no accuracy
	}
	for _, claim := range item.Claims() {
		for i := range item.Starts() {
			row := c.row(claim, i)
			row.Status, row.Error = results.SetAside, reason
			c.table.Rows = append(c.table.Rows, row)
		}
	}
}

// row returns a row without its result.
func (c *collector) row(item plan.Item, start int) results.Row {
	mode := ""
	if item.Grow != nil {
		mode = string(item.Grow.Settings.Mode)
	}
	return results.Row{
		Network: item.Network, Weights: item.Of.Fingerprint, Preprocess: string(item.Of.Preprocess),
		Object: item.Object, Group: item.Group, Class: item.Of.Class, ClassName: item.Of.Label, MeshHash: item.Of.MeshContent(),
		Method: item.MethodName(), MethodSettings: methodSettings(item), Mode: mode, Seed: item.Seed(),
		Start: start, StartPoint: item.Starts()[start],
		Fraction: results.Absent, InitialF: results.Absent,
		MapMean: c.mapMean, MapAccuracy: c.mapAccuracy, MapFile: c.mapFile, Versions: item.VersionText(),
	}
}

// methodSettings returns a method's numbers as JSON, without the seed and the starts,
// which have columns of their own.
func methodSettings(item plan.Item) string {
	var settings any
	if item.Promise != nil {
		alike := *item.Promise
		alike.Settings.Seed = 0
		settings = struct {
			*question.Guarantee
			Starts []string `json:"starts,omitempty"`
		}{Guarantee: &alike}
	} else {
		alike := *item.Grow
		alike.Settings.Seed = 0
		settings = struct {
			*question.Regions
			Starts    []string            `json:"starts,omitempty"`
			Gradients *rendered.Smoothing `json:"gradients,omitempty"`
		}{Regions: &alike, Gradients: item.Of.Gradients}
	}
	text, err := json.Marshal(settings)
	if err != nil {
		panic(fmt.Sprintf("a method's settings as JSON: %v", err)) // names and finite numbers
	}
	return string(text)
}

// fraction returns a run's term in SRVR, or in guaranteed SRVR, where only proved
// regions count.
func fraction(result *region.Result, i int) float64 {
	run := result.Runs[i]
	switch {
	case !run.Bounds.Finite() || run.Status == region.Status(guarantee.NotFinite):
		return results.Absent
	case run.Guarantee != nil && !run.Proved:
		return 0
	}
	return result.Fraction(i)
}

func (c *collector) addRegions(item plan.Item, key string, data []byte) error {
	result, err := region.Read(data)
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	var about note
	if err := json.Unmarshal([]byte(result.Of), &about); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	c.computedBy(about.Device)
	claims, starts := item.Claims(), len(item.Starts())
	if len(result.Runs) != len(claims)*starts || len(about.InitialF) != starts {
		return fmt.Errorf("%w: %d runs for %d starts", errDamaged, len(result.Runs), len(claims)*starts)
	}
	file := fileName("regions", item, item.MethodName(), key)
	if err := c.save(file, data); err != nil {
		return err
	}
	for i, run := range result.Runs {
		row := c.row(claims[i/starts], i%starts)
		row.A, row.B = run.Bounds.A, run.Bounds.B
		row.Status, row.Detail = string(run.Status), run.Detail
		row.Iterations, row.Evaluations, row.RegionsFile = run.Iterations, run.Evaluations, file
		row.Fraction = fraction(result, i)
		if f := about.InitialF[i%starts]; f != nil {
			row.InitialF = *f
		}
		c.table.Rows = append(c.table.Rows, row)
	}
	return nil
}

func (c *collector) addMap(item plan.Item, key string, data []byte) error {
	m, err := semmap.Read(data)
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	var about note
	if err := json.Unmarshal([]byte(m.Meta), &about); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	c.computedBy(about.Device)
	file := fileName("maps", item, "map", key)
	c.mapMean, c.mapFile = m.Stats().Mean, file
	if about.Accuracy != nil {
		c.mapAccuracy = *about.Accuracy
	}
	return c.save(file, data)
}

// computedBy records the kind of device of a result.
func (c *collector) computedBy(device string) {
	if device != "" && !slices.Contains(c.table.Devices, device) {
		c.table.Devices = append(c.table.Devices, device)
		slices.Sort(c.table.Devices)
	}
}

// fileName returns the path of an archive in the study's folder. A part of the key
// distinguishes names that differ only in replaced characters.
func fileName(kind string, item plan.Item, what, key string) string {
	return filepath.ToSlash(filepath.Join(kind, plain(item.Network+"-"+string(item.Of.Preprocess)), plain(item.Object)+"-"+what+"-"+key[:8]+".npz"))
}

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
			return r
		}
		return '_'
	}, name)
}

// save writes an archive, unless the file has the same content already.
func (c *collector) save(name string, data []byte) error {
	if c.folder == "" {
		return nil
	}
	path := filepath.Join(c.folder, filepath.FromSlash(name))
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("making a folder for results: %w", err)
	}
	return atomicfile.WriteBytes(path, data)
}
