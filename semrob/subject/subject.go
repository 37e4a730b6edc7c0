// Package subject describes an object seen by a network, and opens it as an
// objective.
//
// A Subject has names, files and options, as a person gives them. Resolve loads them
// and returns a Description, in which everything that decides f is pinned by
// content. The JSON of a Description is the key of results on disk, and part of the
// meta of files and of the items of studies. A Pool opens the objective again from a
// Description alone, also on another machine.
//
// Library, command line, notebooks and studies all use this package. To add an
// option that decides results, add a field to Subject and a row to Options, and use
// the field.
package subject

import (
	"cmp"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// DefaultCamera is the convention of a Subject that names none.
const DefaultCamera = render.Physical

// DefaultNetwork is the network of a Subject that names none.
const DefaultNetwork = "efficientnet-lite0"

// Subject is an object, the network that sees it, and the class that the network
// should recognise. Mesh and Class are required.
type Subject struct {
	// Mesh is the name of a generated mesh ("teapot", "bottle", …), or a file.
	Mesh string `json:"mesh"`
	// MeshRoot is a folder that contains the mesh's file and all files that it names,
	// such as textures, if they lie in several folders. Others are not read.
	MeshRoot string `json:"mesh_root,omitempty"`
	// Network is a network's name, a file of weights, an ONNX model, or a repository
	// of a model hub, as in network.OpenWith; "" means DefaultNetwork.
	Network string `json:"network"`
	// Open has properties that the network's file or repository does not state, such
	// as the labels of its classes.
	Open network.OpenOptions `json:"open,omitzero"`
	// Class is the index or label of the class, or a part of its label that no other
	// label has; or several of them, separated by commas; or a set such as "@chair". f
	// is the sum of their probabilities, and an answer is right if its first class is one
	// of them. See Subject.Classes.
	Class string `json:"class"`
	// ClassSets has the sets of classes: classset.Paper, classset.Entry, or a file; ""
	// means both of these collections.
	ClassSets string `json:"class_sets,omitempty"`
	// Accept is AcceptSet to accept all classes of the set that contains Class; "" means
	// AcceptClass.
	Accept Accept `json:"accept,omitempty"`
	// Preprocess is network.Standard (the network's own normalisation), network.Raw
	// (0…1 as rendered, as in the paper), or another that network.ParsePreprocess
	// accepts; "" means standard.
	Preprocess network.Preprocess `json:"preprocess"`
	// Precision is the type that the network computes in; "" means network.Float32.
	Precision network.Precision `json:"precision,omitempty"`
	// Set has the values of semantic parameters, such as "distance": 3. The others
	// have their defaults; axes have none.
	Set map[string]float64 `json:"set,omitempty"`
	// Parameters are user-defined semantic parameters, for axes and Set like those of
	// the renderer. All of them take effect.
	Parameters []rendered.UserParameter `json:"-"`
	// Up is the axis of the mesh's file that points up, mesh.UpZ for most files of CAD
	// programs, robots and scanners; "" means y.
	Up mesh.Up `json:"up,omitempty"`
	// Front is the azimuth, in degrees, of the object's front, which is then at
	// azimuth 0.
	Front float64 `json:"front,omitempty"`
	// Camera is render.Physical, or render.Paper for pictures mirrored left to right
	// as in the paper; "" means physical.
	Camera render.Convention `json:"camera,omitempty"`
	// Materials draws the colours and textures of the mesh's file, multiplied by the
	// parameters object-r, object-g and object-b. Otherwise the object is white, as in
	// the paper.
	Materials bool `json:"materials,omitempty"`
	// Shading is render.Flat, as in the paper, or render.Smooth; "" means flat.
	Shading render.Shading `json:"shading,omitempty"`
	// Crease is the angle between faces, in degrees, from which the edge between them
	// is sharp in smooth shading of a mesh without normals; 0 means the mesh's
	// smoothing groups or, without them, 30.
	Crease float64 `json:"crease,omitempty"`
	// Lights are directional lights in addition to that of the semantic parameters.
	Lights []render.Light `json:"lights,omitempty"`
	// Background is the file of an image behind the object; "" means the colour of the
	// semantic parameters.
	Background string `json:"background,omitempty"`
	// Gradients selects the gradient used by white-box methods: the derivative at the
	// point by default, or rendered.HalfADegree, its mean over half a degree in finely
	// sampled pictures, which is closer to the slope of f at about 15 times the cost.
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

// Normal returns the subject with one spelling for each choice. Unknown choices are
// an *enum.UnknownError. Defaults that older results do not record stay empty.
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
	if err = render.CheckCrease(s.Crease, s.Shading); err != nil {
		return s, err
	}
	if s.Camera, err = render.Conventions.Parse(string(cmp.Or(s.Camera, DefaultCamera))); err != nil {
		return s, err
	}
	if s.Camera == DefaultCamera {
		s.Camera = ""
	}
	if s.Accept, err = Accepts.Parse(string(s.Accept)); err != nil {
		return s, err
	}
	if s.Accept == AcceptClass {
		s.Accept = ""
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

// look returns the options of a renderer, apart from the size.
func (s Subject) look() render.Options {
	return render.Options{
		Materials: s.Materials, Shading: s.Shading, Crease: s.Crease, Camera: cmp.Or(s.Camera, DefaultCamera), Up: s.Up, Front: s.Front,
	}
}

// Look returns the options of a renderer that draws the subject's pictures.
func (s Subject) Look() render.Options { return s.look() }

// Visible returns the part of a mesh that pictures of the subject show.
func (s Subject) Visible(m *mesh.Mesh) *mesh.Mesh { return s.look().Visible(m) }
