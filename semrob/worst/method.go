package worst

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/internal/method"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Method is a way to look for the least value. A method with a
// CheckNumbers() error method has its numbers checked before a run.
type Method interface {
	// Name is the method's name on the command line, such as "cma-es".
	Name() string
	// Needs returns the method's requirements of the objective.
	Needs() Needs
	// Run evaluates s until s.Left is 0.
	Run(ctx context.Context, s *Search) error
}

// Needs describes a method's requirements of the objective.
type Needs struct {
	// Gradient means that the method needs ∇f.
	Gradient bool
}

// Table lists every method, with default numbers. Flags, plans, files and help
// take methods and their numbers from it: a new method is one file and one entry
// here.
var Table = method.Table[Method]{
	What:    "method of finding worst cases",
	Methods: []Method{Combined{}, Spread{}, Gradient{}, CMAES{}, Pattern{}},
}

// Methods returns the methods of Table.
func Methods() []Method { return slices.Clone(Table.Methods) }

// MethodByName returns the method of Table with this name; "" is Combined. Case,
// and _ for -, make no difference.
func MethodByName(name string) (Method, error) {
	return Table.ByName(cmp.Or(name, Combined{}.Name()))
}

// check reports numbers of a method that are out of range, and an objective or
// a budget that do not meet its needs.
func check(m Method, f objective.Objective, settings Settings) error {
	if c, ok := m.(method.Checker); ok {
		if err := c.CheckNumbers(); err != nil {
			return err
		}
	}
	if !m.Needs().Gradient {
		return nil
	}
	if _, white := objective.White(f); !white {
		return fmt.Errorf("%w: choose another method, such as %s", objective.ErrNoGradient, Combined{}.Name())
	}
	if settings.Evaluations <= settings.GradientCost {
		return fmt.Errorf("%d evaluations do not pay for a first value and a gradient, which costs %d", settings.Evaluations, settings.GradientCost)
	}
	return nil
}

// checkShare checks the numbers that most methods have.
func checkShare(share float64, starts int) error {
	if !(share >= 0 && share <= 1) {
		return fmt.Errorf("the share %g of the spread points must be between 0 and 1", share)
	}
	if starts < 0 {
		return fmt.Errorf("%d starts: the number must not be negative", starts)
	}
	return nil
}
