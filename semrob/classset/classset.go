// Package classset has sets of classes that count as one: everything that people call
// a chair, though ImageNet has four classes of them. It reads files of sets, has those
// of ImageNet that are used most, and finds their classes among a network's labels.
//
// A file has a set in each line, with its classes separated by semicolons, since
// labels contain commas:
//
//	# lines that begin with # are comments
//	chair: folding chair; rocking chair; 765
//	  throne; 423 (barber chair)      # a line that begins with a space goes on
//
// A class is a label, as the network spells it apart from case, or an index. A label
// in parentheses after an index is checked.
package classset

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/limit"
)

// Collection is a list of sets.
type Collection struct {
	// Name is "paper", "16-class", or the path of a file.
	Name string
	// Sets are in the order of the file.
	Sets []Set
}

// Set is a set of classes.
type Set struct {
	Name    string
	Members []Member
}

// Member is a class of a set.
type Member struct {
	// Index is the index of the class, −1 if it is given by its label alone.
	Index int
	// Label is the label of the class; "" if it is given by its index alone.
	Label string
}

// String returns the member as in a file.
func (m Member) String() string {
	switch {
	case m.Index < 0:
		return m.Label
	case m.Label == "":
		return strconv.Itoa(m.Index)
	}
	return fmt.Sprintf("%d (%s)", m.Index, m.Label)
}

//go:embed sets.txt
var builtIn string

// Names of the collections in this package.
const (
	// Paper has the ten classes of Hamdi & Ghanem (ECCV Workshops 2020).
	Paper = "paper"
	// Entry has the 16 entry-level categories of Geirhos et al. (NeurIPS 2018).
	Entry = "16-class"
)

// BuiltIn returns the collections of this package, for networks with the classes of
// ImageNet: Paper and Entry.
func BuiltIn() []Collection {
	all, err := parse("", builtIn)
	if err != nil {
		panic(fmt.Sprintf("classset: %v", err)) // a test parses it
	}
	return all
}

// Open returns the collection of a name, or reads a file; "" means all collections of
// this package.
func Open(nameOrFile string) ([]Collection, error) {
	all := BuiltIn()
	if nameOrFile == "" {
		return all, nil
	}
	for _, c := range all {
		if c.Name == nameOrFile {
			return []Collection{c}, nil
		}
	}
	c, err := Read(nameOrFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no sets of classes in %q: choose %s or %s, or a file", nameOrFile, Paper, Entry)
	}
	return []Collection{c}, err
}

// largest is the size limit of a file, in bytes.
const largest = 16 << 20

// Read reads a file of sets.
func Read(path string) (Collection, error) {
	fail := func(err error) (Collection, error) {
		return Collection{}, fmt.Errorf("reading sets of classes: %w", err)
	}
	data, err := limit.ReadFile(path, largest)
	if err != nil {
		return fail(err)
	}
	all, err := parse(path, strings.TrimPrefix(string(data), "\ufeff"))
	if err != nil {
		return fail(fmt.Errorf("%s: %w", path, err))
	}
	return all[0], nil
}

// parse reads the text of a file. Headers such as [paper] begin another collection if
// there is no name.
func parse(name, text string) ([]Collection, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("not UTF-8 text")
	}
	all := []Collection{{Name: name}}
	at := 0
	for line := range strings.Lines(text) {
		at++
		line, _, _ = strings.Cut(strings.TrimRight(line, " \t\r\n"), "#")
		plain := strings.TrimSpace(line)
		c := &all[len(all)-1]
		switch {
		case plain == "":
		case name == "" && strings.HasPrefix(plain, "["):
			all = append(all, Collection{Name: strings.Trim(plain, "[]")})
		case line[0] == ' ' || line[0] == '\t':
			if len(c.Sets) == 0 {
				return nil, fmt.Errorf("line %d goes on, but there is no set before it: write NAME: and its classes on the line above", at)
			}
			if err := c.Sets[len(c.Sets)-1].add(plain); err != nil {
				return nil, fmt.Errorf("line %d: %w", at, err)
			}
		default:
			if err := c.begin(plain); err != nil {
				return nil, fmt.Errorf("line %d: %w", at, err)
			}
		}
	}
	if name == "" {
		return all[1:], nil
	}
	if len(all[0].Sets) == 0 {
		return nil, errors.New("it has no sets: give one a line, such as \"chair: folding chair; rocking chair\"")
	}
	for _, s := range all[0].Sets {
		if len(s.Members) == 0 {
			return nil, fmt.Errorf("the set %s has no classes", s.Name)
		}
	}
	return all, nil
}

// begin begins a set with the line "name: class; class".
func (c *Collection) begin(line string) error {
	name, members, ok := strings.Cut(line, ":")
	name = strings.TrimSpace(name)
	if !ok || name == "" {
		return fmt.Errorf("%q is not a set: write name: class; class", line)
	}
	if _, known := c.set(name); known {
		return fmt.Errorf("the set %s is there already: give it another name", name)
	}
	c.Sets = append(c.Sets, Set{Name: name})
	return c.Sets[len(c.Sets)-1].add(members)
}

// add adds the classes of a part of a line.
func (s *Set) add(text string) error {
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		m := Member{Index: -1, Label: part}
		number, label, _ := strings.Cut(part, " ")
		if i, err := strconv.Atoi(number); err == nil {
			label = strings.TrimSpace(label)
			inner, opened := strings.CutPrefix(label, "(")
			inner, closed := strings.CutSuffix(inner, ")")
			switch {
			case label == "":
				m = Member{Index: i}
			case opened && closed:
				m = Member{Index: i, Label: inner}
			}
			if m.Index >= 0 && i < 0 || i < 0 && label == "" {
				return fmt.Errorf("%q is not the index of a class", part)
			}
		}
		s.Members = append(s.Members, m)
	}
	return nil
}

func (c *Collection) set(name string) (Set, bool) {
	for _, s := range c.Sets {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Set{}, false
}

// Find returns the set of a name, apart from case. If several collections have one,
// they must have the same classes. An unknown name is an *enum.UnknownError.
func Find(all []Collection, name string) (Set, error) {
	var found []Set
	var known []string
	for _, c := range all {
		if s, ok := c.set(name); ok {
			found = append(found, s)
		}
		for _, s := range c.Sets {
			known = append(known, s.Name)
		}
	}
	if len(found) == 0 {
		return Set{}, &enum.UnknownError{What: "set of classes", Name: name, Known: distinct(known)}
	}
	for _, s := range found[1:] {
		if fmt.Sprint(s.Members) != fmt.Sprint(found[0].Members) {
			return Set{}, fmt.Errorf("the set %s differs between %s: choose one with class-sets", name, names(all))
		}
	}
	return found[0], nil
}

// names lists the collections, as in "paper and 16-class".
func names(all []Collection) string {
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = c.Name
	}
	return strings.Join(texts, " and ")
}

func distinct(names []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// With returns the set that contains a class of a network, given by its index and the
// network's labels. It is an error if there is none, or if there are several that
// differ.
func With(all []Collection, class int, labels []string) (Set, error) {
	var found []Set
	for _, c := range all {
		for _, s := range c.Sets {
			if s.has(class, labels[class]) {
				found = append(found, s)
			}
		}
	}
	if len(found) == 0 {
		return Set{}, fmt.Errorf("no set of classes has %q (%d): add one to a file of class-sets, or accept the class alone", labels[class], class)
	}
	for _, s := range found[1:] {
		if fmt.Sprint(s.Members) != fmt.Sprint(found[0].Members) {
			return Set{}, fmt.Errorf("%q is in the sets %s and %s, which differ: choose class-sets %s or another file",
				labels[class], found[0].Name, s.Name, strings.Join([]string{Paper, Entry}, ", "))
		}
	}
	return found[0], nil
}

// has reports whether the set has a class. A label beside an index is checked by On.
func (s Set) has(class int, label string) bool {
	for _, m := range s.Members {
		if m.Index == class || m.Index < 0 && strings.EqualFold(m.Label, label) {
			return true
		}
	}
	return false
}

// On returns the indices of the set's classes among a network's labels, ascending. A
// class that the network does not have is an error.
func (s Set) On(network string, labels []string) ([]int, error) {
	found := map[int]bool{}
	for _, m := range s.Members {
		i, err := m.on(labels)
		if err != nil {
			return nil, fmt.Errorf("the set %s on the network %s: %w", s.Name, network, err)
		}
		found[i] = true
	}
	var indices []int
	for i := range labels {
		if found[i] {
			indices = append(indices, i)
		}
	}
	return indices, nil
}

func (m Member) on(labels []string) (int, error) {
	if m.Index < 0 {
		at := -1
		for i, label := range labels {
			if !strings.EqualFold(label, m.Label) {
				continue
			}
			if at >= 0 {
				return 0, fmt.Errorf("several classes are called %q: give the index of one, such as %d", m.Label, at)
			}
			at = i
		}
		if at < 0 {
			return 0, fmt.Errorf("no class is called %q: give labels of this network, or indices, in a file of class-sets", m.Label)
		}
		return at, nil
	}
	if m.Index >= len(labels) {
		return 0, fmt.Errorf("class %d is outside 0…%d", m.Index, len(labels)-1)
	}
	if label := labels[m.Index]; m.Label != "" && !alike(m.Label, label) {
		return 0, fmt.Errorf("class %d is %q, not %q: its classes are others: write its sets to a file of class-sets", m.Index, label, m.Label)
	}
	return m.Index, nil
}

// alike reports whether two labels share a word: sources spell the labels of ImageNet
// in several ways, such as "folding chair" and "chair, folding".
func alike(a, b string) bool {
	words := func(text string) []string {
		return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" ,;-_'()/.", r) })
	}
	for _, x := range words(a) {
		for _, y := range words(b) {
			if x == y {
				return true
			}
		}
	}
	return false
}
