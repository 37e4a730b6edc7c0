package semrob

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// MapTable returns a table with a row for each map: its object, network and class,
// the mean, least and greatest f, the fraction of points with f > 0.5, and that of
// right answers, a dash for a map without answers.
func MapTable(maps ...*semmap.Map) *figure.Table {
	t := &figure.Table{Headers: []string{"object", "network", "class", "mean f", "least f", "greatest f", "f > 0.5 (%)", "right (%)"}}
	for _, m := range maps {
		object, network, class := madeOf(m)
		s := m.Stats()
		t.Rows = append(t.Rows, []any{object, network, class,
			decimals(s.Mean, 3), decimals(s.Min, 4), decimals(s.Max, 3), percent(m.Above(0.5)), percent(m.Right())})
	}
	return t
}

// AnswerTable returns a table with a row for each map: its object, network and class,
// the share of right answers, and what else was seen, most frequent first. Maps without
// answers are objective.ErrNoAnswers.
func AnswerTable(maps ...*semmap.Map) (*figure.Table, error) {
	t := &figure.Table{Headers: []string{"object", "network", "class", "right (%)", "taken for"}}
	for _, m := range maps {
		if err := m.CheckAnswers(); err != nil {
			return nil, err
		}
		object, network, class := madeOf(m)
		var wrong []string
		for _, s := range m.Said() {
			if !s.Right && len(wrong) < 3 {
				wrong = append(wrong, fmt.Sprintf("%s %.1f %%", s.Label, 100*s.Share))
			}
		}
		t.Rows = append(t.Rows, []any{object, network, class, percent(m.Right()), strings.Join(wrong, ", ")})
	}
	return t, nil
}

// MethodTable grows regions by all methods on maps and returns a table with a row for
// each map: its object and network, the mean of f (accuracy), and the SRVR of each
// method (robustness). options.Method is ignored.
func (l *Lab) MethodTable(ctx context.Context, options RegionOptions, maps ...*semmap.Map) (*figure.Table, error) {
	t := &figure.Table{Headers: []string{"object", "network", "mean f"}}
	for _, method := range region.Methods() {
		t.Headers = append(t.Headers, "SRVR "+method.Name()+" (%)")
	}
	for _, m := range maps {
		object, network, _ := madeOf(m)
		results, err := l.MethodsOnMap(ctx, m, options)
		if err != nil {
			return nil, err
		}
		row := []any{object, network, decimals(m.Stats().Mean, 3)}
		for _, r := range results {
			row = append(row, percent(r.SRVR()))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// MethodsOnMap is RegionsOnMap for several methods (none: region.Methods, all of
// them) with the same starts and settings. options.Method is ignored.
func (l *Lab) MethodsOnMap(ctx context.Context, m *semmap.Map, options RegionOptions, methods ...region.Method) ([]*region.Result, error) {
	if len(methods) == 0 {
		methods = region.Methods()
	}
	var results []*region.Result
	for _, options.Method = range methods {
		r, err := l.RegionsOnMap(ctx, m, options)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", options.Method.Name(), err)
		}
		results = append(results, r)
	}
	return results, nil
}

// RegionTable returns a table with a row for each region of results on a map: its
// method and start, its fraction of the domain, the mean of f at the points of the
// map inside it, and how its growth ended.
func RegionTable(m *semmap.Map, results ...*region.Result) *figure.Table {
	t := &figure.Table{Headers: []string{"method", "start", "domain (%)", "mean f inside", "steps", "end"}}
	for _, r := range results {
		for i, run := range r.Runs {
			one := *r
			one.Runs = r.Runs[i : i+1]
			t.Rows = append(t.Rows, []any{r.Method, startText(r.Space, run.Start), percent(r.Fraction(i)),
				decimals(m.StatsWithin(one.Contains).Mean, 2), run.Iterations, string(run.Status)})
		}
	}
	return t
}

// VerifyTable verifies the regions of results on the subject's network and returns a
// table with a row for each: its method and start, its fraction of the domain, the
// fraction of views that the network gets right with its lower bound, and the least f
// found. Regions that did not grow are not verified.
func (l *Lab) VerifyTable(ctx context.Context, s Subject, options verify.Options, results ...*region.Result) (*figure.Table, error) {
	options = options.WithDefaults()
	t := &figure.Table{Headers: []string{"method", "start", "domain (%)", "top-1 correct (%)",
		fmt.Sprintf("at least (%%), %g %% confidence", 100*options.Confidence), "least f"}}
	for _, r := range results {
		o := VerifyOptions{Space: r.Space, Options: options}
		for i, run := range r.Runs {
			row := []any{r.Method, startText(r.Space, run.Start), percent(r.Fraction(i)), math.NaN(), math.NaN(), math.NaN()}
			if run.Status != region.Vanished && run.Status != region.NotFinite {
				o.Regions = []region.Bounds{run.Bounds}
				reports, err := l.Verify(ctx, s, o)
				if err != nil {
					return nil, err
				}
				o.Seed++ // as in Verify of several regions
				row[3], row[4] = percent(reports[0].Top1.Estimate), percent(reports[0].Top1.Lower)
				row[5] = decimals(reports[0].Minimum.Value, 4)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t, nil
}

// madeOf returns the names in a map's record, "" if it has none.
func madeOf(m *semmap.Map) (object, network, class string) {
	if made, err := question.Parse(m.Meta); err == nil && made.Description != nil {
		return made.Mesh, made.Network, made.Label
	}
	return "", "", ""
}

// startText formats a start point as in "(130°, 30°)".
func startText(space objective.Space, start []float64) string {
	parts := make([]string, len(start))
	for k, x := range start {
		parts[k] = fmt.Sprintf("%.4g%s", x, space[k].Unit)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func decimals(v float64, n int) figure.Quantity { return figure.Quantity{Value: v, Decimals: n} }

func percent(fraction float64) figure.Quantity { return decimals(100*fraction, 1) }
