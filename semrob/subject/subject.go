// Package subject describes what is examined, an object seen by a network, and
// opens it into an objective.
//
// A Subject is what a person asks for: names, files, options. Resolve looks the
// names up and gives a Description: the same question with everything that
// decides f pinned by content. Its JSON is the key of results on disk, stands in
// the meta of files and in the items of studies, and is all that a Pool needs to
// open the objective again, here or on another machine.
//
// Library, command line, notebooks and studies all ask in this way. An option
// that decides results is a field of Subject, a row of Options, and its use.
package subject

import (
	"cmp"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// DefaultCamera is the convention of subjects that name none.
const DefaultCamera = render.Paper

// DefaultNetwork is the network of subjects that name none.
const DefaultNetwork = "efficientnet-lite0"

// Subject is what is examined: an object, the network that sees it, and the class
// that the network should recognise. Mesh and Class are needed.
type Subject struct {
	// Mesh is the name of a generated mesh ("teapot", "bottle", …) or a file.
	Mesh string `json:"mesh"`
	// Network is the network's name, a file of weights, an ONNX model, or a
	// repository of a model hub, as network.OpenWith takes them; "" is
	// DefaultNetwork.
	Network string `json:"network"`
	// Open completes what a file or a repository says about the network, such as
	// the labels of its classes.
	Open network.OpenOptions `json:"open,omitzero"`
	// Class is the class's index or label, or a part of one label only.
	Class string `json:"class"`
	// Preprocess is network.Standard (the network's own normalisation),
	// network.Raw (0…1 as rendered, as in the paper), or another that
	// network.ParsePreprocess reads; "" is standard.
	Preprocess network.Preprocess `json:"preprocess"`
	// Precision is the type that the network computes in; "" is network.Float32.
	Precision network.Precision `json:"precision,omitempty"`
	// Set are the values of semantic parameters that are neither axes nor at their
	// defaults, by name, such as "distance": 3.
	Set map[string]float64 `json:"set,omitempty"`
	// Parameters are user-defined semantic parameters: axes and Set name them as
	// they name the renderer's. All of them take effect; those that are neither axes
	// nor set have their defaults.
	Parameters []rendered.UserParameter `json:"-"`
	// Up is the axis of the mesh's file that points up, mesh.UpZ for most files of CAD
	// programs, robots and scanners; "" is y.
	Up mesh.Up `json:"up,omitempty"`
	// Front is the azimuth, in degrees, of the object's front, which is then at
	// azimuth 0.
	Front float64 `json:"front,omitempty"`
	// Camera is render.Physical, or render.Paper for pictures mirrored as in the
	// paper; "" is the paper's.
	Camera render.Convention `json:"camera,omitempty"`
	// Materials draws the colours and textures of the mesh's file, multiplied by
	// the parameters object-r, -g and -b; without it the object is white, as in the
	// paper.
	Materials bool `json:"materials,omitempty"`
	// Shading is render.Flat, as in the paper, or render.Smooth; "" is flat.
	Shading render.Shading `json:"shading,omitempty"`
	// Lights are directional lights in addition to the one that semantic
	// parameters describe.
	Lights []render.Light `json:"lights,omitempty"`
	// Background is an image file behind the object; "" is the colour that the
	// semantic parameters describe.
	Background string `json:"background,omitempty"`
	// Gradients selects the gradient used by white-box methods: the zero value is
	// the derivative at the point; rendered.HalfADegree is its mean over half a
	// degree in finely sampled pictures, closer to the slope of f, at about 15 times
	// the cost.
	Gradients rendered.Smoothing `json:"gradients,omitzero"`
}

// String names the subject for titles, as in "teapot · efficientnet-lite0";
// files without their folders.
func (s Subject) String() string {
	return filepath.Base(s.Mesh) + " · " + s.network()
}

func (s Subject) network() string {
	if s.Network == "" {
		return DefaultNetwork
	}
	return s.Network
}

// Normal returns the subject with equal spellings for equal choices: names of
// values parsed, defaults left empty where results without the option have nothing.
func (s Subject) Normal() (Subject, error) {
	var err error
	s.Network = s.network()
	if s.Preprocess, err = network.ParsePreprocess(string(s.Preprocess)); err != nil {
		return s, err
	}
	if s.Precision, err = network.ParsePrecision(string(s.Precision)); err != nil {
		return s, err
	}
	if s.Precision == network.Float32 {
		s.Precision = ""
	}
	if s.Shading, err = render.ParseShading(string(s.Shading)); err != nil {
		return s, err
	}
	if s.Shading == render.Flat {
		s.Shading = ""
	}
	if s.Camera, err = render.Conventions.Parse(string(cmp.Or(s.Camera, DefaultCamera))); err != nil {
		return s, err
	}
	if s.Camera == DefaultCamera {
		s.Camera = ""
	}
	if s.Up, err = mesh.Ups.Parse(string(s.Up)); err != nil {
		return s, err
	}
	if s.Up == mesh.UpY {
		s.Up = ""
	}
	if err := s.Gradients.Check(); err != nil {
		return s, err
	}
	s.Gradients = s.Gradients.WithDefaults()
	return s, nil
}

// look returns what a renderer needs to know of the subject apart from its size.
func (s Subject) look() render.Options {
	return render.Options{Materials: s.Materials, Shading: s.Shading, Camera: cmp.Or(s.Camera, DefaultCamera), Up: s.Up, Front: s.Front}
}

// Look returns the options of a renderer that draws the subject's pictures.
func (s Subject) Look() render.Options { return s.look() }

// Visible returns the part of a mesh that pictures of the subject show.
func (s Subject) Visible(m *mesh.Mesh) *mesh.Mesh { return s.look().Visible(m) }
