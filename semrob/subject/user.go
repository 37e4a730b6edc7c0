package subject

import (
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// UserParameter describes a user-defined semantic parameter. Revision is the version
// of its functions.
type UserParameter struct {
	Name     string `json:"name"`
	Revision string `json:"revision"`
	// Value is its value, 0 if it is an axis.
	Value float64 `json:"value"`
}

// userParameters checks the user-defined parameters, and returns them with the values
// of Set as defaults.
func (s Subject) userParameters() ([]rendered.UserParameter, error) {
	user := slices.Clone(s.Parameters)
	for i, p := range user {
		if userNamed(user[:i], p.Name) != nil {
			return nil, fmt.Errorf("two user-defined semantic parameters are called %q", p.Name)
		}
		if value, set := s.Set[p.Name]; set {
			user[i].Default = value
		}
		if err := user[i].Check(); err != nil {
			return nil, err
		}
	}
	return user, nil
}

// userNamed returns the parameter with this name, or nil.
func userNamed(user []rendered.UserParameter, name string) *rendered.UserParameter {
	if i := slices.IndexFunc(user, func(p rendered.UserParameter) bool { return p.Name == name }); i >= 0 {
		return &user[i]
	}
	return nil
}

// describeUser describes user-defined parameters on a space.
func describeUser(user []rendered.UserParameter, space objective.Space) []UserParameter {
	var all []UserParameter
	for _, p := range user {
		d := UserParameter{Name: p.Name, Revision: p.Revision}
		if space.Index(p.Name) < 0 {
			d.Value = p.Default
		}
		all = append(all, d)
	}
	return all
}
