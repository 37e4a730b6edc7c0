package plan

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// Load reads and checks a plan's file. All problems are in one *Error. It opens
// networks, but only checks that the files of meshes exist. Cancelling ctx ends a
// download of weights.
func Load(ctx context.Context, path string) (*Plan, error) {
	data, err := limit.ReadFile(path, limit.Text)
	if err != nil {
		return nil, fmt.Errorf("reading the plan of a study: %w", err)
	}
	return parse(ctx, path, data)
}

// parse is Load for a file's content.
func parse(ctx context.Context, path string, data []byte) (*Plan, error) {
	l := &loader{reader: &reader{}, ctx: ctx, plan: &Plan{Study: "study", File: path, Dir: filepath.Dir(path), Space: objective.Viewpoints()}}
	if tree := l.parse(data); tree != nil {
		l.all(tree)
	}
	return l.plan, l.err(path)
}

// loader converts the tree of a plan. It keeps nodes that depend on others until
// those are read.
type loader struct {
	*reader
	ctx  context.Context
	plan *Plan

	common methodReader // the settings of all methods
	starts ast.Node
	maps   ast.Node
	// lookLine is the line of background or, without it, of look.
	lookLine int
	// rightLine is the line of a method that asks for top-1 answers, or 0.
	rightLine int
}

func (l *loader) all(tree ast.Node) {
	p := l.plan
	var methods ast.Node
	on, onLine := "", 0
	there := l.mapping(tree, "the plan", map[string]field{
		"study":    func(n ast.Node) { p.Named = true; l.text("the study's name", &p.Study)(n) },
		"networks": func(n ast.Node) { l.some(n, "networks", l.network) },
		"objects":  func(n ast.Node) { l.some(n, "objects", l.object) },
		"space":    l.space,
		"look":     l.look,
		"methods":  func(n ast.Node) { methods = n },
		"settings": func(n ast.Node) { l.mapping(n, "settings", l.common.fields(l)) },
		"starts":   func(n ast.Node) { l.starts = n },
		"seeds":    l.seeds,
		"map":      func(n ast.Node) { l.maps = n },

		"regions-on": func(n ast.Node) { l.text("regions-on", &on)(n); onLine = lineOf(n) },
	})
	if !studyName(p.Study) {
		l.wrong(1, "the study's name %q must consist of at most 64 letters, digits, - and _, and begin with a letter or digit", p.Study)
	}
	for _, needed := range []string{"networks", "objects"} {
		if !there[needed] {
			l.wrong(1, "no %s: list at least one", needed)
		}
	}
	l.readMethods(methods)
	l.readStarts()
	l.readMap()
	l.checkSizes()
	l.regionsOn(on, onLine)
	if len(p.Seeds) == 0 {
		p.Seeds = []uint64{0}
	}
	if len(p.Seeds) > 1 && !p.random() {
		l.wrong(1, "several seeds without random starts give the same results several times: give one seed, or starts: {random: n}")
	}
	l.unique()
	l.checkAnswers()
	l.checkClasses()
	l.checkLook()
}

// random reports whether results depend on the seed.
func (p *Plan) random() bool {
	if p.RandomStarts > 0 {
		return true
	}
	for _, m := range p.Methods {
		if m.Promise != nil {
			return true
		}
		s := m.Settings.WithDefaults()
		if n := len(p.Space); s.Mode == region.Default && (n > 30 || 1<<n > s.MaxCorners) {
			return true
		}
	}
	return false
}

// FileName returns a name for the study made from its plan's file, as in lite-4f1c9a3e:
// the file's name and a hash of its whole path.
func (p *Plan) FileName() string {
	whole, err := filepath.Abs(p.File)
	if err != nil {
		whole = p.File
	}
	base := strings.TrimSuffix(filepath.Base(whole), filepath.Ext(whole))
	base = strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", r) {
			return r
		}
		return '-'
	}, base)
	base = strings.Trim(base[:min(len(base), 40)], "-")
	sum := sha256.Sum256([]byte(whole))
	return cmp.Or(base, "study") + "-" + hex.EncodeToString(sum[:4])
}

func studyName(name string) bool {
	if name == "" || len(name) > 64 || strings.HasPrefix(name, "-") || strings.HasPrefix(name, "_") {
		return false
	}
	return strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func (l *loader) space(node ast.Node) {
	var axes ast.Node
	l.plan.Set = map[string]float64{}
	l.mapping(node, "space", map[string]field{
		"axes": func(n ast.Node) { axes = n },
		"set":  func(n ast.Node) { l.pairs(n, "set", l.parameter) },
	})
	if axes == nil {
		return
	}
	var texts []string
	l.some(axes, "axes", func(n ast.Node) {
		var text string
		l.text("an axis", &text)(n)
		if _, err := subject.ParseSpace(text); err != nil {
			l.wrong(lineOf(n), "%w", err)
			return
		}
		texts = append(texts, text)
	})
	space, err := subject.ParseSpace(texts...)
	if err != nil {
		l.wrong(lineOf(axes), "%w", err)
		return
	}
	l.plan.Space = space
}

func (l *loader) parameter(name string, node ast.Node) {
	p, err := render.LookupParameter(name)
	if err != nil {
		l.wrong(lineOf(node), "%w", err)
		return
	}
	before, x := len(l.problems), 0.0
	l.number(name, -1e9, 1e9, &x)(node)
	if len(l.problems) > before {
		return
	}
	if err := p.Check(x); err != nil {
		l.wrong(lineOf(node), "%w", err)
	}
	l.plan.Set[name] = x
}

func (l *loader) seeds(node ast.Node) {
	l.some(node, "seeds", func(n ast.Node) {
		seed := -1
		l.integer("a seed", 0, 1<<53-1, &seed)(n)
		if seed >= 0 {
			l.plan.Seeds = append(l.plan.Seeds, uint64(seed))
		}
	})
}

func (l *loader) readStarts() {
	p := l.plan
	viewpoints := len(p.Space) == 2 && p.Space[0].Name == objective.Azimuth.Name && p.Space[1].Name == objective.Elevation.Name
	switch node := l.starts.(type) {
	case nil:
		if !viewpoints {
			l.wrong(1, "no starts: list points of %s, or give starts: {random: 4}", p.Space)
			return
		}
		p.Starts = region.DefaultStarts()
	case *ast.MappingNode, *ast.MappingValueNode:
		l.mapping(node, "starts", map[string]field{"random": l.integer("the number of random starts", 1, 10_000, &p.RandomStarts)})
	default:
		l.some(node, "starts", l.start)
	}
	for _, start := range p.Starts {
		if err := p.Space.CheckPoint(start); err != nil && l.starts == nil {
			l.wrong(1, "the default start %v: %w: list starts", start, err)
		}
	}
}

func (l *loader) start(node ast.Node) {
	var point []float64
	l.list(node, "a start", func(n ast.Node) {
		x := 0.0
		l.number("a coordinate", -1e9, 1e9, &x)(n)
		point = append(point, x)
	})
	if err := l.plan.Space.CheckPoint(point); err != nil {
		l.wrong(lineOf(node), "start: %w", err)
	}
	l.plan.Starts = append(l.plan.Starts, point)
}

func (l *loader) readMap() {
	if l.maps == nil {
		return
	}
	var texts []string
	l.some(l.maps, "map", func(n ast.Node) {
		var text string
		l.text("an axis of the map", &text)(n)
		texts = append(texts, text)
	})
	var err error
	if l.plan.Map, err = subject.GridOn(l.plan.Space, texts...); err != nil {
		l.wrong(lineOf(l.maps), "%w", err)
	}
}

// regionsOn checks regions-on.
func (l *loader) regionsOn(on string, line int) {
	switch on {
	case "", "network":
	case "map":
		if l.plan.OnMap = true; l.maps == nil {
			l.wrong(line, "regions-on: map needs maps: give map: [name=from:to:step, …], or regions-on: network")
		}
	default:
		l.wrong(line, "%w", &enum.UnknownError{What: "value of regions-on", Name: on, Known: []string{"network", "map"}})
	}
}

// checkSizes reports methods that would need more memory or time than any machine has.
func (l *loader) checkSizes() {
	p := l.plan
	for _, m := range p.Methods {
		axes, starts := len(p.Space), max(len(p.Starts), p.RandomStarts)
		check := func() error { return m.Settings.CheckSize(m.Method, axes, starts) }
		if m.Promise != nil {
			check = func() error { return m.Promise.CheckSize(axes, starts) }
		}
		if err := check(); err != nil {
			l.wrong(m.line, "%s: %w", m.Name(), err)
		}
	}
}

// unique reports duplicate objects and networks.
func (l *loader) unique() {
	lines := map[string]int{}
	for _, o := range l.plan.Objects {
		if first, twice := lines[o.ID]; twice {
			l.wrong(o.line, "the object %s is already on line %d: give it another name", o.ID, first)
		}
		lines[o.ID] = o.line
	}
	lines = map[string]int{}
	for _, n := range l.plan.Networks {
		if n.wrong {
			continue
		}
		if first, twice := lines[n.Key()]; twice {
			l.wrong(n.line, "the network %s is already on line %d", n.Title, first)
		}
		lines[n.Key()] = n.line
	}
}

// checkAnswers reports top-1 answers where there are none.
func (l *loader) checkAnswers() {
	if l.rightLine == 0 {
		return
	}
	for _, n := range l.plan.Networks {
		if n.Analytic != "" {
			l.wrong(l.rightLine, "right needs top-1 answers, which the formula %s does not have: give a threshold", n.Analytic)
		}
	}
}

// checkClasses reports classes that a network does not have, once for each line and
// network.
func (l *loader) checkClasses() {
	said := map[string]bool{}
	for i := range l.plan.Networks {
		n := &l.plan.Networks[i]
		if n.opened == nil {
			continue
		}
		for _, o := range l.plan.Objects {
			err := n.accepts(o, l.plan.Dir)
			key := fmt.Sprint(o.line, o.Class, i)
			if err == nil || said[key] {
				continue
			}
			said[key] = true
			l.wrong(o.line, "%s: %w", n.Title, err)
		}
	}
}
