package explore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/kernelext/kernelspec"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// browserEnv, set to 1, fails the test if Chromium or Node is missing
// (tools/browser/setup.sh installs them) or npm cannot install the driver of Chromium;
// 0 skips the test. Further variables change one run: SEMROB_SCREENSHOTS names a folder
// for screenshots, SEMROB_THEME=dark the theme, and SEMROB_BASE_URL, such as /user/me/,
// the path of the server, as behind a JupyterHub.
const browserEnv = "SEMROB_BROWSER"

// browserCells are the cells of the notebook that the browser runs.
var browserCells = []string{`import (
	"github.com/semrob/gonb-semrob/kernelext"
	"github.com/semrob/gonb-semrob/kernelext/explore"
	"github.com/semrob/gonb-semrob/semrob"
)

var (
	teapot = semrob.Subject{Mesh: "teapot", Class: "teapot"}
	lab    = &semrob.Lab{}
	ctx    = kernelext.Context()
	grid   = semrob.MapOptions{Axes: kernelext.Must(semrob.ParseGrid("azimuth=0:360:60", "elevation=-10:90:40"))}
)

%%
m := kernelext.Must(lab.Map(ctx, teapot, grid))
kernelext.Fail(kernelext.ShowMap(m, kernelext.Must(lab.RegionsOnMap(ctx, m, semrob.RegionOptions{}))))
kernelext.Fail(kernelext.Table([]string{"network", "SRVR"}, [][]any{{"b", 13.02}, {"a", 5.27}, {"c", 7.53}}))`,
	// A busy machine may take long until its browser answers.
	"%%\nkernelext.Fail(explore.Show(ctx, lab, teapot, explore.Options{Patience: 2 * time.Minute}))",
	`%%
kernelext.Fail(explore.Show(ctx, lab, teapot, explore.Options{
	Map: kernelext.Must(lab.Map(ctx, teapot, grid)), Patience: 2 * time.Minute,
}))`,
}

// seen is the output of tools/browser/widgets.js.
type seen struct {
	Errors     []string
	Sorted     []string
	Tooltip    string
	Parameters []string
	AfterDone  int
	AfterStop  int
	// Milliseconds.
	FirstPicture, FirstAnswer, Stopped float64
	Views                              []struct {
		Name               string
		Value              float64
		Where              string
		Picture            string
		F                  string
		Top                []string
		Milliseconds, Took float64
	}
}

// A real JupyterLab in a real browser: pictures appear, three sliders move and
// each view is that of semrob render, a click on the map shows the view there,
// and Done and Stop leave a picture in the notebook.
func TestWidgetsInABrowser(t *testing.T) {
	chromium, node := needBrowser(t)
	clone, err := kernelspec.FindRepository(".")
	if err != nil {
		t.Fatal(err)
	}
	if err := kernelspec.Install(t.Context(), kernelspec.Options{Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	writeNotebook(t, filepath.Join(folder, "widgets.ipynb"))
	address := startLab(t, clone, folder)

	sliders := [][]any{{"azimuth", 40}, {"elevation", 25}, {"light-x", 0.5}}
	wanted, err := json.Marshal(map[string]any{"sliders": sliders, "click": []float64{0.5, 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, node, filepath.Join(clone, "tools", "browser", "widgets.js"),
		chromium, address+"/lab/tree/widgets.ipynb?token="+labToken+"&reset", os.Getenv("SEMROB_SCREENSHOTS"))
	command.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(clone, ".build", "browser", "node_modules"))
	command.Stdin = bytes.NewReader(wanted)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	printed, err := command.Output()
	if err != nil {
		t.Fatalf("driving the browser: %v\n%s\nits output was %.2000s", err, stderr.String(), printed)
	}
	var s seen
	if err := json.Unmarshal(printed, &s); err != nil {
		t.Fatal(err)
	}
	t.Logf("run to first picture %.0f ms (a map of 18 views, computed), to the sliders' first view %.0f ms; Stop took %.0f ms", s.FirstPicture, s.FirstAnswer, s.Stopped)
	checkPictures(t, s)
	checkViews(t, s, buildSemrob(t, clone))
	checkSaved(t, filepath.Join(folder, "widgets.ipynb"))
}

func checkPictures(t *testing.T, s seen) {
	t.Helper()
	// Away from the server's root GoNB's channel fails and leaves its script behind; the
	// widget opens its own channel.
	if len(s.Errors) > 0 && os.Getenv("SEMROB_BASE_URL") == "" {
		t.Errorf("the page had errors: %q", s.Errors)
	}
	if got := fmt.Sprint(s.Sorted); got != "[a c b]" {
		t.Errorf("sorted by SRVR the networks are %s, want [a c b]", got)
	}
	if !strings.Contains(s.Tooltip, "azimuth") || !strings.Contains(s.Tooltip, "probability of teapot") {
		t.Errorf("the tooltip of the map is %q", s.Tooltip)
	}
	if len(s.Parameters) != len(render.Parameters()) {
		t.Errorf("the sliders are %v, want all %d parameters", s.Parameters, len(render.Parameters()))
	}
	if s.AfterDone == 0 || s.AfterStop == 0 {
		t.Errorf("after Done there are %d pictures, after Stop %d", s.AfterDone, s.AfterStop)
	}
}

// checkViews compares every view with what the command line renders.
func checkViews(t *testing.T, s seen, semrob string) {
	t.Helper()
	if len(s.Views) != 4 {
		t.Fatalf("%d views, want three of sliders and one of the map", len(s.Views))
	}
	var set []string
	for i, v := range s.Views {
		name := fmt.Sprintf("%s %g", v.Name, v.Value)
		if v.Where == "" {
			set = append(set, "--set", fmt.Sprintf("%s=%g", v.Name, v.Value)) // sliders stay where they were moved
		} else {
			name = v.Where
			var azimuth, elevation float64
			if _, err := fmt.Sscanf(strings.NewReplacer("−", "-", "°", "", ",", "").Replace(v.Where), "azimuth %g elevation %g", &azimuth, &elevation); err != nil {
				t.Fatalf("the map shows %q: %v", v.Where, err)
			}
			if !(azimuth > 120 && azimuth < 220 && elevation > -10 && elevation < 90) {
				t.Errorf("a click in the middle of the map is at %s", v.Where)
			}
			set = []string{"--set", fmt.Sprintf("azimuth=%g", azimuth), "--set", fmt.Sprintf("elevation=%g", elevation)}
		}
		want := filepath.Join(t.TempDir(), "view.png")
		arguments := append([]string{"render", "--mesh", "teapot", "--out", want}, set...)
		if printed, err := exec.Command(semrob, arguments...).CombinedOutput(); err != nil {
			t.Fatalf("semrob %v: %v\n%s", arguments, err, printed)
		}
		shown, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(v.Picture, "data:image/png;base64,"))
		if err != nil {
			t.Fatalf("%s: the picture is %.60q: %v", name, v.Picture, err)
		}
		rendered, err := os.ReadFile(want)
		if err != nil {
			t.Fatal(err)
		}
		if !samePicture(t, shown, rendered) {
			t.Errorf("%s: the view is not that of semrob %v", name, set)
		}
		if i > 0 && v.Picture == s.Views[i-1].Picture {
			t.Errorf("%s: the view has not changed", name)
		}
		if !strings.HasPrefix(v.F, "f = 0.") || len(v.Top) != 5 {
			t.Errorf("%s: the widget shows %q and %q, want f and five answers", name, v.F, v.Top)
		}
		t.Logf("%s: %s, first %q; shown after %.0f ms, %.0f of them in the program", name, v.F, v.Top[0], v.Milliseconds, v.Took)
	}
}

func samePicture(t *testing.T, a, b []byte) bool {
	t.Helper()
	var pictures [2]image.Image
	for i, data := range [2][]byte{a, b} {
		var err error
		if pictures[i], err = png.Decode(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	r := pictures[0].Bounds()
	if r != pictures[1].Bounds() {
		return false
	}
	for y := range r.Dy() {
		for x := range r.Dx() {
			r1, g1, b1, a1 := pictures[0].At(x, y).RGBA()
			r2, g2, b2, a2 := pictures[1].At(x, y).RGBA()
			if [4]uint32{r1, g1, b1, a1} != [4]uint32{r2, g2, b2, a2} {
				return false
			}
		}
	}
	return true
}

// checkSaved checks the notebook that JupyterLab saved: it has pictures, and no widget
// that waits for a kernel.
func checkSaved(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var saved struct {
		Cells []struct {
			Outputs []struct {
				Data map[string]any `json:"data"`
			} `json:"outputs"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	for i, c := range saved.Cells[:len(browserCells)] { // JupyterLab adds an empty one
		pictures := 0
		for _, o := range c.Outputs {
			if o.Data["image/png"] != nil {
				pictures++
			}
			if markup := fmt.Sprint(o.Data["text/html"]); i > 0 && strings.Contains(markup, "<script") && os.Getenv("SEMROB_BASE_URL") == "" {
				t.Errorf("cell %d is saved with a script: %.100s", i+1, markup)
			}
		}
		if pictures != 1 {
			t.Errorf("cell %d is saved with %d pictures, want 1", i+1, pictures)
		}
	}
}

// needBrowser returns Chromium and Node, and installs the driver of Chromium.
func needBrowser(t *testing.T) (chromium, node string) {
	t.Helper()
	missing, wanted := t.Skipf, os.Getenv(browserEnv)
	if wanted == "1" {
		missing = t.Fatalf
	}
	if wanted == "0" || testing.Short() {
		t.Skip("runs a notebook in a browser, which takes long")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	node, err := exec.LookPath("node")
	if chromium == "" || err != nil {
		missing("widgets are not tested in a browser: Chromium or Node is missing; run tools/browser/setup.sh")
	}
	clone, err := kernelspec.FindRepository(".")
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(clone, ".build", "browser")
	pinned, err := os.ReadFile(filepath.Join(clone, "tools", "browser", "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	if have, err := os.ReadFile(filepath.Join(folder, "package.json")); err == nil && bytes.Equal(have, pinned) {
		return chromium, node
	}
	temporary := t.TempDir()
	if err := os.WriteFile(filepath.Join(temporary, "package.json"), pinned, 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--prefix", temporary)
	if printed, err := command.CombinedOutput(); err != nil {
		missing("widgets are not tested in a browser: npm cannot install playwright-core: %v\n%s", err, printed)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, os.DirFS(temporary)); err != nil {
		t.Fatal(err)
	}
	return chromium, node
}

const labToken = "widgets"

// startLab starts JupyterLab on a folder and returns its address.
func startLab(t *testing.T, clone, folder string) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	settings := t.TempDir()
	theme := "JupyterLab Light"
	if os.Getenv("SEMROB_THEME") == "dark" {
		theme = "JupyterLab Dark"
	}
	for name, text := range map[string]string{
		"themes":       fmt.Sprintf(`{"theme": %q}`, theme),
		"notification": `{"fetchNews": "false", "checkForUpdates": false}`,
	} {
		path := filepath.Join(settings, "@jupyterlab", "apputils-extension", name+".jupyterlab-settings")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	base := os.Getenv("SEMROB_BASE_URL")
	if base == "" {
		base = "/"
	}
	command := exec.CommandContext(t.Context(), filepath.Join(clone, ".venv", "bin", "jupyter"), "lab", "--no-browser", "--allow-root",
		"--ServerApp.ip=127.0.0.1", fmt.Sprintf("--ServerApp.port=%d", port), "--ServerApp.port_retries=0",
		"--IdentityProvider.token="+labToken, "--notebook-dir="+folder, "--ServerApp.base_url="+base)
	command.Env = append(os.Environ(), "JUPYTER_PREFER_ENV_PATH=1", "JUPYTER_CONFIG_DIR="+t.TempDir(), "JUPYTERLAB_SETTINGS_DIR="+settings,
		"JUPYTERLAB_WORKSPACES_DIR="+t.TempDir(), "SEMROB_CACHE="+t.TempDir())
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 15 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		command.Wait()
		if t.Failed() {
			t.Logf("JupyterLab said:\n%s", said.String())
		}
	})
	address := fmt.Sprintf("http://127.0.0.1:%d%s", port, strings.TrimSuffix(base, "/"))
	for range 300 {
		if r, err := http.Get(address + "/api?token=" + labToken); err == nil {
			r.Body.Close()
			return address
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatal("JupyterLab does not answer")
	return ""
}

func buildSemrob(t *testing.T, clone string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "semrob")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/semrob")
	command.Dir = clone
	if printed, err := command.CombinedOutput(); err != nil {
		t.Fatalf("building semrob: %v\n%s", err, printed)
	}
	return path
}

func writeNotebook(t *testing.T, path string) {
	t.Helper()
	var cells []map[string]any
	for i, source := range browserCells {
		cells = append(cells, map[string]any{"cell_type": "code", "id": fmt.Sprintf("c%d", i), "execution_count": nil,
			"metadata": map[string]any{}, "outputs": []any{}, "source": source})
	}
	text, err := json.Marshal(map[string]any{"nbformat": 4, "nbformat_minor": 5, "cells": cells,
		"metadata": map[string]any{"kernelspec": map[string]string{"name": kernelspec.KernelName, "display_name": "Go", "language": "go"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
