package subject

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

var (
	// ErrNoMesh is wrapped by errors about a Subject without a mesh.
	ErrNoMesh = errors.New("no mesh")
	// ErrNoClass is wrapped by errors about a Subject without a class.
	ErrNoClass = errors.New("no class")
)

// Resolved is a subject with its mesh, weights and background loaded. Nothing is
// compiled or on a device yet.
type Resolved struct {
	description Description
	user        []rendered.UserParameter
	mesh        *mesh.Mesh
	network     *network.Network
	backdrop    *render.Backdrop
}

// Resolve loads the parts of a subject. Errors wrap those of the packages mesh,
// network and render, such as *mesh.UnknownError and *network.UnknownClassError.
func (s Subject) Resolve(ctx context.Context) (*Resolved, error) {
	if s.Mesh == "" {
		return nil, fmt.Errorf("%w: give a file, or choose %s", ErrNoMesh, enum.Choice(mesh.Generated()))
	}
	normal, err := s.Normal()
	if err != nil {
		return nil, err
	}
	r := &Resolved{}
	if r.mesh, err = mesh.OpenIn(s.MeshRoot, s.Mesh); err != nil {
		return nil, err
	}
	// Ignore invisible differences in the cache key.
	r.mesh = normal.look().Visible(r.mesh)
	if r.network, err = network.OpenWith(ctx, normal.Network, s.Open); err != nil {
		return nil, err
	}
	if r.user, err = s.userParameters(); err != nil {
		return nil, err
	}
	d, err := normal.Describe(r.network)
	if err != nil {
		return nil, err
	}
	d.MeshHash = r.mesh.Hash()
	if s.Background != "" {
		if r.backdrop, err = render.LoadBackdrop(s.Background); err != nil {
			return nil, err
		}
	}
	if err := d.hashFiles(); err != nil {
		return nil, err
	}
	r.description = d
	_, err = d.scene(r.user, r.backdrop)
	return r, err
}

// Describe returns the description of a normalised subject for its opened network.
// Files are not hashed yet.
func (s Subject) Describe(n *network.Network) (Description, error) {
	d := Description{Subject: s, Fingerprint: n.Fingerprint(), Size: n.InputSize, Versions: CurrentVersions()}
	var err error
	if s, err = s.Normal(); err != nil {
		return d, err
	}
	if d.Classes, d.Label, err = s.Classes(n); err != nil {
		return d, err
	}
	if d.Class = d.Classes[0]; len(d.Classes) == 1 {
		d.Classes = nil
	}
	s.Class, s.ClassSets, s.Accept = "", "", "" // replaced by indices
	d.Subject = s
	return d, nil
}

// hashFiles records the subject's files, with names without folders.
func (d *Description) hashFiles() error {
	if !slices.Contains(mesh.Generated(), d.Mesh) {
		dir, name := filepath.Dir(d.Mesh), filepath.Base(d.Mesh)
		if d.MeshRoot != "" {
			within, err := mesh.Within(d.MeshRoot, d.Mesh)
			if err != nil {
				return err
			}
			dir, name, d.MeshRoot = d.MeshRoot, within, "."
		}
		paths, _ := MeshFiles(dir, name, d.MeshRoot)
		for _, path := range paths {
			hash, err := HashFile(At(dir, path))
			if err != nil {
				return err
			}
			d.MeshFiles = append(d.MeshFiles, File{Path: filepath.ToSlash(path), Hash: hash})
		}
		d.Mesh = filepath.Base(d.Mesh)
	} else {
		d.MeshRoot = ""
	}
	file := func(path string) (*File, error) {
		hash, err := HashFile(path)
		return &File{Path: filepath.Base(path), Hash: hash}, err
	}
	var err error
	if path, ok := WeightsFile(d.Network); ok {
		if d.Weights, err = file(path); err != nil {
			return err
		}
		d.Network = d.networkName()
	}
	if d.Open.Labels != "" {
		if d.LabelsFile, err = file(d.Open.Labels); err != nil {
			return err
		}
		d.Open.Labels = filepath.Base(d.Open.Labels)
	}
	if d.Background != "" {
		if d.BackgroundFile, err = file(d.Background); err != nil {
			return err
		}
		d.Background = filepath.Base(d.Background)
	}
	return nil
}

// On returns the description on a space.
func (r *Resolved) On(space objective.Space) (Description, error) {
	return r.description.on(space, r.user)
}

// Source returns the loaded parts for Pool.Open.
func (r *Resolved) Source() Source { return r }

// Network returns the opened network.
func (r *Resolved) Network() *network.Network { return r.network }

// Mesh returns the visible part of the mesh.
func (r *Resolved) Mesh() *mesh.Mesh { return r.mesh }

// Versioned reports whether results can be stored. It is false if a user-defined
// parameter has no revision: results of a changed function would look the same.
func (r *Resolved) Versioned() bool {
	return !slices.ContainsFunc(r.user, func(p rendered.UserParameter) bool { return p.Revision == "" })
}

func (r *Resolved) loadMesh(context.Context, *Description) (*mesh.Mesh, error) { return r.mesh, nil }

func (r *Resolved) loadNetwork(context.Context, *Description) (*network.Network, error) {
	return r.network, nil
}

func (r *Resolved) loadBackdrop(context.Context, *Description) (*render.Backdrop, error) {
	return r.backdrop, nil
}

func (r *Resolved) userParameters() []rendered.UserParameter { return r.user }

// scene returns the scene of the description with every axis at its default.
func (d *Description) scene(user []rendered.UserParameter, backdrop *render.Backdrop) (render.Scene, error) {
	scene := render.DefaultScene()
	for name, value := range d.Set {
		if userNamed(user, name) != nil {
			continue
		}
		if err := scene.Set(name, value); err != nil {
			return scene, err
		}
	}
	scene.Lights, scene.Backdrop = d.Lights, backdrop
	return scene, scene.Check()
}
