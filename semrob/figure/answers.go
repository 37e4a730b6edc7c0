package figure

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// mostSaid is the number of wrong classes, and of right ones, with colours of their
// own on a map of answers.
var mostSaid = len(wrongColours)

// OfAnswers returns the map of a network's answers: the class that was first at each
// point of a semantic map with two axes. The most frequent classes have colours of
// their own, the right ones in green; the others are grey. A map without answers is
// objective.ErrNoAnswers, wrapped.
func OfAnswers(m *semmap.Map) (*Map, error) {
	f, err := OfMap(m)
	if err != nil {
		return nil, err
	}
	if err := m.CheckAnswers(); err != nil {
		return nil, fmt.Errorf("a map of answers: %w", err)
	}
	at, others := map[int]int{}, 0 // the category of each class
	add := func(right bool, most int) {
		for _, s := range m.Said() {
			switch {
			case s.Right != right:
			case most > 0:
				at[s.Class] = len(f.Categories)
				f.Categories = append(f.Categories, Category{Name: s.Label, Right: right})
				most--
			default:
				others++
			}
		}
	}
	add(true, len(rightColours))
	add(false, mostSaid)
	if others > 0 {
		name := fmt.Sprintf("%d others", others)
		if others == 1 {
			name = "another"
		}
		f.Categories = append(f.Categories, Category{Name: name, Other: true})
	}
	f.Z, f.Detail = make([][]float64, len(f.YS)), make([][]Detail, len(f.YS))
	for i := range f.Z {
		f.Z[i], f.Detail[i] = make([]float64, len(f.XS)), make([]Detail, len(f.XS))
		for j := range f.Z[i] {
			a := m.Answers[i*len(f.XS)+j]
			if !a.Known() {
				f.Z[i][j] = math.NaN()
				continue
			}
			k, ok := at[int(a.Top[0])]
			if !ok {
				k = len(f.Categories) - 1
			}
			f.Z[i][j] = float64(k)
			f.Detail[i][j] = Detail{Text: m.ClassLabel(int(a.Top[0])), Value: float64(a.P[0])}
		}
	}
	f.DetailNames = [2]string{"answer", "its probability"}
	f.Label = ""
	return f, nil
}

// OfDifference returns the difference of two maps of one grid with two axes, such as
// those of two networks of one object: f of a minus f of b, on a diverging scale. If
// both have answers, the points where only one is right are marked.
func OfDifference(a, b *semmap.Map) (*Map, error) {
	d, err := semmap.Difference(a, b)
	if err != nil {
		return nil, err
	}
	f, err := OfMap(d)
	if err != nil {
		return nil, err
	}
	first, second := subjectsOf(a, b)
	f.Title, f.Label = first+" minus "+second, "difference of f"
	f.Low, f.High, f.Diverging = -1, 1, true
	if a.Answered() == 0 || b.Answered() == 0 {
		return f, nil
	}
	only := [2]Mark{{Name: "only " + first + " is right"}, {Name: "only " + second + " is right"}}
	for i := range f.YS {
		var rows [2][]bool
		for j := range f.XS {
			x, y := a.Answers[i*len(f.XS)+j], b.Answers[i*len(f.XS)+j]
			both := x.Known() && y.Known()
			rows[0], rows[1] = append(rows[0], both && x.Right() && !y.Right()), append(rows[1], both && y.Right() && !x.Right())
		}
		only[0].Cells, only[1].Cells = append(only[0].Cells, rows[0]), append(only[1].Cells, rows[1])
	}
	f.Marks = only[:]
	return f, nil
}

// subjectsOf names two maps by what differs between them: the networks, or the objects
// too.
func subjectsOf(a, b *semmap.Map) (first, second string) {
	x, y := aboutOf(a), aboutOf(b)
	switch {
	case x.Network != y.Network && x.Network != "" && y.Network != "":
		return x.Network, y.Network
	case x.Mesh != y.Mesh:
		return x.Mesh, y.Mesh
	case x.Label != y.Label:
		return x.Label, y.Label
	case x.Preprocess != y.Preprocess:
		return x.Preprocess, y.Preprocess
	}
	return "the first", "the second"
}

// Detail is what is shown under the pointer for a cell, beside its coordinates.
type Detail struct {
	Text  string
	Value float64
}

// vegaData returns the values with what else is shown under the pointer.
func (m *Map) vegaData() any {
	var values []float64
	for _, row := range m.Z {
		values = append(values, row...)
	}
	plain := orNull(values)
	if len(m.Categories) == 0 && len(m.Marks) == 0 {
		return plain
	}
	rows := make([]object, 0, len(plain))
	for i, v := range plain {
		row, column := i/len(m.XS), i%len(m.XS)
		o := object{"data": v}
		if v != nil && len(m.Categories) > 0 {
			o["name"] = m.Categories[int(values[i])].Name
		}
		if m.Detail != nil && v != nil {
			o["text"], o["value"] = m.Detail[row][column].Text, rounded(math.Round(1e4*m.Detail[row][column].Value)/1e4)
		}
		if mark := m.markAt(row, column); mark >= 0 {
			o["mark"] = m.Marks[mark].Name
		}
		rows = append(rows, o)
	}
	return rows
}

// vegaColour returns the channel of the cells' colours.
func (m *Map) vegaColour(length float64, title string) object {
	switch {
	case len(m.Categories) > 0:
		var names, colours []string
		for i, c := range m.categoryColours() {
			names, colours = append(names, m.Categories[i].Name), append(colours, hexColour(c))
		}
		return object{"field": "name", "type": "nominal", "title": "answer", "sort": names,
			"scale": object{"domain": names, "range": colours}}
	case m.Diverging:
		return object{"field": "data", "type": "quantitative", "title": title, "legend": object{"gradientLength": length},
			"scale": object{"domain": []float64{m.Low, (m.Low + m.High) / 2, m.High}, "clamp": true,
				"range": []string{hexColour(divergingLow), hexColour(divergingMid), hexColour(divergingHigh)}}}
	}
	return object{"field": "data", "type": "quantitative", "title": title,
		"scale":  object{"scheme": "viridis", "domain": []float64{m.Low, m.High}, "clamp": true},
		"legend": object{"gradientLength": length}}
}

// vegaTips returns what is shown under the pointer.
func (m *Map) vegaTips(title string) []object {
	tips := tooltips([2]string{"u", axisTitle(m.X)}, [2]string{"v", axisTitle(m.Y)})
	switch {
	case m.Detail != nil:
		tips = append(tips, object{"field": "text", "title": m.DetailNames[0], "type": "nominal"})
		tips = append(tips, tooltips([2]string{"value", m.DetailNames[1]})...)
	case len(m.Categories) > 0:
		tips = append(tips, object{"field": "name", "title": "answer", "type": "nominal"})
	default:
		tips = append(tips, tooltips([2]string{"data", title})...)
	}
	if len(m.Marks) > 0 {
		tips = append(tips, object{"field": "mark", "title": "right", "type": "nominal"})
	}
	return tips
}

// vegaMarks draws a stroke in every marked cell.
func (m *Map) vegaMarks(cells object, tips []object) []object {
	if len(m.Marks) == 0 {
		return nil
	}
	var names []string
	for _, mark := range m.Marks {
		names = append(names, mark.Name)
	}
	// The cells' places, also across the end of a periodic axis, without their colours.
	transform := append(slices.Clone(cells["transform"].([]object)), object{"filter": "isValid(datum.mark)"})
	return []object{{
		"data": cells["data"], "transform": transform,
		"mark": object{"type": "point", "stroke": hexColour(ink), "strokeWidth": 1, "size": 20, "opacity": 1, "clip": true},
		"encoding": object{
			"x": object{"field": "u", "type": "quantitative"}, "y": object{"field": "v", "type": "quantitative"},
			"shape": object{"field": "mark", "type": "nominal", "title": nil, "legend": object{"orient": "top"},
				"scale": object{"domain": names, "range": []string{"M-1,1L1,-1", "M-1,-1L1,1"}[:len(names)]}},
			"tooltip": tips,
		},
	}}
}
