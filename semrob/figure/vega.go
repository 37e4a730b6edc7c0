package figure

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// vegaSchema is the version of Vega-Lite that JupyterLab supports.
const vegaSchema = "https://vega.github.io/schema/vega-lite/v5.json"

// vegaLimit is the largest number of values that browsers redraw without delay.
const vegaLimit = 20_000

// object is a JSON object.
type object = map[string]any

// VegaLite returns f as a Vega-Lite v5 specification in JSON that includes the
// data: an interactive figure with values under the pointer. It returns "" if f
// has no such form: a Filmstrip, a Map with views or contours, a figure with too
// many points, and invalid figures.
func VegaLite(f Figure) string {
	spec := f.vega()
	if spec == nil {
		return ""
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return ""
	}
	return string(text)
}

// vegaCard adds the parts of all specifications: white background and dark text in
// any theme.
func vegaCard(title, subtitle string, body object) object {
	body["$schema"] = vegaSchema
	body["background"] = "white"
	body["padding"] = margin
	body["config"] = object{
		"font":   "Liberation Sans, Arial, sans-serif",
		"axis":   object{"domainColor": hexColour(ink), "tickColor": hexColour(ink), "labelColor": hexColour(ink), "titleColor": hexColour(ink), "titleFontWeight": "normal", "labelFontSize": tickSize, "titleFontSize": labelSize, "grid": false},
		"legend": object{"labelColor": hexColour(ink), "titleColor": hexColour(ink), "titleFontWeight": "normal", "labelFontSize": labelSize, "titleFontSize": labelSize, "symbolSize": 200, "labelLimit": 400, "titleLimit": 400},
		"view":   object{"stroke": hexColour(ink)},
	}
	if title != "" {
		head := object{"text": title, "anchor": "start", "color": hexColour(ink), "fontSize": titleSize}
		if subtitle != "" {
			head["subtitle"], head["subtitleColor"] = subtitle, hexColour(softInk)
		}
		body["title"] = head
	}
	return body
}

func hexColour(c interface{ RGBA() (r, g, b, a uint32) }) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// vegaAxis returns the channel of an axis for a field.
func vegaAxis(a Axis, field string) object {
	at, decimals := ticks(a.Min, a.Max, a.Unit, 9)
	return object{"field": field, "type": "quantitative", "title": axisTitle(a),
		"scale": object{"domain": []float64{a.Min, a.Max}, "nice": false, "zero": false},
		"axis":  object{"values": at, "format": fmt.Sprintf(".%df", decimals)}}
}

// tooltips names the fields shown under the pointer.
func tooltips(fields ...[2]string) []object {
	var tips []object
	for _, f := range fields {
		tips = append(tips, object{"field": f[0], "title": f[1], "format": ".4~g", "type": "quantitative"})
	}
	return tips
}

// orNull prepares numbers for JSON: rounded to five decimals or five digits,
// whichever is more precise, and null if not finite.
func orNull(values []float64) []any {
	out := make([]any, len(values))
	for i, v := range values {
		if isFinite(v) {
			out[i] = rounded(v)
		}
	}
	return out
}

func rounded(v float64) float64 {
	if v == 0 {
		return 0
	}
	decimals := max(5, 4-int(math.Floor(math.Log10(math.Abs(v)))))
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', decimals, 64), 64)
	if err != nil {
		return v
	}
	return r
}

func (m *Map) vega() object {
	c, err := m.check()
	if err != nil || len(m.Views) > 0 || len(m.Levels) > 0 || len(c.XS)*len(c.YS) > vegaLimit {
		return nil
	}
	p := c.arrange()
	title := cmp.Or(c.Label, "f")
	cells := object{
		"data":      object{"values": c.vegaData()},
		"transform": c.vegaCells(),
		"mark":      object{"type": "rect", "clip": true},
		"encoding": object{
			"x": vegaAxis(c.X, "x"), "x2": object{"field": "x2"}, "y": vegaAxis(c.Y, "y"), "y2": object{"field": "y2"},
			"color":   c.vegaColour(p.box.h-20, title),
			"tooltip": c.vegaTips(title),
		},
	}
	return vegaCard(c.Title, c.Subtitle, object{
		"width": p.box.w, "height": p.box.h, "layer": slices.Concat([]object{cells}, c.vegaMarks(cells, c.vegaTips(title)), c.vegaRegions()),
	})
}

// vegaCells places the values, which are bare and row by row to keep the text
// short: cell i, j reaches half way to its neighbours, also across the end of a
// periodic axis.
func (m *Map) vegaCells() []object {
	transform := []object{
		{"window": []object{{"op": "row_number", "as": "n"}}},
		{"calculate": fmt.Sprintf("(datum.n-1)%%%d", len(m.XS)), "as": "i"},
		{"calculate": fmt.Sprintf("floor((datum.n-1)/%d)", len(m.XS)), "as": "j"},
		{"filter": "isValid(datum.data)"},
	}
	for _, k := range []struct {
		axis         Axis
		grid         []float64
		index        string
		at, from, to string
	}{{m.X, m.XS, "i", "u", "x", "x2"}, {m.Y, m.YS, "j", "v", "y", "y2"}} {
		lower, upper := edges(k.grid, k.axis)
		turn := "0"
		if k.axis.Periodic {
			turn = "datum.turn" + k.index
			period := k.axis.Width()
			transform = append(transform,
				object{"calculate": fmt.Sprintf("[%g,0,%g]", -period, period), "as": "turn" + k.index},
				object{"flatten": []string{"turn" + k.index}})
		}
		for _, f := range []struct {
			values []float64
			shift  string
			as     string
		}{{k.grid, "0", k.at}, {lower, turn, k.from}, {overlapping(lower, upper), turn, k.to}} {
			list, _ := json.Marshal(orNull(f.values))
			transform = append(transform, object{"calculate": fmt.Sprintf("%s[datum.%s]+%s", list, k.index, f.shift), "as": f.as})
		}
		transform = append(transform, object{"filter": fmt.Sprintf("datum.%s<%g&&datum.%s>%g", k.from, k.axis.Max, k.to, k.axis.Min)})
	}
	return transform
}

// edges returns the lower and upper edges of the cells of a grid, as in raster.
func edges(grid []float64, a Axis) (lower, upper []float64) {
	n := len(grid)
	below, above := outerHalves(grid)
	if n == 1 {
		return []float64{a.Min}, []float64{a.Max}
	}
	above *= 2 // see nearestCell
	if around := grid[0] + a.Max - a.Min - grid[n-1]; a.Periodic {
		// Across the end, the overlap of both cells belongs to the nearer.
		below, above = min(below, max(around/2, around-above)), min(above, max(around/2, around-below))
	}
	for i, v := range grid {
		if i == 0 {
			lower = append(lower, v-below)
		} else {
			lower = append(lower, (grid[i-1]+v)/2)
		}
		if i == n-1 {
			upper = append(upper, v+above)
		} else {
			upper = append(upper, (v+grid[i+1])/2)
		}
	}
	return lower, upper
}

// overlapping extends each cell slightly below the next one, which is drawn over
// it: browsers leave faint lines between adjacent cells.
func overlapping(lower, upper []float64) []float64 {
	out := make([]float64, len(upper))
	for i := range upper {
		out[i] = upper[i] + 0.04*(upper[i]-lower[i])
	}
	return out
}

// vegaRegions draws outlines with halos, and starts.
func (m *Map) vegaRegions() []object {
	lookOf, markerOf, _, _ := m.looks()
	var boxes, starts []object
	var names, colours []string
	var dashes [][]float64
	for i, r := range m.Regions {
		name := cmp.Or(r.Method, "region")
		if markerOf[i] >= 0 {
			name += " from " + m.startLabel(r)
			starts = append(starts, object{"x": wrap(m.X, r.Start[0]), "y": wrap(m.Y, r.Start[1]), "name": name})
		}
		names, colours = append(names, name), append(colours, hexColour(look(lookOf[i]).color))
		dashes = append(dashes, nonNil(r.look(lookOf[i]).dash))
		if !r.whole() {
			continue
		}
		bounds := fmt.Sprintf("%s, %s", axisRange(m.X, r.A[0], r.B[0]), axisRange(m.Y, r.A[1], r.B[1]))
		for _, px := range pieces(m.X, r.A[0], r.B[0]) {
			for _, py := range pieces(m.Y, r.A[1], r.B[1]) {
				boxes = append(boxes, object{"x": px.from, "x2": px.to, "y": py.from, "y2": py.to, "name": name, "bounds": bounds})
			}
		}
	}
	place := func(more object) object {
		e := object{"x": object{"field": "x", "type": "quantitative"}, "y": object{"field": "y", "type": "quantitative"}}
		maps.Copy(e, more)
		return e
	}
	var layers []object
	if len(boxes) > 0 {
		data, ends := object{"values": boxes}, object{"x2": object{"field": "x2"}, "y2": object{"field": "y2"}}
		outline := object{"x2": ends["x2"], "y2": ends["y2"],
			"stroke": object{"field": "name", "type": "nominal", "title": nil, "scale": object{"domain": names, "range": colours},
				"legend": object{"orient": "top", "columns": 2}},
			"strokeDash": object{"field": "name", "type": "nominal", "title": nil, "scale": object{"domain": names, "range": dashes}},
			"tooltip":    []object{{"field": "name", "title": "region", "type": "nominal"}, {"field": "bounds", "title": "bounds", "type": "nominal"}},
		}
		layers = append(layers,
			object{"data": data, "mark": object{"type": "rect", "filled": false, "stroke": "white", "strokeWidth": 6, "clip": true}, "encoding": place(ends)},
			object{"data": data, "mark": object{"type": "rect", "filled": false, "strokeWidth": 2.2, "clip": true}, "encoding": place(outline)})
	}
	if len(starts) > 0 {
		layers = append(layers, object{"data": object{"values": starts},
			"mark":     object{"type": "point", "filled": true, "fill": "white", "stroke": hexColour(ink), "strokeWidth": 2, "size": 90, "opacity": 1},
			"encoding": place(object{"tooltip": []object{{"field": "name", "title": "start", "type": "nominal"}}})})
	}
	return layers
}

func nonNil(dash []float64) []float64 {
	if dash == nil {
		return []float64{1, 0}
	}
	return dash
}
