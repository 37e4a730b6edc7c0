// Package kernelext shows things in a GoNB notebook with one short call each:
//
//	kernelext.Show(m)                      // a figure
//	kernelext.Table(headers, rows)         // a table
//	p := kernelext.NewProgress()           // a progress bar
//	live := kernelext.NewLive()            // a picture replaced in place
//	ctx := kernelext.Context()             // ends when Stop is pressed
//	x := kernelext.Must(semrob.Load(name)) // or one readable message
//
// Every output carries all its forms in one MIME bundle, a picture or HTML and
// plain text, with no script and no style from the network: it stays in the
// saved notebook, in nbconvert's HTML and in a headless run. Outside a
// notebook the same calls write plain text to standard output.
//
// A cell is a program that ends right after its last line, and what is then on
// its way to the kernel is lost; so every call here that shows something final
// waits until the kernel has it.
package kernelext

import (
	"bytes"
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

// Show shows f under the cell: image/png with the figure's width and its
// description as text/plain and as the picture's alternative text. Outside a
// notebook it writes the description to standard output.
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
	text := f.Describe()
	return send(bundle{
		protocol.MIMEImagePNG:  picture.Bytes(),
		protocol.MIMETextPlain: text,
	}, map[string]any{
		// The PNG has twice as many pixels as it is meant to be wide.
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
