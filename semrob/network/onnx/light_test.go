package onnx

import (
	"archive/zip"
	"context"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/semrob/gonb-semrob/internal/pip"
)

// lightModels are those of the Python package onnx: networks of the ONNX model zoo
// with constant weights, and their outputs.
var lightModels = []string{"squeezenet", "shufflenet", "bvlc_alexnet", "zfnet512", "vgg19", "inception_v1", "inception_v2", "resnet50", "densenet121"}

// TestLightModels compares models of the zoo with the outputs shipped with
// them: the first two, or all with SEMROB_LONG set.
func TestLightModels(t *testing.T) {
	if testing.Short() {
		t.Skip("fetches the Python package onnx, 20 MB")
	}
	folder := lightFolder(t)
	models := lightModels
	if os.Getenv("SEMROB_LONG") == "" {
		models = models[:2]
		t.Logf("only %v; SEMROB_LONG=1 runs all", models)
	}
	for _, name := range models {
		t.Run(name, func(t *testing.T) {
			m, err := Open(filepath.Join(folder, "light_"+name+".onnx"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if m.InputSize != 224 || m.Classes != 1000 || m.piece != 0 {
				t.Errorf("%d px, %d classes, pieces of %d", m.InputSize, m.Classes, m.piece)
			}
			images := slices.Repeat([]float32{1}, 2*224*224*3)
			got, _ := run(t, m, images, 2, false)
			want := lightOutput(t, filepath.Join(folder, "light_"+name+"_output_0.pb"))
			for i := range 2 {
				scores := got[i*1000 : (i+1)*1000]
				if name != "densenet121" { // which ends without a softmax
					scores = softmax(scores)
				}
				for k := range want {
					if off := math.Abs(float64(scores[k] - want[k])); !(off <= 1e-5*max(1, math.Abs(float64(want[k])))) {
						t.Fatalf("image %d, class %d: %g, want %g", i, k, scores[k], want[k])
					}
				}
			}
		})
	}
}

func softmax(scores []float32) []float32 {
	p, sum, largest := make([]float32, len(scores)), 0.0, float64(slices.Max(scores))
	for _, s := range scores {
		sum += math.Exp(float64(s) - largest)
	}
	for i, s := range scores {
		p[i] = float32(math.Exp(float64(s)-largest) / sum)
	}
	return p
}

// lightOutput reads a tensor of float32.
func lightOutput(t *testing.T, path string) (values []float32) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for raw := []byte(m.text(tensorRaw)); len(raw) >= 4; raw = raw[4:] {
		bits, _ := protowire.ConsumeFixed32(raw)
		values = append(values, math.Float32frombits(bits))
	}
	if len(values) != 1000 {
		t.Fatalf("%s has %d values", path, len(values))
	}
	return values
}

// lightFolder downloads the package with pip and unpacks its models; the test is
// skipped if no package index answers.
func lightFolder(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	folder := t.TempDir()
	wheel, err := pip.Fetch{Requirement: "onnx==1.23.2"}.Wheel(ctx, folder)
	if err != nil {
		t.Skipf("the Python package onnx cannot be had here: %v", err)
	}
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, member := range archive.File {
		if !strings.HasPrefix(member.Name, "onnx/backend/test/data/light/") {
			continue
		}
		from, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, path.Base(member.Name)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
