package onnx

import "github.com/semrob/gonb-semrob/internal/enum"

// Options are what a model's file does not say. The zero value leaves everything
// to the file.
type Options struct {
	// Layout of the images; "" finds it from the position of the three channels.
	Layout Layout
	// InputSize is the height and width of the images; 0 is the model's own. It
	// is required if the model takes images of any size.
	InputSize int
	// Output is what the model returns, or the name of one of its outputs; "" means
	// logits, those before the softmax if the model ends in one.
	Output Output
}

// Layout is the order of the axes of a model's images. "" finds it from the file.
type Layout string

const (
	// NCHW is [image, channel, height, width].
	NCHW Layout = "nchw"
	// NHWC is [image, height, width, channel].
	NHWC Layout = "nhwc"
)

// Layouts are the layouts by name.
var Layouts = enum.Of("layout", NCHW, NHWC)

// UnmarshalText reads the name of a layout.
func (l *Layout) UnmarshalText(text []byte) error { return unmarshal(Layouts, l, text) }

// MarshalText returns the name.
func (l Layout) MarshalText() ([]byte, error) { return []byte(l), nil }

// Output is what a network returns. "" finds it from the file; any other text is
// the name of an output of an ONNX model.
type Output string

const (
	// Logits are scores before the softmax.
	Logits Output = "logits"
	// Probabilities are the result of the softmax.
	Probabilities Output = "probabilities"
)

// Outputs are the outputs by name.
var Outputs = enum.Of("output", Logits, Probabilities)

// UnmarshalText reads the name of an output. It never fails: names other than those
// of Outputs are names of outputs of ONNX models.
func (o *Output) UnmarshalText(text []byte) error {
	*o = Output(text)
	if known, err := Outputs.Parse(string(text)); err == nil && len(text) > 0 {
		*o = known
	}
	return nil
}

// MarshalText returns the name.
func (o Output) MarshalText() ([]byte, error) { return []byte(o), nil }

// unmarshal reads a name; "" stays "", which is found from the file.
func unmarshal[T ~string](values enum.Set[T], into *T, text []byte) error {
	if len(text) == 0 {
		*into = ""
		return nil
	}
	return values.Unmarshal(into, text)
}

// normal returns the options with their names checked and in lower case.
func (o Options) normal() (Options, error) {
	if err := o.Layout.UnmarshalText([]byte(o.Layout)); err != nil {
		return o, err
	}
	return o, o.Output.UnmarshalText([]byte(o.Output))
}
