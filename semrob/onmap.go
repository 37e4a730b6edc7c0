package semrob

import (
	"path/filepath"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// onMap describes a map that is examined in place of a network: its file and, if
// its meta says how it was made, the question and the subject d.
func onMap(m *semmap.Map) (of *question.OnMap, d *subject.Description, err error) {
	of = &question.OnMap{}
	if m.File != "" {
		hash, err := subject.HashFile(m.File)
		if err != nil {
			return nil, nil, err
		}
		of.File = &subject.File{Path: filepath.Base(m.File), Hash: hash}
	}
	if made, err := question.Parse(m.Meta); err == nil {
		if q, ok := made.Question.(*question.Map); ok && slices.Equal(m.Shape(), shapeOf(q)) {
			of.Map, d = q, made.Description
		}
	}
	return of, d, nil
}

// deviceOf returns the kind of device that computed a map; "" if it is not known.
func deviceOf(m *semmap.Map) string {
	made, err := question.Parse(m.Meta)
	if err != nil {
		return ""
	}
	return made.Device
}

// shapeOf returns the shape of a question's map; slices of the map differ from it.
func shapeOf(q *question.Map) []int {
	shape := make([]int, len(q.Axes))
	for k, a := range q.Axes {
		shape[len(shape)-1-k] = len(a.Values)
	}
	return shape
}
