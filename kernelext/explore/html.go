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

// widgetScript makes the widget where there is a live kernel, in the place of
// the static strip. Its last line is called with a page.
//
//go:embed widget.js
var widgetScript string

// page is what the script needs to know.
type page struct {
	ID      string   `json:"id"`
	Kernel  string   `json:"kernel"`
	Ask     string   `json:"ask"`
	Answers string   `json:"answers"`
	Title   string   `json:"title"`
	Label   string   `json:"label"` // of f
	Size    int      `json:"size"`  // of the view, in pixels
	Sliders []slider `json:"sliders"`
	Map     *mapPage `json:"map,omitempty"`
}

type mapPage struct {
	Picture string `json:"picture"` // a data address
	Alt     string `json:"alt"`
	figure.Placement
	Names [2]string  `json:"names"`
	Start [2]float64 `json:"start"`
}

// html returns the widget: the static strip, and the script that replaces it
// where the program of this very run answers.
func (w *widget) html() (string, error) {
	link := front.NewLink(w.id)
	p := page{
		ID: w.id, Kernel: front.KernelID(), Ask: link.Address(), Answers: link.Answers(),
		Title: w.lens.title, Label: "probability of " + w.lens.network.Label(w.lens.f.Objective.Class), Size: w.lens.size, Sliders: w.sliders,
	}
	strip, err := dataAddress(w.strip, 1)
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
	picture, err := dataAddress(w.over, 2)
	if err != nil {
		return nil, err
	}
	m := &mapPage{Picture: picture, Alt: w.over.Describe(), Placement: w.place, Names: w.axes}
	copy(m.Start[:], w.options.Map.Stats().MaxPoint)
	return m, nil
}

// dataAddress returns a figure as a PNG inside an address.
func dataAddress(f figure.Figure, scale int) (string, error) {
	var picture bytes.Buffer
	if err := figure.WritePNG(&picture, f, &figure.PNGOptions{Scale: scale}); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.Bytes()), nil
}
