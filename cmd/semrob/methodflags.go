package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/method"
)

// methodFlags are --method and a flag for each number of the methods of a table.
type methodFlags struct {
	table   knownMethods
	name    string
	numbers map[string]*float64
	flags   *pflag.FlagSet
}

// knownMethods has the names and numbers of a table of methods.
type knownMethods struct {
	names   []string
	numbers []method.Number
}

func methodsOf[M method.Method](t method.Table[M]) knownMethods {
	return knownMethods{t.Names(), t.Numbers()}
}

func (f *methodFlags) add(flags *pflag.FlagSet, standard string) {
	f.flags, f.numbers = flags, map[string]*float64{}
	flags.StringVar(&f.name, "method", standard, "method: "+enum.Choice(f.table.names))
	for _, n := range f.table.numbers {
		f.numbers[n.Name] = flags.Float64(n.Name, 0, fmt.Sprintf("for %s: %s", listed(n.Methods), n.Usage))
	}
}

// methodWith returns the method with the given numbers.
func methodWith[M method.Method](t method.Table[M], f *methodFlags) (M, error) {
	given := map[string]float64{}
	for name, x := range f.numbers {
		if f.flags.Changed(name) {
			given[name] = *x
		}
	}
	m, err := t.With(f.name, given)
	if unknown := (*enum.UnknownError)(nil); errors.As(err, &unknown) {
		unknown.Known = f.table.names // guaranteed, too
	}
	if err != nil {
		return m, fmt.Errorf("--method %s: %w", f.name, err)
	}
	return m, nil
}
