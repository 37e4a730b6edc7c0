package main

import (
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/hubtest"
	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// shapeNet makes a folder in ShapeNet's layout with boxes as three of the paper's
// objects, aeroplanes 1 and 2 and bathtub 0.
func shapeNet(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	const box = "v -1 -0.5 -0.5\nv 1 -0.5 -0.5\nv 1 0.5 -0.5\nv -1 0.5 -0.5\nv -1 -0.5 0.5\nv 1 -0.5 0.5\nv 1 0.5 0.5\nv -1 0.5 0.5\n" +
		"f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 3 4 8 7\nf 2 3 7 6\nf 1 5 8 4\n"
	for _, id := range []string{"02691156/4de5861211ad5b95e7ef9fff09638f8e", "02691156/4de653411d132abdf1e2558bb9cfc329", "02808440/b08727e640554b493321831d2245cf06"} {
		folder := filepath.Join(dir, filepath.FromSlash(id), "models")
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "model_normalized.obj"), []byte(box), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// publishedOf writes published files of a network for two classes of two objects in
// the shape of the authors' files, with ten classes so that they have the paper's names.
func publishedOf(t *testing.T, dir, network string) {
	t.Helper()
	azimuth, elevation := []int16{0, 60, 120, 180, 240, 300}, []int16{-10, 20, 50, 80}
	z := make([]float32, 10*2*len(elevation)*len(azimuth))
	for i := range z {
		z[i] = 0.25
	}
	region := make([]float32, 0, 10*2*3*4*4)
	starts := []float32{130, 30, 50, 20, 200, 15, 310, 50}
	for range 10 * 2 * 3 {
		for k := range 4 {
			x, y := starts[2*k], starts[2*k+1]
			region = append(region, x-5, y-5, x+5, y+5)
		}
	}
	for file, content := range map[string]npz.File{
		"maps": {
			"z":       {Shape: []int{10, 2, len(elevation), len(azimuth)}, Data: z},
			"azimuth": {Shape: []int{len(azimuth)}, Data: azimuth}, "elevation": {Shape: []int{len(elevation)}, Data: elevation},
		},
		"regions": {
			"region":        {Shape: []int{10, 2, 3, 4, 2, 2}, Data: region},
			"initial_point": {Shape: []int{4, 2}, Data: starts},
		},
	} {
		if err := content.Save(filepath.Join(dir, file+"_"+network+".npz")); err != nil {
			t.Fatal(err)
		}
	}
}

// generatedWeights returns random weights of the usual size.
func generatedWeights(params []weights.Parameter) weights.Set {
	set, random := weights.Set{}, rand.New(rand.NewPCG(1, 2))
	for _, p := range params {
		offset, scale := 1.0, 0.1
		switch {
		case strings.HasSuffix(p.Name, "running_mean"), strings.HasSuffix(p.Name, "bias"):
			offset = 0
		case len(p.Shape) >= 2:
			offset, scale = 0, math.Sqrt(6/float64(weights.Size(p.Shape[1:])))
		}
		values := make([]float32, weights.Size(p.Shape))
		for i := range values {
			values[i] = float32(offset + scale*(2*random.Float64()-1))
		}
		set[p.Name] = weights.Tensor{Shape: p.Shape, Data: values}
	}
	return set
}

// TestPaperObjects: plans have the objects of objects.csv whose file is there.
func TestPaperObjects(t *testing.T) {
	out, meshes, script := t.TempDir(), shapeNet(t), filepath.Join("..", "..", "docs", "paper", "paper.sh")
	for flags, want := range map[string]string{
		"":            "aeroplane-1 aeroplane-2 bathtub-0",
		"--objects 1": "aeroplane-1 bathtub-0",
		"--small":     "aeroplane-1 bathtub-0",
	} {
		args := append(append([]string{script, "--check"}, strings.Fields(flags)...), out, meshes, "white-lite0", "materials-lite1-set", "promise-lite2")
		cmd := exec.Command("sh", args...)
		cmd.Env = append(os.Environ(), "SEMROB=true") // the command that does nothing
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, study := range []string{"white-lite0", "materials-lite1-set", "promise-lite2"} {
			p, err := plan.Load(t.Context(), filepath.Join(out, study+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range p.Objects {
				got = append(got, o.ID)
			}
			if strings.Join(got, " ") != want || p.Study != study {
				t.Errorf("%s %s: the objects %v of the study %s, want %s", flags, study, got, p.Study, want)
			}
		}
	}
}

// TestPaper runs the paper's experiment as docs/paper says, small, with generated
// weights from a model hub on this machine, and sets it beside made-up published
// results. With SEMROB_LONG=1 its networks are the paper's own.
func TestPaper(t *testing.T) {
	networks := map[string]string{"mobilenet-v3-small": "timm/mobilenetv3_small_100.lamb_in1k"}
	list := "mobilenet-v3-small"
	if os.Getenv("SEMROB_LONG") != "" {
		list = "vgg16 resnet50 inception-v3"
		networks = map[string]string{"vgg16": "timm/vgg16.tv_in1k", "resnet50": "timm/resnet50.tv_in1k", "inception-v3": "timm/inception_v3.tv_in1k"}
	}
	more, published := map[string]map[string][]byte{}, t.TempDir()
	for name, id := range networks {
		a, err := architecture.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := weights.Encode(generatedWeights(a.Parameters()), false, nil)
		if err != nil {
			t.Fatal(err)
		}
		model, _, _ := strings.Cut(strings.TrimPrefix(id, "timm/"), ".")
		more[id] = map[string][]byte{"model.safetensors": file, "config.json": []byte(`{"architecture": "` + model + `"}`)}
		publishedOf(t, published, strings.ToUpper(name))
	}
	hub := hubtest.New(t, nil)
	hub.More = more

	out, script := t.TempDir(), filepath.Join("..", "..", "docs", "paper", "paper.sh")
	run := func() string {
		cmd := exec.Command("sh", script, "--small", "--networks", list, "--published", published, out, shapeNet(t), "paper")
		cmd.Env = append(os.Environ(), asCommand+"=1", "SEMROB="+os.Args[0])
		text, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return string(text)
	}
	said := run()
	for name := range networks {
		if !strings.Contains(said, name+": ready") || !strings.Contains(said, strings.ToUpper(name)) {
			t.Errorf("nothing about %s in\n%s", name, said)
		}
	}
	table, err := results.Open(filepath.Join(out, "paper", "results.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if want := len(networks) * 2 * 3 * 4; len(table.Rows) != want {
		t.Errorf("%d rows, want %d", len(table.Rows), want)
	}
	for _, r := range table.Rows {
		if r.Mode != "published" || r.Preprocess != "raw" || r.Iterations != 2 || r.Status == results.SetAside {
			t.Errorf("%s, %s: mode %s, %s, %d steps, %s %s", r.Object, r.Method, r.Mode, r.Preprocess, r.Iterations, r.Status, r.Error)
		}
	}
	beside, err := os.ReadFile(filepath.Join(out, "paper", "beside.md"))
	if err != nil || strings.Count(string(beside), "\n| oir-w ") != len(networks) || !strings.Contains(string(beside), "Maps of the study") {
		t.Errorf("error %v; beside the published results:\n%s", err, beside)
	}
	classes, err := os.ReadFile(filepath.Join(out, "paper", "beside-classes.md"))
	if err != nil || strings.Count(string(classes), "| bathtub ") != 4*len(networks) {
		t.Errorf("error %v; by class:\n%s", err, classes)
	}
	hub.Close() // all is there: the same command continues without a hub
	run()
}
