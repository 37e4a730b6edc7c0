package mesh

import "testing"

func TestGeneratedAreStable(t *testing.T) {
	for _, name := range Generated() {
		a, _ := Open(name)
		b, _ := Open(name)
		if a.Hash() != b.Hash() {
			t.Errorf("%s differs from itself", name)
		}
		a.Vertices[0][0]++
		if c, _ := Open(name); c.Hash() != b.Hash() {
			t.Errorf("%s changes with a copy of it", name)
		}
	}
}
