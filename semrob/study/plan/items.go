package plan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// File is a file that items need, by its content.
type File struct {
	// Path is where it lies, relative to the plan's folder.
	Path string `json:"path,omitempty"`
	// Hash is the SHA-256 of its content.
	Hash string `json:"sha256,omitempty"`
}

// Item is one piece of a study: the regions that one method grows from all
// starts on one object seen by one network, or that object's map. Its batches
// hold its own evaluations only, so its result does not depend on what else is
// computed where. It decides the result to the last bit, on one kind of device.
type Item struct {
	Network Target          `json:"network"`
	Object  Thing           `json:"object"`
	Space   objective.Space `json:"space"`
	// Set are the parameters that are neither axes nor at their defaults.
	Set map[string]float64 `json:"set,omitempty"`
	// Look is nil where it is the paper's.
	Look *Look `json:"look,omitempty"`
	// Grow is for regions, Map for a map: one of them is set.
	Grow *Grow    `json:"grow,omitempty"`
	Map  []string `json:"map,omitempty"`
	// Versions of the code that decides the numbers.
	Versions Versions `json:"versions"`
}

// Target is the network of an item, and what it should see.
type Target struct {
	Name        string             `json:"name"`
	Analytic    string             `json:"analytic,omitempty"`
	Preprocess  network.Preprocess `json:"preprocess"`
	Fingerprint string             `json:"fingerprint"`
	Class       int                `json:"class"`
	Label       string             `json:"label"`
	File        *File              `json:"file,omitempty"`
}

// Thing is the object of an item.
type Thing struct {
	ID        string `json:"id"`
	Group     string `json:"group"`
	Generated string `json:"generated,omitempty"`
	// Files are the mesh's file and those it names.
	Files []File `json:"files,omitempty"`
	// Hash is that of all files, or of the generated mesh.
	Hash string `json:"sha256"`
}

// Grow says how regions are grown.
type Grow struct {
	Method      string          `json:"method"`
	Numbers     region.Method   `json:"-"`
	NumbersJSON json.RawMessage `json:"numbers"`
	Settings    region.Settings `json:"settings"`
	// Gradient says where a method that needs ∇f has it from, Exact or
	// Differences, which have GradientStep; "" for other methods.
	Gradient     string  `json:"gradient,omitempty"`
	GradientStep float64 `json:"gradient_step,omitempty"`
	// Smoothing says what Exact gradients of a network's f are slopes of; nil where
	// they are derivatives at the point, and for those of a map or a formula.
	Smoothing *rendered.Smoothing `json:"smoothing,omitempty"`
	Starts    [][]float64         `json:"starts"`
	Seed      uint64              `json:"seed"`
	// OnMap are the axes of the object's map, where regions grow on that.
	OnMap []string `json:"on_map,omitempty"`
}

// Where gradients come from.
const (
	// Exact is the objective's own: through network and shading, or of the map.
	Exact = "exact"
	// Differences are central ones.
	Differences = "differences"
)

// MapItem returns the item that computes the map which this one's regions grow
// on; ok is false where they do not.
func (i Item) MapItem() (item Item, ok bool) {
	if i.Grow == nil || len(i.Grow.OnMap) == 0 {
		return Item{}, false
	}
	i.Map, i.Grow = i.Grow.OnMap, nil
	return i, true
}

// Versions are raised whenever code changes numbers.
type Versions struct {
	Render  string `json:"render"`
	Network int    `json:"network"`
	Region  int    `json:"region"`
	Formula string `json:"formula,omitempty"`
}

// String returns the versions in one line.
func (v Versions) String() string {
	return fmt.Sprintf("render=%s network=%d region=%d", v.Render, v.Network, v.Region)
}

// Prepared is a plan whose files were read: it knows what its items are.
type Prepared struct {
	*Plan
	// Files are the paths of all files that items need, by hash.
	Files map[string]string

	things []Thing // as Plan.Objects
	files  []*File // as Plan.Networks
	look   *Look   // nil where it is the paper's
}

// Prepare hashes the meshes, weights and background of a plan. Files that cannot be read,
// which were there when it was loaded, are an error.
func (p *Plan) Prepare(ctx context.Context, show progress.Progress) (*Prepared, error) {
	r := &Prepared{Plan: p, Files: map[string]string{}}
	show = progress.Or(show)
	show.Start(len(p.Objects), "reading the meshes' files")
	defer show.Done()
	for _, n := range p.Networks {
		var file *File
		if n.File.Path != "" {
			hash, err := r.hash(n.File.Path)
			if err != nil {
				return nil, err
			}
			file = &File{Path: n.File.Path, Hash: hash}
		}
		r.files = append(r.files, file)
	}
	if !p.Look.plain() {
		look := p.Look
		if look.Background != nil {
			hash, err := r.hash(look.Background.Path)
			if err != nil {
				return nil, err
			}
			look.Background = &File{Path: look.Background.Path, Hash: hash}
		}
		r.look = &look
	}
	for _, o := range p.Objects {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("preparing the study %s: %w", p.Study, err)
		}
		thing, err := r.thing(o)
		if err != nil {
			return nil, fmt.Errorf("preparing the study %s: %w", p.Study, err)
		}
		r.things = append(r.things, thing)
		show.Add(1)
	}
	return r, nil
}

// Total returns the number of items.
func (r *Prepared) Total() int {
	each := len(r.Methods) * len(r.Seeds)
	if len(r.Map) > 0 {
		each++
	}
	return each * len(r.Networks) * len(r.Objects)
}

// Items returns the items in the order of the table: networks, objects; the
// object's map first, then seeds and methods.
func (r *Prepared) Items() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for n := range r.Networks {
			for o := range r.Objects {
				item := r.item(n, o)
				if len(r.Map) > 0 {
					item.Map = r.Map
					if !yield(item) {
						return
					}
					item.Map = nil
				}
				for _, seed := range r.Seeds {
					for _, method := range r.Methods {
						item.Grow = r.grow(method, seed, o)
						if item.Grow.Gradient == Exact && !r.OnMap && r.Networks[n].Analytic == "" {
							item.Grow.Smoothing = method.Gradients.On(r.Space)
						}
						if !yield(item) {
							return
						}
					}
				}
			}
		}
	}
}

// InWorkingOrder returns the items in the order in which they are best done:
// that of Items, but all maps first where regions grow on them.
func (r *Prepared) InWorkingOrder() iter.Seq[Item] {
	if !r.OnMap {
		return r.Items()
	}
	return func(yield func(Item) bool) {
		for _, maps := range []bool{true, false} {
			for item := range r.Items() {
				if (item.Grow == nil) == maps && !yield(item) {
					return
				}
			}
		}
	}
}

// item returns what all items of a network and an object share.
func (r *Prepared) item(n, o int) Item {
	net := &r.Networks[n]
	class, label, err := net.Class(r.Objects[o])
	if err != nil {
		panic(fmt.Sprintf("a plan that was not checked: %v", err)) // Load reports it
	}
	v := Versions{Render: render.Version, Network: network.Version, Region: region.Version}
	if net.Analytic != "" {
		v.Formula = formulaVersion
	}
	return Item{
		Network: Target{Name: net.Name, Analytic: net.Analytic, Preprocess: net.Preprocess, Fingerprint: net.Fingerprint, Class: class, Label: label, File: r.files[n]},
		Object:  r.things[o], Space: r.Space, Set: r.Set, Look: r.look, Versions: v,
	}
}

func (r *Prepared) grow(method Method, seed uint64, object int) *Grow {
	settings := method.Settings
	settings.Seed = seed
	numbers, err := json.Marshal(method.Method)
	if err != nil {
		panic(fmt.Sprintf("a method's numbers: %v", err)) // they are numbers
	}
	g := &Grow{
		Method: method.Name(), Numbers: method.Method, NumbersJSON: numbers, Settings: settings, Starts: r.Starts, Seed: seed,
	}
	if r.OnMap {
		g.OnMap = r.Map
	}
	if method.Needs().Gradient {
		if g.Gradient, g.GradientStep = Exact, method.GradientStep; g.GradientStep != 0 {
			g.Gradient = Differences
		}
	}
	if r.RandomStarts > 0 {
		g.Starts = randomStarts(r.Space, r.RandomStarts, seed, r.Objects[object].ID)
	}
	return g
}

// randomStarts draws points of the space, others for each object and seed but
// the same for every network and method.
func randomStarts(space objective.Space, n int, seed uint64, object string) [][]float64 {
	name := fnv.New64a()
	name.Write([]byte(object))
	rng := rand.New(rand.NewPCG(seed, name.Sum64()))
	starts := make([][]float64, n)
	for i := range starts {
		for _, axis := range space {
			starts[i] = append(starts[i], axis.Min+rng.Float64()*axis.Width())
		}
	}
	return starts
}

// Data returns the item as JSON: equal items are equal bytes.
func (i Item) Data() []byte {
	data, err := json.Marshal(i)
	if err != nil {
		panic(fmt.Sprintf("an item as JSON: %v", err)) // names and finite numbers
	}
	return data
}

// ErrOlder is wrapped where an item says what this version does not know:
// leaving that out would give other numbers.
var ErrOlder = errors.New("this worker is older than the study: take the same version")

// ParseItem reads what Data returned.
func ParseItem(data []byte) (Item, error) {
	var i Item
	if err := json.Unmarshal(data, &i); err != nil {
		return i, fmt.Errorf("reading an item of a study: %w", err)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&Item{}); err != nil {
		return i, fmt.Errorf("reading an item of a study: %w: %w", err, ErrOlder)
	}
	if i.Grow == nil {
		return i, nil
	}
	method, err := region.MethodByName(i.Grow.Method)
	if err != nil {
		return i, fmt.Errorf("reading an item of a study: %w: the worker is older than the study", err)
	}
	i.Grow.Numbers, err = withNumbers(method, i.Grow.NumbersJSON)
	if err != nil {
		return i, fmt.Errorf("reading an item of a study: the numbers of %s: %w", i.Grow.Method, err)
	}
	return i, nil
}

func withNumbers(method region.Method, numbers []byte) (region.Method, error) {
	switch m := method.(type) {
	case region.Naive:
		err := json.Unmarshal(numbers, &m)
		return m, err
	case region.Trapezoid:
		err := json.Unmarshal(numbers, &m)
		return m, err
	case region.OIRB:
		err := json.Unmarshal(numbers, &m)
		return m, err
	case region.OIRW:
		err := json.Unmarshal(numbers, &m)
		return m, err
	}
	return method, fmt.Errorf("it is not known here")
}

// Grid returns the axes of a map over a space from "name=from:to:step".
func Grid(space objective.Space, texts []string) ([]semmap.Samples, error) {
	byName := map[string]semmap.Samples{}
	for _, text := range texts {
		name, rest, ok := cut(text)
		k := space.Index(name)
		if !ok || k < 0 {
			return nil, fmt.Errorf("the map's axis %q must be name=from:to:step of an axis of %s", text, space)
		}
		r, err := semmap.ParseRange(rest)
		if err != nil {
			return nil, fmt.Errorf("the map's axis %s: %w", name, err)
		}
		samples, err := semmap.Sample(space[k], r)
		if err != nil {
			return nil, err
		}
		byName[name] = samples
	}
	var grid []semmap.Samples
	for _, axis := range space {
		samples, ok := byName[axis.Name]
		if !ok {
			return nil, fmt.Errorf("the map has no range for %s: give %s=from:to:step", axis.Name, axis.Name)
		}
		grid = append(grid, samples)
	}
	return grid, nil
}
