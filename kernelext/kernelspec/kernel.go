package kernelspec

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// spec is a Jupyter kernel specification, kernel.json.
type spec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
	Metadata      map[string]string `json:"metadata"`
}

// tool is a program that the kernel needs: its import path, and the module that
// pins its version.
type tool struct{ module, path string }

var (
	kernelTools = []tool{
		{"tools", "github.com/janpfeifer/gonb"},
		{"tools", "golang.org/x/tools/cmd/goimports"},
	}
	completionTools = []tool{{"tools/gopls", "golang.org/x/tools/gopls"}}
)

// goWrapper is the script that the kernel runs instead of the go command.
//
//go:embed go.sh
var goWrapper []byte

func (o Options) kernelFolder() string {
	return filepath.Join(o.Kernels, o.Name)
}

func (o Options) toolsFolder() string { return filepath.Join(o.kernelFolder(), "bin") }

func (o Options) tools() []tool {
	tools := kernelTools
	if o.Completion || exists(filepath.Join(o.toolsFolder(), "gopls")) {
		tools = append(tools[:len(tools):len(tools)], completionTools...)
	}
	return tools
}

// kernelJSON returns the registration. Jupyter substitutes its environment for
// ${PATH}.
func (o Options) kernelJSON() ([]byte, error) {
	built, err := o.toolsHash()
	if err != nil {
		return nil, err
	}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("finding Go: %w; install Go and add it to PATH", err)
	}
	env := map[string]string{
		// The user's go comes first if it is in the kernel's PATH, which may lack
		// it if JupyterLab is started from a desktop.
		"PATH": o.toolsFolder() + ":${PATH}:" + filepath.Dir(goCommand),
		// A cell is linked each time it runs: without debugging symbols this takes
		// a third less time. The user's flags, such as -mod=mod, may be invalid in
		// a workspace.
		"GOFLAGS": "'-ldflags=-s -w'",
		// Cells are built in GoNB's workspace, not in the user's.
		"GOWORK": "",
		// Print only the message of a panic, without goroutines.
		"GOTRACEBACK": "none",
	}
	maps.Copy(env, o.Env)
	text, err := json.MarshalIndent(spec{
		Argv: []string{
			filepath.Join(o.toolsFolder(), "gonb"), "--kernel", "{connection_file}", "--go_work=" + o.Repository, "--raw_error",
			// GoNB's log would clutter Jupyter's terminal.
			"--logtostderr=false", "--stderrthreshold=FATAL", "--log_file=" + filepath.Join(o.kernelFolder(), "gonb.log"), "--log_file_max_size=8",
		},
		DisplayName:   o.displayName(),
		Language:      "go",
		InterruptMode: "message",
		Env:           env,
		Metadata:      map[string]string{"tools": built},
	}, "", "  ")
	return append(text, '\n'), err
}

// displayName is the name of the kernel in Jupyter.
func (o Options) displayName() string {
	if o.Name == KernelName {
		return "Go (GoNB)"
	}
	return "Go (GoNB, " + o.Name + ")"
}

// checkForeign returns an error if this package did not register the kernel of this
// name: GoNB's own installer uses the same name.
func (o Options) checkForeign() error {
	text, err := os.ReadFile(filepath.Join(o.kernelFolder(), "kernel.json"))
	if err != nil || o.Force {
		return nil
	}
	var have spec
	if json.Unmarshal(text, &have) == nil && have.Metadata["tools"] != "" {
		return nil
	}
	return fmt.Errorf("%s: %w: choose another --name, or --force to replace it", o.kernelFolder(), ErrForeign)
}

// toolsHash returns a hash of everything that the built tools depend on.
func (o Options) toolsHash() (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.Version(), o.tools())
	for _, module := range []string{"tools", "tools/gopls"} {
		for _, name := range []string{"go.mod", "go.sum"} {
			text, err := os.ReadFile(filepath.Join(o.Repository, module, name))
			if err != nil {
				return "", fmt.Errorf("reading the pinned versions of the notebook's tools: %w", err)
			}
			hash.Write(text)
		}
	}
	hash.Write(goWrapper)
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}

func checkKernel(_ context.Context, o Options) error {
	want, err := o.kernelJSON()
	if err != nil {
		return err
	}
	have, err := os.ReadFile(filepath.Join(o.kernelFolder(), "kernel.json"))
	if err != nil {
		return fmt.Errorf("the GoNB kernel is not registered in %s", o.kernelFolder())
	}
	if !bytes.Equal(have, want) {
		return fmt.Errorf("the GoNB kernel in %s is out of date", o.kernelFolder())
	}
	for _, name := range append([]string{"go"}, toolNames(o.tools())...) {
		if !exists(filepath.Join(o.toolsFolder(), name)) {
			return fmt.Errorf("%s is missing from %s", name, o.toolsFolder())
		}
	}
	return nil
}

// installKernel builds the tools into the kernel's folder. It writes kernel.json
// last, so a folder without it is incomplete.
func installKernel(ctx context.Context, o Options) error {
	if checkKernel(ctx, o) == nil {
		return nil
	}
	registration := filepath.Join(o.kernelFolder(), "kernel.json")
	if err := os.Remove(registration); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("registering the GoNB kernel: %w", err)
	}
	if err := os.MkdirAll(o.toolsFolder(), 0o755); err != nil {
		return fmt.Errorf("registering the GoNB kernel: %w", err)
	}
	for _, tool := range o.tools() {
		fmt.Fprintf(o.Log, "Building %s …\n", tool.path)
		err := run(ctx, filepath.Join(o.Repository, tool.module), buildEnv(),
			"go", "build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", o.toolsFolder()+string(filepath.Separator), tool.path)
		if err != nil {
			return fmt.Errorf("building %s for the notebook's kernel: %w", tool.path, err)
		}
	}
	// Compile the packages that cells import now, not while the user waits for the
	// first picture.
	fmt.Fprintln(o.Log, "Compiling the packages for cells …")
	if err := run(ctx, o.Repository, buildEnv(), "go", "build", "./kernelext/...", "./semrob/..."); err != nil {
		return fmt.Errorf("compiling the packages for cells: %w", err)
	}
	wrapper := filepath.Join(o.toolsFolder(), "go")
	if err := atomicfile.WriteBytes(wrapper, goWrapper); err != nil {
		return err
	}
	if err := os.Chmod(wrapper, 0o755); err != nil {
		return err
	}
	text, err := o.kernelJSON()
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(registration, text); err != nil {
		return err
	}
	fmt.Fprintf(o.Log, "Registered the GoNB kernel in %s\n", o.kernelFolder())
	return nil
}

func toolNames(tools []tool) []string {
	names := make([]string, len(tools))
	for i, tool := range tools {
		names[i] = filepath.Base(tool.path)
	}
	return names
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
