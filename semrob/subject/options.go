package subject

import (
	"encoding"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/classset"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// Part is a part of a Subject with options.
type Part int

const (
	// OfNetwork has the options of networks, also keys of a network in plans.
	OfNetwork Part = iota
	// OfLook has the options of the look, also keys of look in plans.
	OfLook
	// OfGradients has the options of the gradient used by white-box methods.
	OfGradients
)

// Option is an option of a Subject. Flags, keys of plans and help follow from it.
type Option struct {
	// Name is the name of the flag.
	Name string
	Part Part
	// Usage explains the option on one line of help.
	Usage string
	// Default is the default as text, for help; "" if there is none.
	Default string
	// File marks options whose value is the path of a file.
	File bool
	// Switch marks options that are true or false.
	Switch bool
	// Repeated marks options that may be given several times: a list in plans.
	Repeated bool
	// Set sets the option from text.
	Set func(s *Subject, text string) error
}

// Key returns the option's key in plans: Name, in the plural if Repeated.
func (o Option) Key() string {
	if o.Repeated {
		return o.Name + "s"
	}
	return o.Name
}

// Options are the options of a Subject, apart from mesh, network, class and semantic
// parameters. To add one, add a field to Subject, a row here, and use it where
// networks are opened or pictures rendered.
var Options = []Option{
	{
		Name: "architecture", Part: OfNetwork, Usage: "architecture of a file of weights that fits more than one, such as resnet50",
		Set: textOf(func(s *Subject) *string { return &s.Open.Architecture }),
	}, {
		Name: "labels", Part: OfNetwork, File: true, Usage: "`file` with the labels of the classes (default: those of the weights, or ImageNet's)",
		Set: textOf(func(s *Subject) *string { return &s.Open.Labels }),
	}, {
		Name: "prompt", Part: OfNetwork, Usage: "text of a zero-shot network's class, with {} for its label (default \"" + network.DefaultPrompt + "\")",
		Set: textOf(func(s *Subject) *string { return &s.Open.Prompt }),
	}, {
		Name: "layout", Part: OfNetwork, Usage: "layout of an ONNX model's or a server's images if it is not clear: " + network.Layouts.String(),
		Set: valueOf(func(s *Subject) encoding.TextUnmarshaler { return &s.Open.Layout }),
	}, {
		Name: "output", Part: OfNetwork, Usage: "what the network returns: logits, probabilities, or the name of an output",
		Set: valueOf(func(s *Subject) encoding.TextUnmarshaler { return &s.Open.Output }),
	}, {
		Name: "input-size", Part: OfNetwork, Usage: "height and width of the network's images in `pixels` (default: its own)",
		Set: func(s *Subject, text string) error {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is not a number of pixels", text)
			}
			s.Open.InputSize = n
			return nil
		},
	}, {
		Name: "preprocess", Part: OfNetwork, Default: string(network.Standard),
		Usage: "standard, raw (as in the paper), " + strings.Join(network.Normalisations(), ", ") + ", or mean=R,G,B;std=R,G,B",
		Set:   valueOf(func(s *Subject) encoding.TextUnmarshaler { return &s.Preprocess }),
	}, {
		Name: "precision", Part: OfNetwork, Default: string(network.Float32),
		Usage: network.Precisions.String() + ": the type that the network computes in",
		Set:   valueOf(func(s *Subject) encoding.TextUnmarshaler { return &s.Precision }),
	}, {
		Name: "class-sets", Part: OfNetwork,
		Usage: fmt.Sprintf("sets of classes for @name: %s, %s, or a `file` (default: both)", classset.Paper, classset.Entry),
		Set:   textOf(func(s *Subject) *string { return &s.ClassSets }),
	}, {
		Name: "accept", Part: OfNetwork, Default: string(AcceptClass),
		Usage: Accepts.String() + ": right is the class, or any class of the set that contains it",
		Set:   valueOf(func(s *Subject) encoding.TextUnmarshaler { return &s.Accept }),
	}, {
		Name: "mesh-root", Part: OfLook, File: true, Usage: "`folder` that contains the mesh and its textures, if they lie in several folders",
		Set: textOf(func(s *Subject) *string { return &s.MeshRoot }),
	}, {
		Name: "up", Part: OfLook, Default: string(mesh.UpY), Usage: "axis of the mesh's file that points up: " + mesh.Ups.String(),
		Set: valueOf(func(s *Subject) encoding.TextUnmarshaler { return &s.Up }),
	}, {
		Name: "front", Part: OfLook, Usage: "azimuth of the object's front in `degrees`, which is then seen at azimuth 0",
		Set: func(s *Subject, text string) error {
			front, err := strconv.ParseFloat(text, 64)
			if err != nil || !(math.Abs(front) <= 360) {
				return fmt.Errorf("%q is not an azimuth within ±360 degrees", text)
			}
			s.Front = front
			return nil
		},
	}, {
		Name: "camera", Part: OfLook, Default: string(DefaultCamera),
		Usage: render.Conventions.String() + ": pictures as a camera takes them, or mirrored as in the paper",
		Set:   valueOf(func(s *Subject) encoding.TextUnmarshaler { return &s.Camera }),
	}, {
		Name: "materials", Part: OfLook, Switch: true, Usage: "draw the colours and textures of the mesh's file (default: white)",
		Set: func(s *Subject, text string) error {
			on, err := strconv.ParseBool(text)
			s.Materials = on
			return err
		},
	}, {
		Name: "shading", Part: OfLook, Default: string(render.Flat), Usage: render.Shadings.String() + "; flat is the paper's",
		Set: valueOf(func(s *Subject) encoding.TextUnmarshaler { return &s.Shading }),
	}, {
		Name: "crease", Part: OfLook, Usage: "angle from which edges are sharp, in `degrees` (default: the mesh's smoothing groups, or 30)",
		Set: func(s *Subject, text string) error {
			angle, err := strconv.ParseFloat(text, 64)
			if err != nil || angle == 0 {
				return fmt.Errorf("%q is not an angle above 0 and at most 180 degrees", text)
			}
			s.Crease = angle
			return render.CheckCrease(angle, render.Smooth)
		},
	}, {
		Name: "light", Part: OfLook, Repeated: true,
		Usage: "`x,y,z`[,intensity[,r,g,b]] of another directional light (default intensity 0.5, white; repeatable)",
		Set: func(s *Subject, text string) error {
			light, err := render.ParseLight(text)
			if err == nil {
				s.Lights = append(s.Lights[:len(s.Lights):len(s.Lights)], light)
			}
			return err
		},
	}, {
		Name: "background", Part: OfLook, File: true, Usage: "`image` behind the object, cropped and resized to the picture: PNG, JPEG or GIF",
		Set: textOf(func(s *Subject) *string { return &s.Background }),
	}, {
		Name: "gradient-width", Part: OfGradients,
		Usage: fmt.Sprintf("average gradients over this many `degrees`: %g is closer to the slope of f, at 15 times the cost", rendered.HalfADegree.Width),
		Set: func(s *Subject, text string) error {
			width, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return fmt.Errorf("%q is not a number of degrees", text)
			}
			s.Gradients = rendered.Smoothing{Width: width}
			return s.Gradients.Check()
		},
	},
}

func textOf(field func(*Subject) *string) func(*Subject, string) error {
	return func(s *Subject, text string) error {
		*field(s) = text
		return nil
	}
}

func valueOf(field func(*Subject) encoding.TextUnmarshaler) func(*Subject, string) error {
	return func(s *Subject, text string) error { return field(s).UnmarshalText([]byte(text)) }
}

// OptionsOf returns the options of a part.
func OptionsOf(part Part) []Option {
	var options []Option
	for _, o := range Options {
		if o.Part == part {
			options = append(options, o)
		}
	}
	return options
}

// Setting is an option with its value as text.
type Setting struct{ Name, Value string }

// Apply sets options by name. An unknown name is an *enum.UnknownError.
func (s *Subject) Apply(settings ...Setting) error {
	for _, setting := range settings {
		if err := s.set(setting); err != nil {
			return fmt.Errorf("%s: %w", setting.Name, err)
		}
	}
	return nil
}

func (s *Subject) set(setting Setting) error {
	var names []string
	for _, o := range Options {
		if o.Name == setting.Name {
			return o.Set(s, setting.Value)
		}
		names = append(names, o.Name)
	}
	return &enum.UnknownError{What: "option", Name: setting.Name, Known: names}
}
