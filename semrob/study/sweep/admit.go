package sweep

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// admit returns an error for an item from a queue that would make this machine read a
// file that is not pinned by its content, or open a network from elsewhere that nobody
// here allowed. Everybody who can reach the queue can write items.
func (e *Engine) admit(item plan.Item) error {
	if err := item.Of.CheckFiles(); err != nil {
		return err
	}
	if item.Analytic != "" {
		return nil // a formula of the mesh
	}
	name := item.Of.Network
	if subject.Scheme(name) != "" {
		if !e.allows(name) {
			return fmt.Errorf("the network %s: start the worker with --allow %s: %w", name, name, queue.ErrRefused)
		}
		return nil
	}
	if item.Of.Weights == nil && !network.Known(name) {
		return fmt.Errorf("the network %q is neither a known name nor a file that the study offers: a file's name must end in .safetensors, .pth, .pt, .bin or .onnx", name)
	}
	return nil
}

// allows reports whether Allow has a pattern for a network.
func (e *Engine) allows(name string) bool {
	return network.Allowed(e.Allow).Has(name)
}

// offered returns the place of a file of an item on this machine, if it is one where
// items may look: below Dir or one of Folders.
func (e *Engine) offered(file string) (at string, ok bool) {
	if filepath.IsLocal(filepath.FromSlash(file)) {
		return filepath.Join(e.Dir, filepath.FromSlash(file)), true
	}
	at = filepath.Clean(subject.At(e.Dir, filepath.FromSlash(file)))
	for _, folder := range e.Folders {
		within, err := filepath.Rel(folder, at)
		if err == nil && filepath.IsLocal(within) {
			return at, true
		}
	}
	return "", false
}

// Trusting returns an engine for a plan's items on the machine where its files lie:
// it takes them from where the plan says, and opens the plan's networks.
func Trusting(p *plan.Prepared) *Engine {
	e := &Engine{Dir: p.Dir, Folders: outside(p)}
	for _, n := range p.Networks {
		if name := n.Subject.Network; subject.Scheme(name) != "" && !slices.Contains(e.Allow, name) {
			e.Allow = append(e.Allow, name)
		}
	}
	return e
}

// mostFolders bounds the folders of Trusting, which may become arguments of a worker.
const mostFolders = 16

// outside returns the folders outside the plan's with files of the plan: the folders
// themselves, or those that contain them if there are many.
func outside(p *plan.Prepared) []string {
	var folders []string
	add := func(to []string, folder string) []string {
		if slices.Contains(to, folder) {
			return to
		}
		return append(to, folder)
	}
	if root := subject.At(p.Dir, p.Look.MeshRoot); p.Look.MeshRoot != "" {
		if within, err := filepath.Rel(p.Dir, root); err != nil || !filepath.IsLocal(within) {
			folders = add(folders, filepath.Clean(root))
		}
	}
	for _, file := range p.Files {
		if within, err := filepath.Rel(p.Dir, file); err != nil || !filepath.IsLocal(within) {
			folders = add(folders, filepath.Dir(filepath.Clean(file)))
		}
	}
	for len(folders) > mostFolders {
		deepest := slices.MaxFunc(folders, func(a, b string) int { return depth(a) - depth(b) })
		var fewer []string
		for _, folder := range folders {
			if depth(folder) == depth(deepest) {
				folder = filepath.Dir(folder)
			}
			fewer = add(fewer, folder)
		}
		folders = fewer
	}
	slices.Sort(folders)
	return folders
}

func depth(folder string) int { return strings.Count(filepath.ToSlash(folder), "/") }

// errNoFile is the error for an item whose object has no file.
var errNoFile = errors.New("the object has no file")
