// Package front sends outputs to the front end of a GoNB notebook, and exchanges
// messages between a widget and its program.
package front

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"fmt"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/semrob/figure"
)

func init() {
	// A picture's width is in a map in the metadata's map. The kernel has registered
	// this type; if it were not registered here, the pipe would be closed.
	gob.Register(map[string]any{})
}

// Bundle is one output in several formats.
type Bundle map[protocol.MIMEType]any

// SendFigure sends f to the kernel, to the display id if it is not empty.
func SendFigure(f figure.Figure, o *figure.PNGOptions, id string) error {
	width, _, err := figure.Size(f)
	if err != nil {
		return err
	}
	var picture bytes.Buffer
	if err := figure.WritePNG(&picture, f, o); err != nil {
		return err
	}
	data := Bundle{protocol.MIMEImagePNG: picture.Bytes(), protocol.MIMETextPlain: f.Describe()}
	if o == nil { // a frame that is soon replaced needs no second format
		if spec := figure.VegaLite(f); spec != "" {
			data[MIMEVegaLite] = "data:application/json;base64," + base64.StdEncoding.EncodeToString([]byte(spec))
		}
	}
	return SendPicture(data, width, id)
}

// MIMEVegaLite is the type that JupyterLab draws with its own copy of Vega-Lite.
// GoNB cannot pass nested values, and JupyterLab interprets a string as a URL, so
// the specification is a data URL.
const MIMEVegaLite protocol.MIMEType = "application/vnd.vegalite.v5+json"

// SendPicture sends a bundle with a PNG to be shown width CSS pixels wide.
func SendPicture(data Bundle, width int, id string) error {
	text, _ := data[protocol.MIMETextPlain].(string)
	return Send(data, map[string]any{
		string(protocol.MIMEImagePNG): map[string]any{"width": width, "alt": firstLine(text)},
	}, id)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// Send sends one output; it replaces the previous output with the same display id.
func Send(data Bundle, metadata map[string]any, id string) error {
	gonbui.SendData(&protocol.DisplayData{Data: data, Metadata: metadata, DisplayID: id})
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("sending an output to the notebook's kernel: %w; run the cell again", err)
	}
	return nil
}

// patience is how long the kernel may take to confirm an output.
const patience = 20 * time.Second

// Flush waits until the kernel has forwarded everything sent so far.
func Flush() error {
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
