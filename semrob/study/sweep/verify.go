package sweep

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/semrob/gonb-semrob/internal/goldenratio"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// VerifyOptions are the options of Verify. The zero value works.
type VerifyOptions struct {
	// Regions is the number of sampled regions of each network; 0 means 16.
	Regions int
	// Points is the number of points in each region; 0 means 32.
	Points int
	// Again is the number of sampled regions of each network that are grown again on
	// the network, with the same method and settings.
	Again int
	// Seed is the seed of the sample.
	Seed uint64
	// Progress, if set, receives the progress by regions.
	Progress progress.Progress
}

// Verify compares map and network in regions of a study that grew on maps. It samples
// the same number of non-empty regions of each network, and evaluates the network at
// points inside them. folder is the study's, with the maps.
func Verify(ctx context.Context, p *plan.Prepared, table *results.Table, folder string, options VerifyOptions) ([]results.Verified, error) {
	if !p.OnMap {
		return nil, fmt.Errorf("the regions of the study %s grew on the networks: there is nothing to verify", p.Study)
	}
	if options.Regions == 0 {
		options.Regions = 16
	}
	if options.Points == 0 {
		options.Points = 32
	}
	drawn := draw(table, options)
	if len(drawn) == 0 {
		return nil, fmt.Errorf("all regions of the study %s are empty", p.Study)
	}
	show := progress.Or(options.Progress)
	show.Start(len(drawn), "verifying regions of "+p.Study)
	defer show.Done()
	engine, all := Trusting(p), []results.Verified(nil)
	defer engine.Close()
	for item := range p.Items() {
		if item.Map != nil {
			continue
		}
		for _, d := range drawn {
			claim, ok := claimOf(d.Row, item)
			if !ok {
				continue
			}
			v, err := engine.verify(ctx, claim, d.Row, folder, d.again, options)
			if err != nil {
				return all, fmt.Errorf("verifying the region of %s, %s, %s, start %d: %w", d.Row.Network, d.Row.Object, d.Row.Method, d.Row.Start, err)
			}
			all = append(all, v)
			show.Add(1)
		}
	}
	return all, nil
}

// drawn is a sampled row, and whether to grow its region again.
type drawn struct {
	results.Row
	again bool
}

// draw samples rows without replacement, deterministically.
func draw(t *results.Table, options VerifyOptions) []drawn {
	byNetwork, networks := map[string][]results.Row{}, []string(nil)
	for _, r := range t.Rows {
		if !(r.Fraction > 0) || r.Status == string(region.Vanished) {
			continue
		}
		key := r.Network + " " + r.Preprocess
		if byNetwork[key] == nil {
			networks = append(networks, key)
		}
		byNetwork[key] = append(byNetwork[key], r)
	}
	var all []drawn
	rng := rand.New(rand.NewPCG(options.Seed, 0x7e51))
	for _, key := range networks {
		rows := byNetwork[key]
		for i, at := range rng.Perm(len(rows))[:min(options.Regions, len(rows))] {
			all = append(all, drawn{rows[at], i < options.Again})
		}
	}
	return all
}

// claimOf returns the one of an item's claims that a row is of.
func claimOf(r results.Row, item plan.Item) (plan.Item, bool) {
	claims := item.Claims()
	i := slices.IndexFunc(claims, func(one plan.Item) bool { return isOf(r, one) })
	if i < 0 {
		return item, false
	}
	return claims[i], true
}

// isOf reports whether a row is of an item.
func isOf(r results.Row, item plan.Item) bool {
	return r.Network+" "+r.Preprocess == item.NetworkKey() &&
		r.Object == item.Object && r.Method == item.MethodName() && r.Seed == item.Seed()
}

func (e *Engine) verify(ctx context.Context, item plan.Item, row results.Row, folder string, again bool, options VerifyOptions) (results.Verified, error) {
	v := results.Verified{Row: row, Points: options.Points, Top1: results.Absent, IoU: results.Absent, Again: results.Absent}
	item = onNetwork(item, row.StartPoint)
	on, err := e.open(ctx, nil, item)
	if err != nil {
		return v, err
	}
	defer on.release()
	f := on.Objective
	m, err := semmap.Load(filepath.Join(folder, filepath.FromSlash(row.MapFile)))
	if err != nil {
		return v, err
	}
	onMap, err := m.Objective()
	if err != nil {
		return v, err
	}
	if err := look(ctx, &v, f, onMap); err != nil || !again {
		return v, err
	}
	result, err := found(ctx, f, item)
	if err != nil {
		return v, err
	}
	if own := result.Runs[0].Bounds; own.Finite() {
		v.Again, v.IoU = fraction(result, 0), region.Bounds{A: row.A, B: row.B}.IoUIn(item.Of.Space, own)
	}
	return v, nil
}

// onNetwork returns the item with one start, on the network instead of a map.
func onNetwork(item plan.Item, start []float64) plan.Item {
	if item.Promise != nil {
		q := *item.Promise
		q.OnMap, q.Starts = nil, [][]float64{start}
		item.Promise = &q
		return item
	}
	q := *item.Grow
	q.OnMap, q.Starts = nil, [][]float64{start}
	item.Grow = &q
	return item
}

// look compares network and map at points of the region.
func look(ctx context.Context, v *results.Verified, f, onMap objective.Objective) error {
	points := inside(f.Space(), v.Row.A, v.Row.B, v.Points)
	values, mapped, right := make([]float64, len(points)), make([]float64, len(points)), make([]bool, len(points))
	answers, ok := f.(verify.Answerer)
	var err error
	if ok {
		err = answers.Top1(ctx, points, values, right)
	} else {
		err = f.Evaluate(ctx, points, values)
	}
	if err != nil {
		return err
	}
	if err := onMap.Evaluate(ctx, points, mapped); err != nil {
		return err
	}
	n := float64(len(points))
	if ok {
		v.Top1 = 0
	}
	for i := range points {
		v.OnNetwork += values[i] / n
		v.OnMap += mapped[i] / n
		v.Apart += math.Abs(values[i]-mapped[i]) / n
		if right[i] {
			v.Top1 += 1 / n
		}
	}
	return nil
}

// inside returns low-discrepancy points of a box, moved into the domain.
func inside(space objective.Space, a, b []float64, n int) [][]float64 {
	steps := goldenratio.Steps(len(space))
	points := make([][]float64, n)
	for i := range points {
		for k, axis := range space {
			_, t := math.Modf((float64(i) + 0.5) * steps[k])
			x := a[k] + t*(b[k]-a[k])
			if axis.Periodic {
				x = axis.Wrap(x)
			}
			points[i] = append(points[i], min(max(x, axis.Min), axis.Max))
		}
	}
	return points
}
