package semrob

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// DefaultNetwork is the network that is looked at where none is named.
const DefaultNetwork = "efficientnet-lite0"

// Subject is what is looked at: an object, the network that looks at it, and
// the class that the network should see.
type Subject struct {
	// Mesh is a generated mesh's name ("teapot", "bottle", …) or a file.
	Mesh string
	// Network is the network's name, a file of weights, an ONNX model, or a
	// repository of a model hub, as network.OpenWith takes them; "" is
	// DefaultNetwork.
	Network string
	// Open says what a file or a repository does not tell of itself, such as
	// the labels of its classes.
	Open network.OpenOptions
	// Class is the class's index or label, or a part of it that no other label
	// has.
	Class string
	// Preprocess is "standard" (the network's own normalisation), "raw" (0…1
	// as rendered, as in the paper), or another that network.Preprocess knows;
	// "" is "standard".
	Preprocess string
	// Precision is what the network computes in: "float32", "bfloat16" or
	// "float16", as network.Precision explains; "" is "float32".
	Precision string
	// Set gives semantic parameters that are not axes other values than their
	// defaults, by name, such as "distance": 3.
	Set map[string]float64
	// Parameters are semantic parameters of one's own: axes and Set may name them
	// as they do the renderer's. All are in effect, those that are neither axes nor
	// set at their defaults.
	Parameters []rendered.UserParameter
	// Materials draws the colours and textures of the mesh's file, which the
	// parameters object-r, -g and -b then multiply; without it the object is
	// white, as in the paper.
	Materials bool
	// Shading is render.Flat, the paper's, or render.Smooth; "" is flat.
	Shading render.Shading
	// Lights are directional lights besides the one that the semantic
	// parameters describe.
	Lights []render.Light
	// Background is a file with an image to stand behind the object; "" is the
	// colour that the semantic parameters describe.
	Background string
}

// String names the subject for titles, as in "teapot · efficientnet-lite0"; a file
// without its folder.
func (s Subject) String() string {
	name := s.Network
	if name == "" {
		name = DefaultNetwork
	}
	return filepath.Base(s.Mesh) + " · " + name
}

// identity is everything that decides the values of a subject's objective. Its
// JSON is the key of results and stands in the meta of files.
type identity struct {
	Mesh        string          `json:"mesh"`
	MeshHash    string          `json:"mesh_hash"`
	Network     string          `json:"network"`
	Fingerprint string          `json:"network_fingerprint"`
	Preprocess  string          `json:"preprocess"`
	Class       int             `json:"class"`
	Label       string          `json:"label"`
	Size        int             `json:"size"`
	Scene       render.Scene    `json:"scene"`
	Space       objective.Space `json:"space"`
	Versions    versions        `json:"versions"`
	// What follows is left out where it is the paper's or the default.
	Materials bool              `json:"materials,omitempty"`
	Shading   render.Shading    `json:"shading,omitempty"`
	Precision network.Precision `json:"precision,omitempty"`
	Own       []ownIdentity     `json:"own,omitempty"`
}

// ownIdentity is a semantic parameter of the subject's own, with its value where
// it is no axis.
type ownIdentity struct {
	Name     string  `json:"name"`
	Revision string  `json:"revision"`
	Value    float64 `json:"value"`
}

// versions grow whenever the code that decides the values changes them.
type versions struct {
	Render  string `json:"render"`
	Network int    `json:"network"`
}

// resolved is a subject with its names looked up. Nothing heavy is opened yet:
// a cached result needs no more.
type resolved struct {
	mesh       *mesh.Mesh
	network    *network.Network
	preprocess network.Preprocess
	precision  network.Precision
	class      int
	base       render.Scene
	look       render.Options // materials and shading
	own        []rendered.UserParameter
}

// resolve looks up the subject's names.
func (s Subject) resolve(ctx context.Context) (*resolved, error) {
	r := &resolved{base: render.DefaultScene()}
	var err error
	if s.Mesh == "" {
		return nil, fmt.Errorf("no mesh is given: name a file, or one of %v", mesh.Generated())
	}
	if r.look.Shading, err = render.ParseShading(string(s.Shading)); err != nil {
		return nil, err
	}
	r.look.Materials = s.Materials
	if r.mesh, err = mesh.Open(s.Mesh); err != nil {
		return nil, err
	}
	// What is not drawn must not tell results apart.
	r.mesh = r.look.Visible(r.mesh)
	name := s.Network
	if name == "" {
		name = DefaultNetwork
	}
	if r.network, err = network.OpenWith(ctx, name, s.Open); err != nil {
		return nil, err
	}
	if r.preprocess, err = network.ParsePreprocess(s.Preprocess); err != nil {
		return nil, err
	}
	if r.precision, err = network.ParsePrecision(s.Precision); err != nil {
		return nil, err
	}
	if s.Class == "" {
		return nil, fmt.Errorf("no class is given: name what the network should see, such as teapot")
	}
	if r.class, err = r.network.Class(s.Class); err != nil {
		return nil, err
	}
	if r.own, err = s.ownParameters(); err != nil {
		return nil, err
	}
	for name, value := range s.Set {
		if ownNamed(r.own, name) != nil {
			continue
		}
		if err := r.base.Set(name, value); err != nil {
			return nil, err
		}
	}
	r.base.Lights = s.Lights
	if s.Background != "" {
		if r.base.Backdrop, err = render.LoadBackdrop(s.Background); err != nil {
			return nil, err
		}
	}
	return r, r.base.Check()
}

// identity describes the objective on a space. Parameters that are axes do not
// depend on the base scene, so they are set to their defaults there.
func (r *resolved) identity(space objective.Space) (identity, error) {
	scene, defaults := r.base, render.DefaultScene()
	for _, axis := range space {
		if ownNamed(r.own, axis.Name) != nil {
			continue
		}
		value, err := defaults.Get(axis.Name)
		if err != nil {
			return identity{}, err
		}
		if scene.Backdrop != nil && strings.HasPrefix(axis.Name, "background-") {
			return identity{}, fmt.Errorf("%s cannot be an axis where an image is the background: leave out one of them", axis.Name)
		}
		if err := scene.Set(axis.Name, value); err != nil {
			return identity{}, err
		}
	}
	return identity{
		Mesh: r.mesh.Name, MeshHash: r.mesh.Hash(),
		Network: r.network.Name, Fingerprint: r.network.Fingerprint(),
		Preprocess: string(r.preprocess), Class: r.class, Label: r.network.Label(r.class),
		Size: r.network.InputSize, Scene: scene, Space: space,
		Versions:  versions{Render: render.Version, Network: network.Version},
		Materials: r.look.Materials, Shading: shadingInKey(r.look.Shading), Precision: precisionInKey(r.precision),
		Own: ownInKey(r.own, space),
	}, nil
}

// shadingInKey leaves the paper's shading out of keys, which results from before
// there was another do not have.
func shadingInKey(s render.Shading) render.Shading {
	if s == render.Flat {
		return ""
	}
	return s
}

// precisionInKey leaves out the default, as shadingInKey does.
func precisionInKey(p network.Precision) network.Precision {
	if p == network.Float32 {
		return ""
	}
	return p
}

func warnOnStderr(sentence string) { fmt.Fprintln(os.Stderr, sentence) }

// Meta describes the subject on the space of these axes (none: azimuth and
// elevation) as JSON: everything needed to make its results again.
func (s Subject) Meta(axes ...string) (string, error) {
	r, err := s.resolve(context.Background())
	if err != nil {
		return "", err
	}
	space, err := s.Space(axes...)
	if err != nil {
		return "", err
	}
	id, err := r.identity(space)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(id)
	return string(text), err
}
