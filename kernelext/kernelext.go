// Package kernelext shows things in a GoNB notebook with one short call each:
//
//	kernelext.Show(f)                      // any figure: profile, bars, filmstrip …
//	kernelext.ShowMap(m, regions)          // a map, with regions over it
//	kernelext.ShowTrace(regions)           // bounds and loss against iterations
//	kernelext.ShowViews(title, views)      // a filmstrip with predictions
//	kernelext.ShowAnimation(a)             // a region growing, a turntable
//	kernelext.Table(headers, rows)         // a table, sorted by a click
//	p := kernelext.NewProgress()           // a progress bar
//	live := kernelext.NewLive()            // a picture replaced in place
//	ctx := kernelext.Context()             // ends when Stop is pressed
//	x := kernelext.Must(semrob.Load(name)) // or one readable message
//
// Every output carries all its forms in one MIME bundle: a picture or HTML,
// plain text, and for maps, profiles, traces and bars a Vega-Lite version that
// tells the values under the pointer where JupyterLab draws it. None needs
// anything from the network: it stays in the saved notebook, in nbconvert's
// HTML and in a headless run. Outside a notebook the same calls write plain
// text to standard output.
//
// This package links no renderer and no network, so that a cell which shows
// kept results starts quickly; what needs them (widgets, turntables, paths of
// views) is in kernelext/explore.
//
// A cell is a program that ends right after its last line, and what is then on
// its way to the kernel is lost; so every call here that shows something final
// waits until the kernel has it.
package kernelext

import (
	"fmt"
	"io"
	"os"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"
	"github.com/semrob/gonb-semrob/semrob/figure"
)

// output is where plain text goes outside a notebook.
var output io.Writer = os.Stdout

// Show shows f under the cell: image/png with the figure's width, its
// description as text/plain and as the picture's alternative text, and where it
// has one its Vega-Lite form. Outside a notebook it writes the description to
// standard output.
func Show(f figure.Figure) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Fprintln(output, f.Describe())
		return err
	}
	if err := front.SendFigure(f, nil, ""); err != nil {
		return err
	}
	return front.Flush()
}
