package semrob

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// ownParameters returns the subject's own parameters, checked, with the values
// that Set gives them as their defaults.
func (s Subject) ownParameters() ([]rendered.UserParameter, error) {
	own := append([]rendered.UserParameter(nil), s.Parameters...)
	for i, p := range own {
		if ownNamed(own[:i], p.Name) != nil {
			return nil, fmt.Errorf("two semantic parameters of the subject's own are called %q", p.Name)
		}
		if value, set := s.Set[p.Name]; set {
			own[i].Default = value
		}
		if err := own[i].Check(); err != nil {
			return nil, err
		}
	}
	return own, nil
}

// ownNamed returns the parameter of that name, nil where there is none.
func ownNamed(own []rendered.UserParameter, name string) *rendered.UserParameter {
	for i := range own {
		if own[i].Name == name {
			return &own[i]
		}
	}
	return nil
}

// ownInKey describes own parameters on a space; what an axis spans has no value
// of its own.
func ownInKey(own []rendered.UserParameter, space objective.Space) []ownIdentity {
	var key []ownIdentity
	for _, p := range own {
		id := ownIdentity{Name: p.Name, Revision: p.Revision}
		if space.Index(p.Name) < 0 {
			id.Value = p.Default
		}
		key = append(key, id)
	}
	return key
}

// storeFor returns where results of a subject are kept: nowhere where one of its
// own parameters does not tell its versions apart, since a function that was
// changed would show old results.
func (l *Lab) storeFor(r *resolved) (*store.Store, error) {
	for _, p := range r.own {
		if p.Revision == "" {
			return nil, nil
		}
	}
	return l.store()
}
