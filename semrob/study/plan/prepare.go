package plan

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Prepared is a plan with the hashes of its files, from which it lists its items.
type Prepared struct {
	*Plan
	// Files has the paths of all files of the items, by hash.
	Files map[string]string

	meshes          []meshFiles     // as Plan.Objects
	weights, labels []*subject.File // as Plan.Networks
	background      *subject.File
}

// meshFiles identifies a mesh by its files or, if it is generated, by its hash.
type meshFiles struct {
	files []subject.File
	root  string // the subject's MeshRoot, relative to the plan's folder
	hash  string
}

// Prepare hashes the meshes, weights, labels and background of a plan.
func (p *Plan) Prepare(ctx context.Context, show progress.Progress) (*Prepared, error) {
	r := &Prepared{Plan: p, Files: map[string]string{}}
	show = progress.Or(show)
	show.Start(len(p.Objects), "reading the meshes' files")
	defer show.Done()
	for _, n := range p.Networks {
		for _, f := range []struct {
			path string
			to   *[]*subject.File
		}{{n.File, &r.weights}, {n.Subject.Open.Labels, &r.labels}} {
			file, err := r.file(f.path)
			if err != nil {
				return nil, err
			}
			*f.to = append(*f.to, file)
		}
	}
	var err error
	if r.background, err = r.file(p.Look.Background); err != nil {
		return nil, err
	}
	for _, o := range p.Objects {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("preparing the study %s: %w", p.Study, err)
		}
		m, err := r.mesh(o)
		if err != nil {
			return nil, fmt.Errorf("preparing the study %s: %w", p.Study, err)
		}
		r.meshes = append(r.meshes, m)
		show.Add(1)
	}
	return r, nil
}

// file hashes a file and records its path; it returns nil for "".
func (r *Prepared) file(path string) (*subject.File, error) {
	if path == "" {
		return nil, nil
	}
	hash, err := subject.HashFile(subject.At(r.Dir, path))
	if err != nil {
		return nil, err
	}
	r.Files[hash] = subject.At(r.Dir, path)
	return &subject.File{Path: path, Hash: hash}, nil
}

// mesh identifies an object's mesh by content.
func (r *Prepared) mesh(o Object) (m meshFiles, err error) {
	if o.Generated != "" {
		generated, err := mesh.Open(o.Generated)
		if err != nil {
			return m, err
		}
		s := r.Look
		s.Mesh = o.Generated
		m.hash = s.Visible(generated).Hash()
		return m, nil
	}
	if r.Look.MeshRoot != "" {
		if m.root, err = subject.RootOf(r.Dir, o.Path, r.Look.MeshRoot); err != nil {
			return m, err
		}
	}
	paths, _ := subject.MeshFiles(r.Dir, o.Path, r.Look.MeshRoot)
	for _, path := range paths {
		file, err := r.file(path)
		if err != nil {
			return m, err
		}
		m.files = append(m.files, *file)
	}
	return m, nil
}
