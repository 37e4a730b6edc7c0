//go:build linux && cgo

package programs_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/backend/internal/programs"
)

var registered atomic.Int64

// opened is a client of the CPU plugin whose programs are kept in a folder.
type opened struct {
	*programs.Keeper
	backend compute.Backend
	notices []string
}

// open opens the CPU plugin anew. It skips the test without one.
func open(t *testing.T, dir string, dependsOn ...string) *opened {
	t.Helper()
	var plugin string
	for _, p := range backend.Find() {
		if p.IsCPU() {
			plugin = p.Path
			break
		}
	}
	if plugin == "" {
		t.Skip("no CPU plugin is installed: run `semrob setup`")
	}
	t.Setenv(programs.Variable, dir)
	o := &opened{}
	var err error
	if o.Keeper, err = programs.Open(dependsOn, func(line string) { o.notices = append(o.notices, line) }); err != nil {
		t.Fatal(err)
	}
	o.KeepEverything()
	name := fmt.Sprintf("/cpu/%d", registered.Add(1))
	if err := programs.Register(name, plugin, o.Keeper); err != nil {
		t.Fatal(err)
	}
	xla.EnableAutoInstall(false)
	if o.backend, err = xla.New(name + ",shared_buffers"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.backend.Finalize)
	return o
}

// gradient compiles and runs a program with a convolution, its gradient and a loop's
// worth of elementwise operations, and returns the bits of its results.
func (o *opened) gradient(t *testing.T, scale float32) []uint32 {
	t.Helper()
	exec, err := graph.NewExec(o.backend, func(images, kernel *graph.Node) []*graph.Node {
		y := graph.Tanh(graph.MulScalar(graph.Convolve(images, kernel).PadSame().Done(), scale))
		sum := graph.ReduceAllSum(graph.Mul(y, graph.Exp(y)))
		return append([]*graph.Node{sum}, graph.Gradient(sum, images, kernel)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(numbers(2*8*8*3, 1, 2, 8, 8, 3), numbers(3*3*3*4, 2, 3, 3, 3, 4))
	if err != nil {
		t.Fatal(err)
	}
	var bits []uint32
	for _, r := range results {
		err := r.ConstFlatData(func(flat any) {
			for _, v := range flat.([]float32) {
				bits = append(bits, math.Float32bits(v))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return bits
}

// numbers is a tensor of values between -1 and 1.
func numbers(n int, seed uint64, dimensions ...int) *tensors.Tensor {
	r := rand.New(rand.NewPCG(seed, 0))
	values := make([]float32, n)
	for i := range values {
		values[i] = 2*r.Float32() - 1
	}
	return tensors.FromFlatDataAndDimensions(values, dimensions...)
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "program-*.xla"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (o *opened) want(t *testing.T, what string, loaded, compiled, kept, notices int) {
	t.Helper()
	counts, err := o.Counts()
	if want := (programs.Counts{Loaded: loaded, Compiled: compiled, Kept: kept}); err != nil || counts != want {
		t.Errorf("%s: %+v, %v, want %+v", what, counts, err, want)
	}
	if len(o.notices) != notices {
		t.Errorf("%s: notices %q, want %d", what, o.notices, notices)
	}
}

func TestLoadedProgramsComputeTheSameToTheLastBit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "programs")
	first := open(t, dir, "machine")
	compiled := first.gradient(t, 0.5)
	first.want(t, "the first process", 0, 1, 1, 0)
	if len(compiled) != 1+2*8*8*3+3*3*3*4 || compiled[0] == 0 {
		t.Fatalf("%d results, the first %x", len(compiled), compiled[0])
	}

	second := open(t, dir, "machine")
	if loaded := second.gradient(t, 0.5); !slices.Equal(loaded, compiled) {
		t.Error("the loaded program computes something else")
	}
	second.want(t, "the second process", 1, 0, 0, 0)
	other := second.gradient(t, 0.25)
	second.want(t, "another program", 1, 1, 1, 0)
	if slices.Equal(other, compiled) {
		t.Error("another program computes the same")
	}

	third := open(t, dir, "another machine")
	third.gradient(t, 0.5)
	third.want(t, "another machine", 0, 1, 1, 0)
	if count, size := programs.Size(dir); count != 3 || size < 3*1000 {
		t.Errorf("%d programs of %d bytes", count, size)
	}
}

func TestDamagedProgramsAreReportedAndCompiledAnew(t *testing.T) {
	damages := map[string]struct {
		change func(file []byte) []byte
		says   string
	}{
		"truncated":   {func(file []byte) []byte { return file[:len(file)/2] }, "checksum"},
		"empty":       {func([]byte) []byte { return nil }, "incomplete"},
		"bit flipped": {func(file []byte) []byte { file[len(file)/2] ^= 4; return file }, "checksum"},
		"not a program, with its checksum": {func(file []byte) []byte {
			header, text := file[:len("semrob program 1\n")], []byte("nonsense")
			sum := sha256.Sum256(text)
			return slices.Concat(header, sum[:], text)
		}, "damaged"},
	}
	dir := filepath.Join(t.TempDir(), "programs")
	o := open(t, dir)
	want := o.gradient(t, 0.5)
	files := entries(t, dir)
	if len(files) != 1 {
		t.Fatalf("files %q", files)
	}
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range damages {
		if err := os.WriteFile(files[0], damage.change(bytes.Clone(good)), 0o600); err != nil {
			t.Fatal(err)
		}
		o.notices = nil
		before, _ := o.Counts()
		if got := o.gradient(t, 0.5); !slices.Equal(got, want) {
			t.Errorf("%s: other results", name)
		}
		after, _ := o.Counts()
		if after.Loaded != before.Loaded || after.Kept != before.Kept+1 {
			t.Errorf("%s: %+v, then %+v", name, before, after)
		}
		if len(o.notices) != 1 || !strings.Contains(o.notices[0], files[0]) || !strings.Contains(o.notices[0], damage.says) {
			t.Errorf("%s: notices %q", name, o.notices)
		}
		if again, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(again[:17], good[:17]) || len(again) < len(good)/2 {
			t.Errorf("%s: the entry was not replaced", name)
		}
	}
}

func TestTryRunsAProgramFromItsBytes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "programs")
	o := open(t, dir)
	want := o.gradient(t, 0.5)
	var got []uint32
	if err := o.Try(func() error { got = o.gradient(t, 0.5); return nil }); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, the same results: %v", err, slices.Equal(got, want))
	}
	if err := o.Try(func() error { return nil }); err == nil {
		t.Error("trying without a program succeeds")
	}
	o.want(t, "trying writes and counts nothing", 0, 1, 1, 0)
}

func TestFolderMustBeTheUsersAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv(programs.Variable, dir)
	if _, err := programs.Open(nil, nil); err == nil || !strings.Contains(err.Error(), "chmod go-w "+dir) {
		t.Errorf("a folder that others can write to: %v", err)
	}
	t.Setenv(programs.Variable, "off")
	if _, err := programs.Open(nil, nil); err == nil || !strings.Contains(err.Error(), "off") {
		t.Errorf("off: %v", err)
	}
	fresh := filepath.Join(dir, "fresh")
	t.Setenv(programs.Variable, fresh)
	if _, err := programs.Open(nil, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(fresh); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("a new folder: %v, %v", info.Mode(), err)
	}
}

func TestFolderThatCannotBeWrittenIsReportedOnce(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root writes everywhere")
	}
	dir := filepath.Join(t.TempDir(), "programs")
	o := open(t, dir)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	o.gradient(t, 0.5)
	o.gradient(t, 0.25)
	if counts, err := o.Counts(); err == nil || counts.Kept != 0 || len(o.notices) != 1 {
		t.Errorf("%+v, %v, notices %q", counts, err, o.notices)
	}
}
