package graphname_test

import (
	"testing"

	"github.com/semrob/gonb-semrob/internal/graphname"
)

func TestNamesAreUniqueWhileTakenAndThenUsedAgain(t *testing.T) {
	first, second, other := graphname.Take("a"), graphname.Take("a"), graphname.Take("b")
	if got := []string{first.Of("x"), second.Of("x"), other.Of("x")}; got[0] != "a 1 x" || got[1] != "a 2 x" || got[2] != "b 1 x" {
		t.Errorf("names %q", got)
	}
	first.Release()
	if again, third := graphname.Take("a"), graphname.Take("a"); again.Of("x") != "a 1 x" || third.Of("x") != "a 3 x" {
		t.Errorf("after a release: %q, %q", again.Of("x"), third.Of("x"))
	}
}
