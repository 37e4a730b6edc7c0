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
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/semrob/figure"
)

func init() {
	// A picture's width stands in a map inside the metadata's map. The kernel
	// knows that type; unknown on this side, it would close the pipe.
	gob.Register(map[string]any{})
}

// output is where plain text goes outside a notebook.
var output io.Writer = os.Stdout

// bundle is one output in all its forms.
type bundle map[protocol.MIMEType]any

// Show shows f under the cell: image/png with the figure's width, its
// description as text/plain and as the picture's alternative text, and where it
// has one its Vega-Lite form. Outside a notebook it writes the description to
// standard output.
func Show(f figure.Figure) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Fprintln(output, f.Describe())
		return err
	}
	if err := showFigure(f, nil, ""); err != nil {
		return err
	}
	return flush()
}

// showFigure sends f to the kernel, to the display id where it is not empty.
func showFigure(f figure.Figure, o *figure.PNGOptions, id string) error {
	width, _, err := figure.Size(f)
	if err != nil {
		return err
	}
	var picture bytes.Buffer
	if err := figure.WritePNG(&picture, f, o); err != nil {
		return err
	}
	data := bundle{protocol.MIMEImagePNG: picture.Bytes(), protocol.MIMETextPlain: f.Describe()}
	if o == nil { // a frame that is soon replaced needs no second form
		if spec := figure.VegaLite(f); spec != "" {
			data[mimeVegaLite] = "data:application/json;base64," + base64.StdEncoding.EncodeToString([]byte(spec))
		}
	}
	return sendPicture(data, width, id)
}

// mimeVegaLite is the type that JupyterLab draws with its own copy of
// Vega-Lite. Nested values do not pass GoNB, and a string is taken for an
// address there: so the specification travels as a data address.
const mimeVegaLite protocol.MIMEType = "application/vnd.vegalite.v5+json"

// sendPicture sends a bundle with a PNG that is to be width CSS pixels wide,
// whatever the number of its own.
func sendPicture(data bundle, width int, id string) error {
	text, _ := data[protocol.MIMETextPlain].(string)
	return send(data, map[string]any{
		string(protocol.MIMEImagePNG): map[string]any{"width": width, "alt": firstLine(text)},
	}, id)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// send sends one output; one with a display id replaces the last with the same.
func send(data bundle, metadata map[string]any, id string) error {
	gonbui.SendData(&protocol.DisplayData{Data: data, Metadata: metadata, DisplayID: id})
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("sending an output to the notebook's kernel: %w; run the cell again", err)
	}
	return nil
}

// patience is how long the kernel may take to confirm what it was sent.
const patience = 20 * time.Second

// flush waits until the kernel has passed on everything sent so far.
func flush() error {
	if !gonbui.IsNotebook {
		return nil
	}
	done := make(chan struct{})
	go func() {
		gonbui.Sync()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
		return fmt.Errorf("the notebook's kernel has not confirmed an output within %v: it may be missing; run the cell again", patience)
	}
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("sending an output to the notebook's kernel: %w; run the cell again", err)
	}
	return nil
}
