package subject

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// Source loads the parts of a description: Resolved.Source from memory, Found from
// files.
type Source interface {
	loadMesh(ctx context.Context, d *Description) (*mesh.Mesh, error)
	loadNetwork(ctx context.Context, d *Description) (*network.Network, error)
	loadBackdrop(ctx context.Context, d *Description) (*render.Backdrop, error)
	userParameters() []rendered.UserParameter
}

// Finder finds files by content.
type Finder interface {
	// Find returns the path of the first file. The others are where Layout puts them,
	// given root, which is "" but for a mesh with a MeshRoot. The error wraps
	// ErrNotFound if they are nowhere.
	Find(ctx context.Context, root string, files []File) (path string, err error)
}

var (
	// ErrNotFound is wrapped by errors about a file that is nowhere with the right
	// content.
	ErrNotFound = errors.New("no file with this content")
	// ErrChanged is wrapped by errors about a part whose content is not that of the
	// description.
	ErrChanged = errors.New("has changed")
)

// Found returns a Source that loads parts from the files of a finder. Parts with
// another content are an error that wraps ErrChanged. Networks that run code or use a
// server are opened only if that is allowed, whatever the description says; otherwise
// the error wraps network.ErrNotAllowed.
func Found(find Finder, allowed ...string) Source {
	return &found{find: find, allowed: allowed}
}

type found struct {
	find    Finder
	allowed network.Allowed
	mesh    *mesh.Mesh // shared by renderers of several sizes
}

func (f *found) userParameters() []rendered.UserParameter { return nil }

func (f *found) loadMesh(ctx context.Context, d *Description) (*mesh.Mesh, error) {
	if f.mesh != nil {
		return f.mesh, nil
	}
	m, err := openMesh(ctx, d, f.find)
	if err != nil {
		return nil, err
	}
	visible := d.look().Visible(m)
	if d.MeshHash != "" && visible.Hash() != d.MeshHash {
		return nil, fmt.Errorf("the mesh %s %w", d.Mesh, ErrChanged)
	}
	f.mesh = visible
	return visible, nil
}

// openMesh opens the mesh of a description, whole.
func openMesh(ctx context.Context, d *Description, find Finder) (m *mesh.Mesh, err error) {
	path, root := d.Mesh, ""
	if len(d.MeshFiles) > 0 {
		path, err = find.Find(ctx, d.MeshRoot, d.MeshFiles)
		if err == nil && d.MeshRoot != "" {
			within, err := mesh.Within(filepath.FromSlash(d.MeshRoot), filepath.FromSlash(d.MeshFiles[0].Path))
			if err != nil {
				return nil, err
			}
			root = top(path, within)
		}
		if err != nil && d.MeshHash != "" {
			// Invisible parts may have changed; the hash of the visible part decides.
			path, err = find.Find(ctx, "", d.MeshFiles[:1])
		}
		if err != nil {
			return nil, err
		}
	} else if !slices.Contains(mesh.Generated(), d.Mesh) {
		return nil, d.CheckFiles()
	}
	if m, err = mesh.OpenIn(root, path); err != nil {
		// The same error on all machines, since it may be in a table.
		folder := filepath.Dir(path) + string(filepath.Separator)
		return nil, errors.New(strings.ReplaceAll(err.Error(), folder, ""))
	}
	return m, nil
}

// Formula returns the formula of a description whose Network is analytic, for the
// object whose mesh the finder finds.
func Formula(ctx context.Context, d *Description, find Finder) (objective.Objective, error) {
	m, err := openMesh(ctx, d, find)
	if err != nil {
		return nil, err
	}
	// Options of the network, which have no effect, may follow the name.
	name, _, _ := strings.Cut(strings.TrimPrefix(d.Network, analytic.NetworkPrefix), " ")
	return analytic.Formula(name, d.Space, m.Hash())
}

func (f *found) loadNetwork(ctx context.Context, d *Description) (*network.Network, error) {
	if err := d.CheckFiles(); err != nil {
		return nil, err
	}
	name, open := d.Network, d.Open
	if err := f.allowed.Check(name); err != nil {
		return nil, err
	}
	if d.Weights != nil {
		path, err := f.find.Find(ctx, "", []File{*d.Weights})
		if err == nil {
			name = opensWith(name, path)
		} else if _, _, _, isPath := network.SplitFile(name); isPath {
			return nil, err
		} else if _, fetched := WeightsFile(name); !fetched {
			return nil, fmt.Errorf("%w, or run `semrob network fetch %s`", err, name)
		}
	}
	if d.LabelsFile != nil {
		path, err := f.find.Find(ctx, "", []File{*d.LabelsFile})
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
	path, err := f.find.Find(ctx, "", []File{*d.BackgroundFile})
	if err != nil {
		return nil, err
	}
	return render.LoadBackdrop(path)
}
