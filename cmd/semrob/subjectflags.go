package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// subjectFlags are the flags of commands that examine an object seen by a
// network.
type subjectFlags struct {
	subject semrob.Subject
	set     []string
	look    optionFlags
}

func (f *subjectFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.subject.Mesh, "mesh", "", meshUsage)
	flags.StringVar(&f.subject.Network, "network", semrob.DefaultNetwork, "a name, file of weights, file.onnx, hf:owner/name, python:file.py, or http://host/v2/models/name")
	flags.StringVar(&f.subject.Class, "class", "", "class that the network should recognise: label, index, several with commas, or a set such as @chair")
	f.look.add(flags, subject.OfNetwork)
	f.addSet(flags)
	f.addLook(flags)
}

// addLook adds the options of the object's look.
func (f *subjectFlags) addLook(flags *pflag.FlagSet) { f.look.add(flags, subject.OfLook) }

// addGradients adds the options of gradients.
func (f *subjectFlags) addGradients(flags *pflag.FlagSet) { f.look.add(flags, subject.OfGradients) }

func (f *subjectFlags) addSet(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.set, "set", nil, "name=value of a semantic parameter, such as distance=3 (repeatable)")
}

// read returns the subject with the values of --set, each at most once.
func (f *subjectFlags) read() (semrob.Subject, error) {
	s := f.subject
	s.Set = map[string]float64{}
	for _, text := range f.set {
		name, value, err := parseSetting(text)
		if err != nil {
			return s, err
		}
		if _, twice := s.Set[name]; twice {
			return s, fmt.Errorf("--set %s is given twice: give one value", name)
		}
		s.Set[name] = value
	}
	return s, s.Apply(f.look.settings...)
}

// optionFlags are flags for subject.Options.
type optionFlags struct{ settings []subject.Setting }

// add adds the options of a part of a subject.
func (f *optionFlags) add(flags *pflag.FlagSet, part subject.Part) {
	for _, o := range subject.OptionsOf(part) {
		flag := flags.VarPF(&optionFlag{to: f, option: o, text: o.Default}, o.Name, "", o.Usage)
		if o.Switch {
			flag.NoOptDefVal = "true"
		}
	}
}

// optionFlag is a pflag.Value for an option.
type optionFlag struct {
	to     *optionFlags
	option subject.Option
	text   string
}

func (f *optionFlag) String() string { return f.text }

func (f *optionFlag) Type() string {
	switch {
	case f.option.Switch:
		return "bool"
	case f.option.Repeated:
		return "stringArray"
	}
	return "string"
}

// Set checks the value at once, so that the error names the flag.
func (f *optionFlag) Set(text string) error {
	var scratch semrob.Subject
	if err := f.option.Set(&scratch, text); err != nil {
		return err
	}
	f.text = text
	f.to.settings = append(f.to.settings, subject.Setting{Name: f.option.Name, Value: text})
	return nil
}

// axisFlags are --axis of commands on spaces without samples.
type axisFlags struct{ axes []string }

func (f *axisFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.axes, "axis", nil, "axis of the space: a semantic parameter, or name=from:to (repeatable; default: the viewpoints)")
}

// space returns the space of --axis.
func (f *axisFlags) space() (objective.Space, error) { return semrob.ParseSpace(f.axes...) }
