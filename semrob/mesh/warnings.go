package mesh

import (
	"fmt"
	"slices"
	"strings"
)

// warnings collects sentences about the shape and about the look of a mesh, each
// once, up to maxWarnings of each.
type warnings struct {
	shape, look sentences
	// dropped are the kinds of things that were left out, in the order of their
	// first ones.
	dropped []dropped
}

// dropped is a kind of things that were left out.
type dropped struct {
	what, where string
	many        int
}

// maxWarnings is the number of sentences of each kind that are kept.
const maxWarnings = 20

// add adds a sentence about the shape that begins with the name of the file, the
// first of args.
func (w *warnings) add(format string, args ...any) { w.shape.add(format, args...) }

// addLook adds a sentence that matters only if materials are drawn.
func (w *warnings) addLook(format string, args ...any) { w.look.add(format, args...) }

// drop counts something that is left out; what is a sentence without its full stop,
// and where is a format for the place, such as "x.obj:%d". There is one warning for
// all of a kind, with the first place and the number.
func (w *warnings) drop(where string, place int, what string) {
	for i := range w.dropped {
		if w.dropped[i].what == what {
			w.dropped[i].many++
			return
		}
	}
	w.dropped = append(w.dropped, dropped{what, fmt.Sprintf(where, place), 1})
}

// reason returns what was left out first, for an error about nothing being left.
func (w *warnings) reason() string {
	if len(w.dropped) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s: %s", w.dropped[0].where, w.dropped[0].what)
}

// give sets the warnings of a mesh.
func (w *warnings) give(m *Mesh) {
	for _, d := range w.dropped {
		if d.many == 1 {
			w.add("%s: %s.", d.where, d.what)
		} else {
			w.add("%s: %s (the first of %d).", d.where, d.what, d.many)
		}
	}
	m.Warnings, m.LookWarnings = w.shape.list(), w.look.list()
}

// sentences are different sentences.
type sentences struct {
	all   []string
	known map[string]bool
	left  int
}

func (s *sentences) add(format string, args ...any) {
	if len(s.all) == maxWarnings {
		s.left++
		return
	}
	key := format // without formatting, for warnings that come by the million
	if len(args) > 1 {
		key = fmt.Sprintf(format, args...)
	}
	if s.known[key] {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[key] = true
	s.all = append(s.all, fmt.Sprintf(format, args...))
}

// list returns the sentences, and the number of those left out.
func (s *sentences) list() []string {
	if s.left == 0 {
		return s.all
	}
	return append(slices.Clip(s.all), fmt.Sprintf("%d more warnings are not shown.", s.left))
}

// plain returns a text for use in a format.
func plain(text string) string { return strings.ReplaceAll(text, "%", "%%") }
