package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Item is the unit of work of a study: a question about one object seen by one
// network, for its map or for the regions that one method grows from all starts. It
// determines its result to the last bit on one kind of device, since batches are not
// shared between items.
type Item struct {
	// Object, Group and Network are the names in tables.
	Object  string `json:"object"`
	Group   string `json:"group"`
	Network string `json:"network"`
	// Analytic is the name of the formula that replaces a network, or "".
	Analytic string `json:"analytic,omitempty"`
	// Of describes the subject. Its paths are relative to the plan's folder.
	Of subject.Description `json:"of"`
	// Grow asks for regions, Promise for guaranteed regions, Map for a map; the others
	// are nil.
	Grow    *question.Regions   `json:"regions,omitempty"`
	Promise *question.Guarantee `json:"guarantee,omitempty"`
	Map     *question.Map       `json:"map,omitempty"`
	// Version is that of the question, Formula that of the package analytic.
	Version int    `json:"question_version"`
	Formula string `json:"formula_version,omitempty"`

	at string // the method's name, if the item is one of several Claims
}

// NetworkKey is Network.Key of the item's network.
func (i *Item) NetworkKey() string { return i.Network + " " + string(i.Of.Preprocess) }

// Question returns the item's question.
func (i *Item) Question() question.Question {
	switch {
	case i.Grow != nil:
		return i.Grow
	case i.Promise != nil:
		return i.Promise
	}
	return i.Map
}

// MethodName returns the name of the method of regions, or "" for a map.
func (i *Item) MethodName() string {
	switch {
	case i.Grow != nil:
		return i.Grow.Method.Name()
	case i.at != "":
		return i.at
	case i.Promise != nil:
		return guarantee.Method
	}
	return ""
}

// Claims returns the questions of the regions that the item's result has, one after the
// other for all starts: for guaranteed regions at several thresholds, one for each.
func (i *Item) Claims() []Item {
	if i.Promise == nil || len(i.Promise.Thresholds) == 0 {
		return []Item{*i}
	}
	all := make([]Item, len(i.Promise.Thresholds))
	for k, threshold := range i.Promise.Thresholds {
		q := *i.Promise
		q.Settings.Threshold, q.Thresholds = threshold, nil
		all[k] = *i
		all[k].Promise, all[k].at = &q, guarantee.MethodAt(threshold)
	}
	return all
}

// Starts returns the starts of regions, [start][axis]; nil for a map.
func (i *Item) Starts() [][]float64 {
	switch {
	case i.Grow != nil:
		return i.Grow.Starts
	case i.Promise != nil:
		return i.Promise.Starts
	}
	return nil
}

// Seed returns the seed of regions; 0 for a map.
func (i *Item) Seed() uint64 {
	switch {
	case i.Grow != nil:
		return i.Grow.Settings.Seed
	case i.Promise != nil:
		return i.Promise.Settings.Seed
	}
	return 0
}

// onMap returns the map that regions grow on, or nil.
func (i *Item) onMap() *question.OnMap {
	switch {
	case i.Grow != nil:
		return i.Grow.OnMap
	case i.Promise != nil:
		return i.Promise.OnMap
	}
	return nil
}

// asking returns the item with another question: regions, a promise or a map.
func (i Item) asking(q question.Question) Item {
	i.Grow, i.Promise, i.Map = nil, nil, nil
	switch q := q.(type) {
	case *question.Regions:
		i.Grow = q
	case *question.Guarantee:
		i.Promise = q
	case *question.Map:
		i.Map = q
	}
	i.Version = i.Question().Version()
	if i.Analytic != "" || !i.Question().UsesGradient() {
		i.Of.Gradients = nil
	}
	return i
}

// Record returns the record of the item's result.
func (i *Item) Record() question.Record { return question.NewRecord(&i.Of, i.Question()) }

// MapItem returns the item of the map that the regions grow on; ok is false if they
// grow on the network.
func (i Item) MapItem() (item Item, ok bool) {
	on := i.onMap()
	if on == nil {
		return Item{}, false
	}
	return i.asking(on.Map), true
}

// CheckVersion returns an error that wraps subject.ErrVersion if the item is of
// another version, for which this program would compute other numbers.
func (i *Item) CheckVersion() error {
	if i.Analytic == "" {
		if err := i.Of.Check(); err != nil {
			return err
		}
	}
	own := Item{Version: i.Question().Version()}
	if i.Analytic != "" {
		own.Formula = analytic.FormulaVersion
	}
	if i.Version != own.Version || i.Formula != own.Formula {
		return fmt.Errorf("%w: %s, not %s", subject.ErrVersion, i.versions(), own.versions())
	}
	return nil
}

func (i *Item) versions() string {
	return fmt.Sprintf("%s question=%d formula=%s", i.Of.Versions, i.Version, i.Formula)
}

// VersionText returns the versions of the code that decides the item's result.
func (i *Item) VersionText() string {
	if i.Promise != nil {
		return fmt.Sprintf("%s guarantee=%d", i.Of.Versions, guarantee.Version)
	}
	return fmt.Sprintf("%s region=%d", i.Of.Versions, region.Version)
}

// Total returns the number of items.
func (r *Prepared) Total() int {
	each := len(r.Methods) * len(r.Seeds)
	if len(r.Map) > 0 {
		each++
	}
	return each * len(r.Networks) * len(r.Objects)
}

// Items returns the items in the order of the table: by network, object, seed and
// method. An object's map comes before its regions.
func (r *Prepared) Items() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for n := range r.Networks {
			for o := range r.Objects {
				for item := range r.itemsOf(n, o) {
					if !yield(item) {
						return
					}
				}
			}
		}
	}
}

// itemsOf returns the items of a network and an object.
func (r *Prepared) itemsOf(n, o int) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		item := r.item(n, o)
		var of *question.Map
		if len(r.Map) > 0 {
			of = &question.Map{Axes: r.Map}
			if !yield(item.asking(of)) {
				return
			}
		}
		for _, seed := range r.Seeds {
			for _, method := range r.Methods {
				own := item
				own.Of.Gradients = method.Gradients.On(r.Space)
				if !yield(own.asking(r.asked(method, seed, o, of))) {
					return
				}
			}
		}
	}
}

// InWorkingOrder returns the items in the order of Items, but all maps first if
// regions grow on them.
func (r *Prepared) InWorkingOrder() iter.Seq[Item] {
	if !r.OnMap {
		return r.Items()
	}
	return func(yield func(Item) bool) {
		for _, maps := range []bool{true, false} {
			for item := range r.Items() {
				if (item.Map != nil) == maps && !yield(item) {
					return
				}
			}
		}
	}
}

// item returns the common part of the items of a network and an object.
func (r *Prepared) item(n, o int) Item {
	net, object := &r.Networks[n], r.Objects[o]
	s := r.Look
	s.Mesh, s.MeshRoot, s.Set = object.mesh(), r.meshes[o].root, r.Set
	if err := s.Apply(net.settings...); err != nil {
		panic(fmt.Sprintf("a plan that was not checked: %v", err)) // Load reports it
	}
	s.Network, s.Class = net.Subject.Network, object.Class
	i := Item{Object: object.ID, Group: object.Group, Network: net.Title, Analytic: net.Analytic}
	if net.Analytic != "" {
		s.Network, i.Formula, s.Class = net.Title, analytic.FormulaVersion, ""
		s.Preprocess = net.Subject.Preprocess
		var err error
		if s, err = s.Normal(); err != nil {
			panic(fmt.Sprintf("a plan that was not checked: %v", err))
		}
		i.Of = subject.Description{Subject: s, Label: object.Class, Fingerprint: analytic.FormulaVersion, Versions: subject.CurrentVersions()}
	} else {
		s.ClassSets = s.In(r.Dir).ClassSets
		of, err := s.Describe(net.opened)
		if err != nil {
			panic(fmt.Sprintf("a plan that was not checked: %v", err)) // Load reports it
		}
		i.Of = of
	}
	of, err := i.Of.On(r.Space)
	if err != nil {
		panic(fmt.Sprintf("a plan that was not checked: %v", err))
	}
	i.Of = of
	i.Of.MeshFiles, i.Of.MeshHash = r.meshes[o].files, r.meshes[o].hash
	i.Of.Weights, i.Of.LabelsFile, i.Of.BackgroundFile = r.weights[n], r.labels[n], r.background
	return i
}

// asked returns the question about the regions of a method.
func (r *Prepared) asked(m Method, seed uint64, object int, of *question.Map) question.Question {
	starts := r.Starts
	if r.RandomStarts > 0 {
		starts = randomStarts(r.Space, r.RandomStarts, seed, r.Objects[object].ID)
	}
	var on *question.OnMap
	if r.OnMap {
		on = &question.OnMap{Map: of}
	}
	if m.Promise != nil {
		q := &question.Guarantee{Settings: *m.Promise, Thresholds: m.Thresholds, Starts: starts, OnMap: on}
		q.Settings.Seed = seed
		return completed(q, q.Complete(r.Space))
	}
	q := &question.Regions{
		Method: question.RegionMethod{Method: m.Method}, Settings: m.Settings, Starts: starts,
		GradientStep: m.GradientStep, OnMap: on,
	}
	q.Settings.Seed = seed
	return completed(q, q.Complete(r.Space))
}

func completed(q question.Question, err error) question.Question {
	if err != nil {
		panic(fmt.Sprintf("a plan that was not checked: %v", err)) // Load reports it
	}
	return q
}

// randomStarts draws points for an object and a seed, the same for all networks and
// methods.
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

// ErrOlder is wrapped by errors about items with parts unknown to this version, which
// cannot be ignored without changing results.
var ErrOlder = errors.New("this worker is older than the study: use the same version")

// ParseItem parses the result of Item.Data. Its errors wrap ErrOlder, except for
// invalid JSON.
func ParseItem(data []byte) (Item, error) {
	var i Item
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&i); err != nil {
		if lax := json.Unmarshal(data, &Item{}); lax != nil && !errors.Is(lax, subject.ErrVersion) {
			var syntax *json.SyntaxError
			if errors.As(lax, &syntax) {
				return i, fmt.Errorf("reading an item of a study: %w", lax)
			}
		}
		return i, fmt.Errorf("reading an item of a study: %w: %w", err, ErrOlder)
	}
	if i.Grow == nil && i.Promise == nil && i.Map == nil {
		return i, fmt.Errorf("reading an item of a study: no question known to this version: %w", ErrOlder)
	}
	if err := i.check(); err != nil {
		return i, fmt.Errorf("reading an item of a study: %w", err)
	}
	return i, nil
}

// check reports an item that no plan makes.
func (i *Item) check() error {
	switch {
	case i.Grow != nil && i.Map != nil:
		return errors.New("it has two questions")
	case i.Grow != nil && i.Grow.Method.Method == nil:
		return errors.New("its regions have no method")
	case i.Grow != nil && i.Grow.OnMap != nil && i.Grow.OnMap.Map == nil:
		return errors.New("its regions grow on a map without a question")
	}
	return nil
}
