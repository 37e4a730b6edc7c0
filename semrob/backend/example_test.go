package backend_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/semrob/gonb-semrob/semrob/backend"
)

// Pure Go needs no XLA, and computes some 250 times slower.
func ExampleOpen() {
	b, err := backend.Open(context.Background(), backend.Options{Config: "go"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Description())
	fmt.Println("GPU:", b.IsGPU())
	// Output:
	// pure Go, without XLA
	// GPU: false
}

// A plugin that is missing or damaged is an error, never a fallback.
func ExamplePluginError() {
	_, err := backend.Open(context.Background(), backend.Options{Config: "xla:/absent/pjrt_c_api_cpu_plugin.so"})
	var unusable *backend.PluginError
	if errors.As(err, &unusable) {
		fmt.Println(unusable.Path)
		fmt.Println("missing:", errors.Is(err, os.ErrNotExist))
	}
	// Output:
	// /absent/pjrt_c_api_cpu_plugin.so
	// missing: true
}
