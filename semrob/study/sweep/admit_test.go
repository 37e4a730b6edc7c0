package sweep_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// aQueue returns the queue of a study that nobody runs.
func aQueue(t *testing.T) *queue.Queue {
	t.Helper()
	server, err := embedded.Start(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	conn, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	q, err := queue.Open(t.Context(), conn, "study", queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// aMesh is a mesh's file.
const aMesh = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\nf 2 3 4\n"

// TestHostileItems gives a worker items that name files of its machine, or a model
// hub. It opens nothing, asks nobody, and says nothing of a file's content.
func TestHostileItems(t *testing.T) {
	const secret = "v password-of-the-worker 0 0\n"
	dir, elsewhere := t.TempDir(), t.TempDir()
	at := func(name, text string) (path, hash string) {
		t.Helper()
		path = filepath.Join(elsewhere, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		hash, err := subject.HashFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return path, hash
	}
	secretPath, secretHash := at("secret", secret)
	model, _ := at("model.onnx", secret)
	meshPath, meshHash := at("mesh.obj", aMesh)
	climbing, err := filepath.Rel(dir, meshPath)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	hub := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer hub.Close()
	t.Setenv("HF_ENDPOINT", hub.URL)
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	t.Setenv("HF_HUB_OFFLINE", "")

	p := prepare(t, `networks: [efficientnet-lite0, {analytic: soft-box}]
objects: [{mesh: cup, class: cup}]
methods: [naive]
settings: {iterations: 2}
`)
	items := slices.Collect(p.Items())
	real, formula := items[0], items[1]
	if real.Analytic != "" || formula.Analytic == "" {
		t.Fatal("the items are in another order")
	}
	file := func(path, hash string) []subject.File { return []subject.File{{Path: path, Hash: hash}} }
	for name, c := range map[string]struct {
		of     plan.Item
		change func(*plan.Item)
		want   error // nil: any that sets the item aside
	}{
		"network is a file of this machine":  {real, func(i *plan.Item) { i.Of.Network = secretPath }, nil},
		"network is a model of this machine": {real, func(i *plan.Item) { i.Of.Network = model }, nil},
		"architecture and a file":            {real, func(i *plan.Item) { i.Of.Network = "resnet50=" + model }, nil},
		"labels are a file of this machine":  {real, func(i *plan.Item) { i.Of.Open.Labels = secretPath }, nil},
		"background is a file":               {real, func(i *plan.Item) { i.Of.Background = secretPath }, nil},
		"hash that is a path":                {real, func(i *plan.Item) { i.Of.Weights = &subject.File{Path: "w.pth", Hash: "../" + secretPath} }, nil},
		"mesh is a file of this machine":     {formula, func(i *plan.Item) { i.Of.Mesh, i.Of.MeshHash, i.Of.MeshFiles = meshPath, "", nil }, nil},
		"known mesh outside the folder":      {formula, func(i *plan.Item) { i.Of.MeshFiles, i.Of.MeshHash = file(meshPath, meshHash), "" }, queue.ErrUnavailable},
		"known mesh by ..":                   {formula, func(i *plan.Item) { i.Of.MeshFiles, i.Of.MeshHash = file(climbing, meshHash), "" }, queue.ErrUnavailable},
		"known file that is no mesh":         {formula, func(i *plan.Item) { i.Of.MeshFiles, i.Of.MeshHash = file(secretPath, secretHash), "" }, queue.ErrUnavailable},
		"repository of a hub":                {real, func(i *plan.Item) { i.Of.Network = "hf:somebody/else" }, queue.ErrRefused},
		"architecture of a repository":       {real, func(i *plan.Item) { i.Of.Network = "resnet50=hf:somebody/else" }, queue.ErrRefused},
		"address":                            {real, func(i *plan.Item) { i.Of.Network = hub.URL + "/model.onnx" }, queue.ErrRefused},
		"address with pinned weights": {real, func(i *plan.Item) {
			i.Of.Network, i.Of.Weights = hub.URL+"/model.onnx", &subject.File{Path: "w.onnx", Hash: secretHash}
		}, queue.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			engine := &sweep.Engine{Dir: dir, Cache: t.TempDir()}
			defer engine.Close()
			c.change(&c.of)
			_, err := engine.Do(t.Context(), aQueue(t), queue.NewItem(c.of.Data()))
			switch {
			case err == nil:
				t.Fatal("no error")
			case c.want != nil && !errors.Is(err, c.want):
				t.Errorf("error %v, want one of %v", err, c.want)
			case c.want == nil && errors.Is(err, queue.ErrUnavailable):
				t.Errorf("the item goes from worker to worker for ever: %v", err)
			}
			if strings.Contains(err.Error(), "password") {
				t.Errorf("the error tells the content of the file: %v", err)
			}
		})
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the hub was asked %d times", n)
	}
}

// TestAllowedNetworks opens a network from elsewhere if the worker's command line
// names it: then the hub is asked.
func TestAllowedNetworks(t *testing.T) {
	hub := httptest.NewServer(http.NotFoundHandler())
	defer hub.Close()
	t.Setenv("HF_ENDPOINT", hub.URL)
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	t.Setenv("HF_HUB_OFFLINE", "")
	p := prepare(t, "networks: [efficientnet-lite0]\nobjects: [{mesh: cup, class: cup}]\nmethods: [naive]\nsettings: {iterations: 2}\n")
	q := aQueue(t)
	for _, item := range slices.Collect(p.Items()) {
		item.Of.Network = "hf:owner/name@v1"
		for pattern, allowed := range map[string]bool{
			"hf:owner/name@v1": true, "hf:owner/*": true, "hf:*/*": true, "hf:owner/name": false, "hf:*": false, "[": false,
		} {
			engine := &sweep.Engine{Dir: p.Dir, Allow: []string{pattern}}
			_, err := engine.Do(t.Context(), q, queue.NewItem(item.Data()))
			if asked := err != nil && strings.Contains(err.Error(), "no such repository"); asked != allowed {
				t.Errorf("--allow %s: error %v", pattern, err)
			}
			if !allowed && !errors.Is(err, queue.ErrRefused) {
				t.Errorf("--allow %s: error %v, want ErrRefused", pattern, err)
			}
		}
	}
}

// TestPlansOutsideTheirFolder has meshes by absolute paths and by "..": the plan's own
// workers read them where they lie, others fetch them.
func TestPlansOutsideTheirFolder(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"data/a.obj": aMesh, "more/b.obj": strings.Replace(aMesh, "v 1 0 0", "v 2 0 0", 1), "plans/c.obj": strings.Replace(aMesh, "v 1 0 0", "v 3 0 0", 1),
		"plans/plan.yaml": "networks: [{analytic: soft-box}]\nobjects: [{mesh: ../data/a.obj, class: a}, {mesh: " + filepath.Join(root, "more", "b.obj") +
			", class: b}, {mesh: c.obj, class: c}]\nmethods: [naive]\nsettings: {iterations: 20}\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := plan.Load(context.Background(), filepath.Join(root, "plans", "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := loaded.Prepare(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	own := sweep.Trusting(p)
	if want := []string{filepath.Join(root, "data"), filepath.Join(root, "more")}; !slices.Equal(own.Folders, want) {
		t.Errorf("the folders are %v, want %v", own.Folders, want)
	}
	own.Cache = t.TempDir()
	q := aQueue(t) // nobody offers files there
	for item := range p.Items() {
		if _, err := own.Do(t.Context(), q, queue.NewItem(item.Data())); err != nil {
			t.Errorf("%s: %v", item.Object, err)
		}
	}
	folder := t.TempDir()
	cache := runFarAway(t, p, folder)
	for _, name := range []string{"a.obj", "b.obj", "c.obj"} {
		if found, _ := filepath.Glob(filepath.Join(cache, "*", name)); len(found) != 1 {
			t.Errorf("%s did not come to the worker: %v", name, found)
		}
	}
}
