package subject

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// Source loads the parts that a description names. Resolved.Source has them in
// memory; Description.In finds their files by content.
type Source interface {
	loadMesh(ctx context.Context, d *Description) (*mesh.Mesh, error)
	loadNetwork(ctx context.Context, d *Description) (*network.Network, error)
	loadBackdrop(ctx context.Context, d *Description) (*render.Backdrop, error)
	userParameters() []rendered.UserParameter
}

// Finder finds files by content.
type Finder interface {
	// Find returns the path of the first of some files, the others beside it as
	// their paths say. It is an error that wraps ErrNotFound if there is none.
	Find(ctx context.Context, files []File) (path string, err error)
}

var (
	// ErrNotFound is the error for a file that is nowhere with the content wanted.
	ErrNotFound = errors.New("no file with this content")
	// ErrChanged is the error for a part with another content than a description
	// says.
	ErrChanged = errors.New("has changed")
)

// Found returns a Source that loads the parts of a description from the files that
// a finder finds, and refuses other contents.
func Found(find Finder) Source { return &found{find: find} }

type found struct {
	find Finder
	mesh *mesh.Mesh // loaded last: renderers of several sizes share it
}

func (f *found) userParameters() []rendered.UserParameter { return nil }

func (f *found) loadMesh(ctx context.Context, d *Description) (*mesh.Mesh, error) {
	if f.mesh != nil {
		return f.mesh, nil
	}
	path := d.Mesh
	if len(d.MeshFiles) > 0 {
		var err error
		path, err = f.find.Find(ctx, d.MeshFiles)
		if err != nil && d.MeshHash != "" {
			// What is not shown may have changed; the hash below decides.
			path, err = f.find.Find(ctx, d.MeshFiles[:1])
		}
		if err != nil {
			return nil, err
		}
	} else if !slices.Contains(mesh.Generated(), d.Mesh) {
		return nil, fmt.Errorf("the mesh %s: %w: its description names no file", d.Mesh, ErrNotFound)
	}
	m, err := mesh.Open(path)
	if err != nil {
		return nil, WithoutFolder(err, path)
	}
	visible := d.look().Visible(m)
	if d.MeshHash != "" && visible.Hash() != d.MeshHash {
		return nil, fmt.Errorf("the mesh %s %w", d.Mesh, ErrChanged)
	}
	f.mesh = visible
	return visible, nil
}

func (f *found) loadNetwork(ctx context.Context, d *Description) (*network.Network, error) {
	name, open := d.Network, d.Open
	if d.Weights != nil {
		path, err := f.find.Find(ctx, []File{*d.Weights})
		if err == nil {
			name = opensWith(name, path)
		} else if _, _, isPath := weightsPath(name); isPath {
			return nil, err
		} else if _, fetched := WeightsFile(name); !fetched {
			return nil, fmt.Errorf("%w, or run `semrob network fetch %s`", err, name)
		}
	}
	if d.LabelsFile != nil {
		path, err := f.find.Find(ctx, []File{*d.LabelsFile})
		if err != nil {
			return nil, err
		}
		open.Labels = path
	}
	n, err := network.OpenWith(ctx, name, open)
	if err != nil {
		return nil, err
	}
	if n.Fingerprint() != d.Fingerprint {
		return nil, fmt.Errorf("the network %s %w: it has other weights here", d.Network, ErrChanged)
	}
	return n, nil
}

func (f *found) loadBackdrop(ctx context.Context, d *Description) (*render.Backdrop, error) {
	if d.BackgroundFile == nil {
		return nil, nil
	}
	path, err := f.find.Find(ctx, []File{*d.BackgroundFile})
	if err != nil {
		return nil, err
	}
	return render.LoadBackdrop(path)
}

// WithoutFolder returns an error about a file without the name of its folder: the
// same wherever the file is, since it may end up in a table.
func WithoutFolder(err error, path string) error {
	return errors.New(strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), ""))
}
