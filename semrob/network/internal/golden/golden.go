// Package golden reads the reference outputs of networks for tests, from the
// folder of reference data.
package golden

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/sbinet/npyio/npz"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// File is the output of an architecture with generated weights.
type File = reference.File

// Read returns the reference output of an architecture, such as
// "efficientnet_lite0". The test is skipped if the reference data is absent.
func Read(t testing.TB, name string) File {
	t.Helper()
	f, err := reference.Read(filepath.Join(testdata.Dir(t), "golden", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Views are pictures of meshes with the logits of a trained network on them.
type Views struct {
	// Images are [64, S, S] grey levels 0…255.
	Images []uint8
	// Logits are [64, classes].
	Logits []float32
}

// ReadViews returns the views of a network, such as "efficientnet_lite0". The
// test is skipped if the reference data is absent.
func ReadViews(t testing.TB, name string) (v Views) {
	t.Helper()
	file, err := npz.Open(filepath.Join(testdata.Dir(t), "golden", name+"_views.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for key, to := range map[string]any{"image.npy": &v.Images, "logits.npy": &v.Logits} {
		if err := file.Read(key, to); err != nil {
			t.Fatal(fmt.Errorf("%s of %s: %w", key, name, err))
		}
	}
	return v
}

// Weights returns generated values for the parameters.
func Weights(params []weights.Parameter) weights.Set { return reference.Weights(params) }

// Images returns the generated input [2, S, S, 3], colours 0…1, NHWC.
func Images(size int) []float32 { return reference.Input(size) }

// NHWC converts a position in a [batch, 3, S, S] tensor to one in
// [batch, S, S, 3].
func NHWC(i, size int) int { return reference.NHWC(i, size) }
