// Package method keeps tables of methods, such as those that grow regions: each
// has a name and a struct of its own numbers. Flags, plans, files and help know
// a method and its numbers from its row of the table alone.
package method

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"
)

// Method is what a table holds: a struct whose exported fields are its numbers.
// A field's json tag names it, its usage tag explains it on one line, its name
// with - for _ is its flag and its key in plans. A number of 0 is the default.
type Method interface {
	// Name is the method's name in flags and files, such as "oir-b".
	Name() string
}

// Checker is a method that checks its numbers.
type Checker interface {
	// CheckNumbers reports the first number that is out of range.
	CheckNumbers() error
}

// Table is methods of one kind by name; the order is that of help and tables.
type Table[M Method] struct {
	// What names the kind in messages, such as "method of growing regions".
	What string
	// Methods are one of each, with default numbers.
	Methods []M
}

// Names returns the methods' names.
func (t Table[M]) Names() []string {
	names := make([]string, len(t.Methods))
	for i, m := range t.Methods {
		names[i] = m.Name()
	}
	return names
}

// ByName returns the method with this name and default numbers. Case, and _ for
// -, make no difference. Other names are an *enum.UnknownError.
func (t Table[M]) ByName(name string) (M, error) {
	normal := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	for _, m := range t.Methods {
		if m.Name() == normal {
			return m, nil
		}
	}
	var none M
	return none, &enum.UnknownError{What: t.What, Name: name, Known: t.Names()}
}

// Decode returns the method with this name and the numbers of a JSON object, nil
// or empty for the defaults. A number that the method does not have is an error.
func (t Table[M]) Decode(name string, numbers []byte) (M, error) {
	m, err := t.ByName(name)
	if err != nil || len(numbers) == 0 {
		return m, err
	}
	made := reflect.New(reflect.TypeOf(m))
	strict := json.NewDecoder(bytes.NewReader(numbers))
	strict.DisallowUnknownFields()
	if err := strict.Decode(made.Interface()); err != nil {
		return m, fmt.Errorf("the numbers of %s: %w", m.Name(), err)
	}
	m = made.Elem().Interface().(M)
	if c, ok := any(m).(Checker); ok {
		if err := c.CheckNumbers(); err != nil {
			return m, fmt.Errorf("the numbers of %s: %w", m.Name(), err)
		}
	}
	return m, nil
}

// With returns the method with this name and these numbers, by their names as
// Number has them. A number that the method does not have is an error that
// lists those that it has.
func (t Table[M]) With(name string, numbers map[string]float64) (M, error) {
	m, err := t.ByName(name)
	if err != nil {
		return m, err
	}
	fields := map[string]float64{}
	own := NumbersOf(m)
	for name, x := range numbers {
		field := ""
		var names []string
		for _, n := range own {
			if names = append(names, n.Name); n.Name == name {
				field = n.field
			}
		}
		switch {
		case field == "" && len(own) == 0:
			return m, fmt.Errorf("the method %s has no %s: it has no numbers of its own", m.Name(), name)
		case field == "":
			return m, fmt.Errorf("the method %s has no %s: it has %s", m.Name(), name, strings.Join(names, ", "))
		}
		fields[field] = x
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return m, fmt.Errorf("the numbers of %s: %w", m.Name(), err)
	}
	return t.Decode(m.Name(), data)
}

// Number describes a number of a method, or of several.
type Number struct {
	// Name is that of its flag and of its key in plans, such as "alpha".
	Name string
	// Usage explains it on one line.
	Usage string
	// Methods are the names of those that have it.
	Methods []string

	field string // in JSON
}

// Numbers returns the numbers of all methods of the table, each name once, in
// the order of the methods.
func (t Table[M]) Numbers() []Number {
	var all []Number
	at := map[string]int{}
	for _, m := range t.Methods {
		for _, n := range NumbersOf(m) {
			i, known := at[n.Name]
			if !known {
				i = len(all)
				at[n.Name], all = i, append(all, n)
			}
			all[i].Methods = append(all[i].Methods, m.Name())
		}
	}
	return all
}

// NumbersOf returns the numbers of one method, in the order of its fields.
func NumbersOf(m Method) []Number {
	var numbers []Number
	t := reflect.TypeOf(m)
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		numbers = append(numbers, Number{Name: strings.ReplaceAll(name, "_", "-"), Usage: f.Tag.Get("usage"), field: name})
	}
	return numbers
}

// Marshal returns a method as a JSON object: its numbers, and its name as "name".
func Marshal(m Method) ([]byte, error) {
	numbers, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("the numbers of %s: %w", m.Name(), err)
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(numbers, &fields); err != nil {
		return nil, fmt.Errorf("the numbers of %s: %w", m.Name(), err)
	}
	if fields["name"], err = json.Marshal(m.Name()); err != nil {
		return nil, fmt.Errorf("the name of a method: %w", err)
	}
	return json.Marshal(fields)
}

// Unmarshal reads what Marshal returned.
func (t Table[M]) Unmarshal(data []byte) (M, error) {
	var none M
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &fields); err != nil {
		return none, fmt.Errorf("reading a %s: %w", t.What, err)
	}
	var name string
	if err := json.Unmarshal(fields["name"], &name); err != nil {
		return none, fmt.Errorf("reading the name of a %s: %w", t.What, err)
	}
	delete(fields, "name")
	numbers, err := json.Marshal(fields)
	if err != nil {
		return none, err
	}
	return t.Decode(name, numbers)
}
