// Package docker tests the parts of the images, without a container engine.
package docker

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// long skips a test that takes minutes, unless SEMROB_LONG is set.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("it takes minutes and downloads: set SEMROB_LONG=1 to run it")
	}
}

// TestLint runs lint.sh, which downloads its linters.
func TestLint(t *testing.T) {
	long(t)
	if out, err := exec.CommandContext(t.Context(), "./lint.sh").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestInstall runs install.sh, which both images call, on a copy of the clone
// with an empty home folder, and uses the installed backend and kernel.
func TestInstall(t *testing.T) {
	long(t)
	home := t.TempDir()
	clone := filepath.Join(home, "clone")
	if err := os.Mkdir(clone, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, "..", nil, "sh", "-c", `git ls-files -co --exclude-standard | tar cf - -T - | tar xf - -C "$0"`, clone)
	// Modules and compiled packages are shared with this machine; everything else is
	// in the empty home.
	env := []string{"HOME=" + home, "XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "PJRT_PLUGIN_LIBRARY_PATH=", "GOMLX_BACKEND="}
	for _, name := range []string{"GOMODCACHE", "GOCACHE", "GOPATH"} {
		env = append(env, name+"="+strings.TrimSpace(run(t, "..", nil, "go", "env", name)))
	}
	prefix := filepath.Join(home, ".local")
	t.Log(run(t, clone, env, "docker/install.sh", prefix))
	semrob := filepath.Join(prefix, "bin", "semrob")
	run(t, home, env, semrob, "render", "--mesh", "cup", "--out", filepath.Join(home, "cup.png"))
	if kernels := run(t, home, env, filepath.Join(prefix, "venv", "bin", "jupyter"), "kernelspec", "list"); !strings.Contains(kernels, "gonb") {
		t.Errorf("Jupyter has no GoNB kernel:\n%s", kernels)
	}
	// A second run has nothing to do, and does not fail.
	run(t, clone, env, "docker/install.sh", prefix)
}

func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestInstallSaysWhatItNeeds runs install.sh with only basic tools in PATH, and with
// wrong arguments.
func TestInstallSaysWhatItNeeds(t *testing.T) {
	tools := t.TempDir()
	for _, tool := range []string{"sh", "dirname", "sed", "mkdir"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(tools, tool)); err != nil {
			t.Fatal(err)
		}
	}
	for says, args := range map[string][]string{"needs go": {t.TempDir()}, "usage": {}} {
		t.Run(says, func(t *testing.T) {
			var out bytes.Buffer
			cmd := exec.CommandContext(t.Context(), filepath.Join(tools, "sh"), append([]string{"install.sh"}, args...)...)
			cmd.Env, cmd.Stderr = []string{"PATH=" + tools}, &out
			if err := cmd.Run(); err == nil || !strings.Contains(out.String(), says) {
				t.Errorf("with %v: error %v, output %q, want %q", args, err, out.String(), says)
			}
		})
	}
}

// TestVersionsAgree compares the versions in the images with those in go.mod.
func TestVersionsAgree(t *testing.T) {
	module := read(t, "../go.mod")
	version := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(module)
		if found == nil {
			t.Fatalf("go.mod has no %s", pattern)
		}
		return found[1]
	}
	base := "FROM golang:" + version(`(?m)^go (\S+)$`) + "-bookworm\n"
	nats := version(`nats-server/v2 v(\S+)`)
	for file, wants := range map[string]string{
		"Dockerfile": base, "Dockerfile.cuda": base,
		"compose.yaml": "image: nats:" + nats + "-", "kubernetes/nats-values.yaml": "tag: " + nats + "-",
	} {
		t.Run(file, func(t *testing.T) {
			if !strings.Contains(read(t, file), wants) {
				t.Errorf("it lacks %q, as in go.mod", wants)
			}
		})
	}
}

// TestImagesDifferByCUDAOnly checks that the two Dockerfiles differ only by CUDA.
func TestImagesDifferByCUDAOnly(t *testing.T) {
	cuda := read(t, "Dockerfile.cuda")
	cuda = regexp.MustCompile(`(?m) \\\n +NVIDIA_\S+=\S+`).ReplaceAllString(cuda, "")
	cuda = strings.Replace(cuda, "docker/install.sh --cuda ", "docker/install.sh ", 1)
	_, cuda, _ = strings.Cut(cuda, "\nFROM ")
	_, cpu, _ := strings.Cut(read(t, "Dockerfile"), "\nFROM ")
	if cuda != cpu || cpu == "" {
		t.Errorf("apart from CUDA, Dockerfile.cuda is\n%s\nand Dockerfile\n%s", cuda, cpu)
	}
}
