// Package kernelext shows things in a GoNB notebook with one short call each:
//
//	kernelext.Show(f)                           // any figure: profile, bars, filmstrip …
//	kernelext.ShowMap(m, regions)               // a map, with regions over it
//	kernelext.ShowTrace(regions)                // bounds and loss against iterations
//	kernelext.ShowViews(title, views)           // a filmstrip with predictions
//	kernelext.ShowAnimation(a)                  // a region growing, a turntable
//	kernelext.ShowTable(t)                      // a table, sorted by a click
//	p := kernelext.NewProgress()                // a progress bar
//	live := kernelext.NewLive()                 // a picture replaced in place
//	ctx := kernelext.Context()                  // ends when Stop is pressed
//	m := kernelext.Must(lab.Map(ctx, s, o))     // or one readable error
//
// Every output is one MIME bundle: a picture or HTML, plain text, and for maps,
// profiles, traces and bars a Vega-Lite version, with which JupyterLab shows the
// values under the pointer. Nothing is loaded over the network, so outputs stay
// complete in the saved notebook, in nbconvert's HTML and in a headless run. Outside
// a notebook the same calls write plain text to standard output.
//
// This package links no renderer and no network, so cells that show kept results
// start quickly. Widgets, turntables and paths of views are in kernelext/explore.
//
// A cell is a program that ends after its last line, and outputs that have not
// reached the kernel by then are lost. So every call that shows something final
// waits for the kernel.
package kernelext

import (
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"
	"github.com/semrob/gonb-semrob/semrob/figure"
)

// Show shows f under the cell: image/png with the figure's width, its description as
// text/plain and as alternative text, and its Vega-Lite form if it has one. Outside
// a notebook it writes the description to standard output.
func Show(f figure.Figure) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Println(f.Describe())
		return err
	}
	if err := front.SendFigure(f, nil, ""); err != nil {
		return err
	}
	return front.Flush()
}
