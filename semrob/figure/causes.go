package figure

import (
	"fmt"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/sensitivity"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// SensitivityOf shows the first-order and total indices of f, and of being right if
// that is known, in percent of the variance: the factor with the most first.
func SensitivityOf(r *sensitivity.Result) (*Bars, error) {
	b := &Bars{
		Title: "What the variance comes from", Label: "share of the variance", Unit: "%",
		Subtitle: fmt.Sprintf("alone and together with others; intervals at %g %% from %d replicates", 100*r.Settings.Confidence, r.Settings.Replicates),
	}
	for _, i := range r.Order() {
		b.Groups = append(b.Groups, r.Factors[i].Name)
	}
	add := func(v *sensitivity.Variance, what string) {
		if v == nil || v.Indices == nil {
			return
		}
		alone, together := BarSeries{Name: what + ", alone"}, BarSeries{Name: what + ", together with others"}
		for _, i := range r.Order() {
			for _, c := range []struct {
				to *BarSeries
				e  sensitivity.Estimate
			}{{&alone, v.Indices[i].First}, {&together, v.Indices[i].Total}} {
				c.to.Add(100*c.e.Value, 100*c.e.Lower, 100*c.e.Upper)
			}
		}
		b.Series = append(b.Series, alone, together)
	}
	add(&r.F, "f")
	add(r.Right, "being right")
	if b.Series == nil {
		return nil, fmt.Errorf("drawing sensitivities: f is %.3g at every point that was looked at: there is no variance to explain", r.F.Mean)
	}
	return b, nil
}

// ConservedOf shows the share of right views that stay right when one factor moves.
func ConservedOf(r *sensitivity.Result) (*Bars, error) {
	if r.Conserved == nil {
		return nil, fmt.Errorf("drawing what stays right: no view was right, or right is not known: give a threshold for f")
	}
	b := &Bars{
		Title: "What stays right when one factor moves", Label: "right views that stay right", Unit: "%", High: 100, Series: make([]BarSeries, 1),
		Subtitle: fmt.Sprintf("of %d right views; the factor moves to a value drawn from its whole range; intervals at %g %%", r.Conserved[0].Right, 100*r.Settings.Confidence),
	}
	for _, i := range r.Order() {
		b.Groups = append(b.Groups, r.Factors[i].Name)
		c := r.Conserved[i].Share
		b.Series[0].Add(100*c.Value, 100*c.Lower, 100*c.Upper)
	}
	return b, nil
}

// SensitivityTable has the indices in percent of the variance, and the share of right
// views that stay right.
func SensitivityTable(r *sensitivity.Result) *Table {
	t := &Table{Headers: []string{"factor"}}
	percent := func(e sensitivity.Estimate) Quantity {
		return Quantity{Value: 100 * e.Value, Lower: 100 * e.Lower, Upper: 100 * e.Upper}
	}
	var columns []func(i int) any
	column := func(header string, cell func(i int) any) {
		t.Headers, columns = append(t.Headers, header), append(columns, cell)
	}
	for _, v := range []struct {
		of   *sensitivity.Variance
		name string
	}{{&r.F, "f"}, {r.Right, "right"}} {
		if v.of == nil || v.of.Indices == nil {
			continue
		}
		column(v.name+" alone, %", func(i int) any { return percent(v.of.Indices[i].First) })
		column(v.name+" with others, %", func(i int) any { return percent(v.of.Indices[i].Total) })
		if v.of.Indices[0].Bound != nil {
			column("at most by gradients, %", func(i int) any { return percent(*v.of.Indices[i].Bound) })
		}
	}
	if r.Conserved != nil {
		column("stays right, %", func(i int) any { return percent(r.Conserved[i].Share) })
	}
	for _, i := range r.Order() {
		row := []any{r.Factors[i].Name}
		for _, cell := range columns {
			row = append(row, cell(i))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// SliceTable has the rules of failure slices and what fresh views say of them.
func SliceTable(r *slice.Result) *Table {
	t := &Table{Headers: []string{"slice", "right, %", "of all views, %", "of the failures, %", "confirmed"}}
	percent := func(c slice.Count) Quantity {
		return Quantity{Value: 100 * c.Share, Lower: 100 * c.Lower, Upper: 100 * c.Upper}
	}
	for _, s := range r.Slices {
		confirmed := "no"
		if s.Confirmed {
			confirmed = "yes"
		}
		t.Rows = append(t.Rows, []any{s.Rule, percent(s.Right), Quantity{Value: 100 * s.Volume, Decimals: 1}, percent(s.Failures), confirmed})
	}
	t.Rows = append(t.Rows, []any{"all views", percent(r.Right), Quantity{Value: 100, Decimals: 1}, nil, nil})
	return t
}

// SlicesOn draws failure slices with conditions on the axes of a map as regions of it;
// the others are left out. Confirmed ones are solid, others finely dashed.
func (m *Map) SlicesOn(r *slice.Result) error {
	i, k := r.Space.Index(m.X.Name), r.Space.Index(m.Y.Name)
	if i < 0 || k < 0 {
		return fmt.Errorf("drawing slices of %s on a map of %s: they do not have its axes", axesText(r.Space), axesText([]Axis{m.X, m.Y}))
	}
	for n, s := range r.Slices {
		flat := true
		for j, axis := range r.Space {
			flat = flat && (j == i || j == k || s.Bounds.B[j]-s.Bounds.A[j] >= axis.Width())
		}
		if !flat {
			continue
		}
		proof := UnprovedPromise
		if s.Confirmed {
			proof = ProvedPromise
		}
		m.Regions = append(m.Regions, Region{
			Method: fmt.Sprintf("slice %d", n+1), Proof: proof,
			Box: Box{A: []float64{s.Bounds.A[i], s.Bounds.A[k]}, B: []float64{s.Bounds.B[i], s.Bounds.B[k]}},
		})
	}
	return nil
}

// SliceViews shows views of failure slices, a row for each: views has the same number
// of views for each slice, in the order of the slices.
func SliceViews(r *slice.Result, views []View) (*Filmstrip, error) {
	if len(r.Slices) == 0 || len(views) == 0 || len(views)%len(r.Slices) != 0 {
		return nil, fmt.Errorf("drawing slices: %d views of %d slices: give each slice the same number", len(views), len(r.Slices))
	}
	f := &Filmstrip{
		Title: "Failure slices", Columns: len(views) / len(r.Slices),
		Subtitle: fmt.Sprintf("fresh views of each; of all views %s are right", r.Right),
	}
	for n, s := range r.Slices {
		f.Rows = append(f.Rows, fmt.Sprintf("%d. %s", n+1, s))
	}
	for _, v := range views {
		v.Caption, v.At = shortPlace(r.Space, v.At), nil
		f.Views = append(f.Views, v)
	}
	return f, nil
}

// shortPlace is a place of up to three axes with their names, of more without: many
// numbers do not fit below a view.
func shortPlace(axes []Axis, at []float64) string {
	var parts []string
	for k, a := range axes {
		text := axisValue(Axis{Unit: a.Unit, Min: a.Min, Max: a.Max}, at[k])
		if len(axes) <= 3 {
			text = a.Name + " " + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// DistributionViews shows samples of a distribution of bad views in one row, and the
// lowest single views in another; either may be empty.
func DistributionViews(d *worst.Distribution, samples, single []View) *Filmstrip {
	f := &Filmstrip{Title: "A distribution of bad views", Columns: max(len(samples), len(single), 1)}
	if a := d.Fresh.Accuracy; a != nil {
		f.Subtitle = fmt.Sprintf("%d fresh samples are right in %.0f %% [%.0f, %.0f]", len(d.Fresh.Points), 100*a.Value, 100*a.Lower, 100*a.Upper)
		if u := d.Uniform.Accuracy; u != nil {
			f.Subtitle += fmt.Sprintf(", uniform views in %.0f %% [%.0f, %.0f]", 100*u.Value, 100*u.Lower, 100*u.Upper)
		}
	}
	for _, row := range []struct {
		heading string
		views   []View
	}{{"Fresh samples", samples}, {"The lowest single views", single}} {
		if len(row.views) == 0 {
			continue
		}
		f.Rows = append(f.Rows, row.heading)
		for _, v := range row.views {
			v.Caption, v.At = shortPlace(d.Space, v.At), nil
			f.Views = append(f.Views, v)
		}
	}
	return f
}
