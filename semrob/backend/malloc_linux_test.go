package backend

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
)

// A program with a large temporary result always runs in the same memory: the
// kernel provides almost no new pages.
func TestLargeTemporariesKeepTheirMemory(t *testing.T) {
	for _, name := range []string{"GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_MMAP_MAX_"} {
		if os.Getenv(name) != "" {
			t.Skipf("$%s is set: it decides how memory is kept", name)
		}
	}
	plugin := realPlugin(t)
	if !plugin.IsCPU() {
		t.Skip("needs XLA's CPU plugin; this one is for another device")
	}
	isolate(t)
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", filepath.Dir(plugin.Path))
	opened, err := Open(context.Background(), Options{NoInstall: true})
	if err != nil {
		t.Fatal(err)
	}
	const side = 4096 // a product of 64 MB
	product, err := graph.NewExec(opened.Compute, func(x *graph.Node) *graph.Node {
		square := graph.Dot(x, graph.Transpose(x, 0, 1)).Product()
		return graph.ReduceAllSum(graph.Dot(square, x).Product())
	})
	if err != nil {
		t.Fatal(err)
	}
	defer product.Finalize()
	ones := make([][]float32, side)
	for i := range ones {
		ones[i] = slices.Repeat([]float32{1}, 16)
	}
	run := func() {
		t.Helper()
		result, err := product.Call1(ones)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := result.Value().(float32), float32(16*side)*float32(16*side); got != want {
			t.Fatalf("the sum is %g, not %g", got, want)
		}
		result.FinalizeAll()
	}
	for range 3 {
		run()
	}
	const runs = 8
	before := faults(t)
	for range runs {
		run()
	}
	each := (faults(t) - before) / runs
	t.Logf("%d page faults in an execution", each)
	if pages := int64(side*side*4) / int64(os.Getpagesize()); each > pages/4 {
		t.Errorf("an execution causes %d page faults: its %d pages are mapped again", each, pages)
	}
}

// faults is the number of page faults of the process.
func faults(t *testing.T) int64 {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return usage.Minflt
}
