package semrob

import (
	"errors"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/render/device"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// TestAnotherRasterizerClosesThePool lets go of the networks and renderers of a
// rasterizer that is not used any more.
func TestAnotherRasterizerClosesThePool(t *testing.T) {
	lab := &Lab{}
	defer lab.Close()
	first, err := lab.currentPool()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := lab.currentPool(); err != nil || again != first {
		t.Fatalf("a second pool for the same rasterizer, error %v", err)
	}
	lab.Rasterizer = device.Host
	if second, err := lab.currentPool(); err != nil || second == first {
		t.Fatalf("the same pool for another rasterizer, error %v", err)
	}
	if _, err := first.Open(t.Context(), subject.Description{}, nil); !errors.Is(err, subject.ErrClosed) {
		t.Errorf("the first pool is open: %v", err)
	}
}
