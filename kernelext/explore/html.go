package explore

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"
	"github.com/semrob/gonb-semrob/semrob/figure"
)

// widgetScript replaces the static strip by the widget if there is a live kernel. It
// is a function that is called with a page.
//
//go:embed widget.js
var widgetScript string

// page is the argument of the script.
type page struct {
	ID      string   `json:"id"`
	Kernel  string   `json:"kernel"`
	Ask     string   `json:"ask"`
	Answers string   `json:"answers"`
	Title   string   `json:"title"`
	Label   string   `json:"label"` // of f
	Size    int      `json:"size"`  // width and height of the view, in pixels
	Sliders []slider `json:"sliders"`
	Map     *mapPage `json:"map,omitempty"`
}

type mapPage struct {
	Picture string `json:"picture"` // a data URL
	Alt     string `json:"alt"`
	figure.Placement
	X, Y  axisPage   // as the script reads them, not as axes are written to files
	Names [2]string  `json:"names"`
	Start [2]float64 `json:"start"`
}

// axisPage is an axis of the map.
type axisPage struct {
	Unit     string
	Min, Max float64
	Periodic bool
}

func newAxisPage(a figure.Axis) axisPage { return axisPage{a.Unit, a.Min, a.Max, a.Periodic} }

// html returns the widget: the static strip, and the script that replaces it if the
// program of this run answers.
func (w *widget) html() (string, error) {
	link := front.NewLink(w.id)
	p := page{
		ID: w.id, Kernel: front.KernelID(), Ask: link.Address(), Answers: link.Answers(),
		Title: w.lens.title, Label: "probability of " + w.lens.f.Label, Size: w.lens.size, Sliders: w.sliders,
	}
	strip, err := dataURL(w.strip, 1)
	if err != nil {
		return "", err
	}
	if w.over != nil {
		if p.Map, err = w.mapPage(); err != nil {
			return "", err
		}
	}
	about, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("describing a widget: %w", err)
	}
	width, _, err := figure.Size(w.strip)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`<div id="%s"><img src="%s" alt="%s" style="width:%dpx;max-width:100%%"></div>`+"\n<script>\n%s(%s);\n</script>",
		w.id, strip, html.EscapeString(w.strip.Describe()), width, strings.TrimRight(widgetScript, "\n"), about), nil
}

func (w *widget) mapPage() (*mapPage, error) {
	picture, err := dataURL(w.over, 2)
	if err != nil {
		return nil, err
	}
	m := &mapPage{
		Picture: picture, Alt: w.over.Describe(), Names: w.axes,
		Placement: w.place, X: newAxisPage(w.place.X), Y: newAxisPage(w.place.Y),
	}
	copy(m.Start[:], w.options.Map.Stats().MaxPoint)
	return m, nil
}

// dataURL returns a figure as a data URL of a PNG.
func dataURL(f figure.Figure, scale int) (string, error) {
	var picture bytes.Buffer
	if err := figure.WritePNG(&picture, f, &figure.PNGOptions{Scale: scale}); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.Bytes()), nil
}
