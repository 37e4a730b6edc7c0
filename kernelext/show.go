package kernelext

import (
	"bytes"
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/semrob/gonb-semrob/kernelext/internal/front"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// ShowMap shows a semantic map of one or two axes with the regions of results.
// figure.Of returns the same picture, to be changed before Show.
func ShowMap(m *semmap.Map, results ...*region.Result) error {
	f, err := figure.Of(m, results...)
	if err != nil {
		return err
	}
	return Show(f)
}

// ShowTrace shows the bounds and the loss of the results' runs against iterations.
func ShowTrace(results ...*region.Result) error {
	f, err := figure.TraceOf(results...)
	if err != nil {
		return err
	}
	return Show(f)
}

// ShowViews shows a filmstrip of views, such as those of semrob.Pictures, with the
// network's answers. axes are the coordinates of the views; none means azimuth and
// elevation.
func ShowViews(title string, views []figure.View, axes ...figure.Axis) error {
	if len(axes) == 0 {
		axes = []figure.Axis{figure.Azimuth(), figure.Elevation()}
	}
	return Show(&figure.Filmstrip{Title: title, Axes: axes, Views: views})
}

// ShowGrowth shows the regions of a result growing on a map of one or two axes, as an
// animation. The result needs a trace: region.Settings.TraceEvery.
func ShowGrowth(m *semmap.Map, r *region.Result) error {
	over, err := figure.Of(m)
	if err != nil {
		return err
	}
	_, _, width := over.Head()
	*width = 640
	a, err := figure.Growing(over, r, 0)
	if err != nil {
		return err
	}
	return ShowAnimation(a)
}

// ShowAnimation shows an animation as one self-contained picture, an animated PNG. It
// plays in every front end, in the saved notebook and in nbconvert's HTML.
func ShowAnimation(a *figure.Animation) error {
	width, _, err := a.Size()
	if err != nil {
		return err
	}
	if !gonbui.IsNotebook {
		_, err := fmt.Println(a.Describe())
		return err
	}
	var picture bytes.Buffer
	if err := a.WritePNG(&picture, nil); err != nil {
		return err
	}
	data := front.Bundle{protocol.MIMEImagePNG: picture.Bytes(), protocol.MIMETextPlain: a.Describe()}
	if err := front.SendPicture(data, width, ""); err != nil {
		return err
	}
	return front.Flush()
}
