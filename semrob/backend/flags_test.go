package backend

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

func TestFlagsAreAdded(t *testing.T) {
	tuned := tuning{flags: [][]flag{{{"one", "true"}, {"two", ""}}, {{"three", "3"}}}}
	for name, c := range map[string]struct {
		before, after string
		all           bool
	}{
		"none set":            {"", "--one=true --two= --three=3", true},
		"another set":         {"--other=3", "--one=true --two= --three=3 --other=3", true},
		"inherited":           {"--two= --one=true --three=3", "--two= --one=true --three=3", true},
		"part of a group set": {"--one=false", "--three=3 --one=false", false},
		"a group set":         {"--three=4", "--one=true --two= --three=4", false},
		"a prefix set":        {"--one_more=false", "--one=true --two= --three=3 --one_more=false", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(flagsVariable, c.before)
			all, err := tuned.apply()
			if got := os.Getenv(flagsVariable); err != nil || got != c.after || all != c.all {
				t.Errorf("%q became %q, all in effect: %v (%v), want %q, %v", c.before, got, all, err, c.after, c.all)
			}
		})
	}
}

func TestFloat32IsExact(t *testing.T) {
	const variable = "NVIDIA_TF32_OVERRIDE"
	for name, c := range map[string]struct {
		options, want []string
		override      string
	}{
		"by default":    {nil, []string{"tf32=false"}, "0"},
		"shared card":   {[]string{"memory_fraction=0.3"}, []string{"memory_fraction=0.3", "tf32=false"}, "0"},
		"other options": {[]string{"preallocate=false"}, []string{"preallocate=false", "tf32=false"}, "0"},
		"requested":     {[]string{"tf32=false"}, []string{"tf32=false"}, "0"},
		"declined":      {[]string{"tf32=true"}, []string{"tf32=true"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(variable, "")
			got, err := exactFloat32(c.options)
			if err != nil || !slices.Equal(got, c.want) || os.Getenv(variable) != c.override {
				t.Errorf("%q became %q with %s=%q (%v), want %q and %q", c.options, got, variable, os.Getenv(variable), err, c.want, c.override)
			}
		})
	}
}

// A flag that the plugin does not support would end the process.
func TestOnlyKnownFlags(t *testing.T) {
	text := filepath.Join(t.TempDir(), "pjrt_c_api_cpu_plugin.so")
	if err := os.WriteFile(text, []byte(oneDNNTarget+oneDNNFlags[0].name+oneDNNFlags[1].name), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, "/no/such/file/pjrt_c_api_cpu_plugin.so"} {
		if tuned := tuningOf(pluginAt(path)); len(tuned.flags) > 0 || tuned.oneDNN {
			t.Errorf("%s is not a library, but gets %v", path, tuned)
		}
	}
	plugin := realPlugin(t)
	if mentions(plugin.Path, "xla_cpu_no_such_flag") {
		t.Error("an absent flag was found")
	}
	for _, f := range slices.Concat(tuningOf(plugin).flags...) {
		if !mentions(plugin.Path, f.name) {
			t.Errorf("%s does not contain %s", plugin.Path, f)
		}
	}
}

// convolve runs a convolution on the process's backend and prints whether HasOneDNN
// reports oneDNN, and whether the program can be serialised.
func convolve() int {
	b, err := Open(context.Background(), Options{NoInstall: true})
	if err == nil {
		fmt.Printf("has oneDNN: %v\n", HasOneDNN(b.Compute))
		run := func() error {
			_, err := graph.CallOnce(b.Compute, func(g *graph.Graph) *graph.Node {
				x := graph.IotaFull(g, shapes.Make(dtypes.Float32, 1, 16, 16, 32))
				return graph.Convolve(x, graph.IotaFull(g, shapes.Make(dtypes.Float32, 3, 3, 32, 32))).NoPadding().Done()
			})
			return err
		}
		if err = run(); err == nil && b.programs != nil {
			fmt.Printf("serialised: %v\n", b.programs.Try(run))
		}
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// TestOneDNN checks oneDNN's own log.
func TestOneDNN(t *testing.T) {
	plugin := realPlugin(t)
	for _, off := range []bool{false, true} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SEMROB_TEST_CONVOLVE=1", "ONEDNN_VERBOSE=1", "GOMLX_BACKEND=xla:"+plugin.Path, flagsVariable+"=")
		if off {
			cmd.Env = append(cmd.Env, flagsVariable+"=--xla_force_host_platform_device_count=1 --"+oneDNNFlags[0].name+"=false")
			if !tuningOf(plugin).oneDNN {
				t.Skip("the plugin was built without oneDNN: there is nothing to disable")
			}
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		want := tuningOf(plugin).oneDNN && !off
		says := strings.Contains(string(out), "has oneDNN: true")
		does := strings.Contains(string(out), "exec,cpu,convolution")
		if says != want || does != want {
			t.Errorf("disabled: %v; oneDNN is reported: %v, convolved: %v, want %v\n%s", off, says, does, want, out)
		}
	}
}
