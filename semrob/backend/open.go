package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/installer"
)

// Options of Open. The zero value chooses as the package comment says, installs
// what is missing, and is silent but for the notice of a fallback.
type Options struct {
	// Config is what to open, in the format of $GOMLX_BACKEND: "go", "xla",
	// "xla:cpu", "xla:cuda,tf32=false", "xla:/path/plugin.so". Empty: take
	// $GOMLX_BACKEND, and where that is empty too, choose.
	Config string
	// NoInstall takes what is installed and downloads nothing, as
	// $GOMLX_NO_AUTO_INSTALL does.
	NoInstall bool
	// Install says where to and how a missing CPU plugin is installed.
	Install InstallOptions
	// Notify receives the one-line notice of a fallback to pure Go. Nil: the
	// notice goes to standard error, for a fallback is never silent.
	Notify func(notice string)
}

// A Backend is an opened compute backend. Graphs and tensors take its Compute
// field: the Backend itself is no compute.Backend on purpose, because buffers
// know the backend they came from and a wrapper would not compare equal to it.
type Backend struct {
	// Compute is what graphs are built and run with.
	Compute compute.Backend
	// Plugin is the XLA plugin in use; zero where it is not XLA.
	Plugin Plugin
	// Notice is one line that tells why pure Go is used and what to do about
	// it; empty where Open did not fall back.
	Notice string

	version string // of the PJRT interface
	oneDNN  bool
}

// IsXLA tells whether the backend is XLA.
func (b *Backend) IsXLA() bool { return b.Plugin.Path != "" }

// IsGPU tells whether the backend computes on an NVIDIA GPU.
func (b *Backend) IsGPU() bool { return b.IsXLA() && b.Plugin.IsCUDA() }

// withOneDNN are the compute backends, opened by this package, whose
// convolutions are oneDNN's.
var withOneDNN sync.Map

// HasOneDNN tells whether convolutions and matrix products of a compute backend
// that this package opened are oneDNN's, which wants other graphs than XLA's own
// kernels do: convolutions as they are defined, each followed by its bias and its
// activation.
func HasOneDNN(b compute.Backend) bool {
	_, ok := withOneDNN.Load(b)
	return ok
}

// Description tells what the backend is in one line, "XLA on the CPU (PJRT
// 0.115, /path/of/plugin.so)" for example.
func (b *Backend) Description() string {
	if !b.IsXLA() {
		if b.Compute.String() == gobackend.BackendName {
			return "pure Go, without XLA"
		}
		return b.Compute.Description()
	}
	device := b.Plugin.Name
	switch {
	case b.Plugin.IsCUDA():
		device = "the GPU"
	case b.oneDNN:
		device = "the CPU with oneDNN"
	case b.Plugin.IsCPU():
		device = "the CPU"
	}
	return fmt.Sprintf("XLA on %s (PJRT %s, %s)", device, b.version, b.Plugin.Path)
}

var (
	// opening is held, as a semaphore that a context can give up waiting for,
	// while a backend is chosen and opened.
	opening = make(chan struct{}, 1)
	// opened are the backends of this process by what was chosen; guarded by
	// opening. XLA reserves threads for each client, so one is enough.
	opened = map[string]*Backend{}
	// fallback is the pure Go backend, once XLA could be neither found nor
	// installed; guarded by opening. It saves asking the network again.
	fallback *Backend
	// defaults of Default; guarded by opening.
	defaults Options
)

// lock acquires opening, or gives up when ctx ends.
func lock(ctx context.Context) error {
	select {
	case opening <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("opening the backend: %w", ctx.Err())
	}
}

func unlock() { <-opening }

// Default opens the backend of this process with the options given to
// SetDefaults, the zero Options otherwise, and returns the same one each time.
func Default(ctx context.Context) (*Backend, error) {
	if err := lock(ctx); err != nil {
		return nil, err
	}
	options := defaults
	unlock()
	return Open(ctx, options)
}

// SetDefaults sets the options Default opens with. A program calls it at its
// start, to show progress for example.
func SetDefaults(options Options) {
	opening <- struct{}{}
	defaults = options
	unlock()
}

// Open chooses, if need be installs, and opens a backend. It is safe for
// concurrent use, and opening the same choice again returns the same Backend,
// which lives as long as the process.
//
// It returns an error where something was asked for by name and cannot be had,
// where the plugin that was found is broken, and where ctx ended. It falls back
// to pure Go, with a Notice, only where nothing was asked for and XLA is neither
// installed nor to be installed.
func Open(ctx context.Context, options Options) (*Backend, error) {
	if err := lock(ctx); err != nil {
		return nil, err
	}
	defer unlock()

	chosen, err := chooseBackend(ctx, options)
	if err != nil {
		return nil, err
	}
	if backend, ok := opened[chosen.key()]; ok && !backend.Compute.IsFinalized() {
		return backend, nil
	}
	backend, err := chosen.open()
	if err != nil {
		return nil, err
	}
	opened[chosen.key()] = backend
	if backend.Notice != "" {
		if !options.NoInstall {
			fallback = backend
		}
		notify(options, backend.Notice)
	}
	return backend, nil
}

func notify(options Options, notice string) {
	if options.Notify != nil {
		options.Notify(notice)
		return
	}
	fmt.Fprintln(os.Stderr, notice)
}

// A choice is what Open decided to open: a plugin of XLA with its options, or
// the backend that other names, in the format of $GOMLX_BACKEND.
type choice struct {
	plugin  Plugin
	options []string
	other   string
	notice  string
}

func (c choice) key() string {
	return strings.Join(append([]string{c.other, c.notice, c.plugin.Path}, c.options...), "\x00")
}

func (c choice) open() (*Backend, error) {
	var err error
	b := &Backend{Plugin: c.plugin, Notice: c.notice}
	switch {
	case c.plugin.Path != "":
		b.Compute, b.oneDNN, err = loadXLA(c.plugin, c.options)
	case c.other == gobackend.BackendName:
		b.Compute, err = loadGo()
	default:
		b.Compute, err = loadOther(c.other)
	}
	if err != nil {
		return nil, err
	}
	b.version = pluginVersion(b.Compute)
	if b.oneDNN {
		withOneDNN.Store(b.Compute, true)
	}
	return b, nil
}

// xlaNames are the names go-xla registers itself under.
var xlaNames = []string{xla.BackendName, "stablehlo", "shlo", "hlo"}

// chooseBackend turns the options and the environment into a choice, and
// installs the CPU plugin where that is what is missing.
func chooseBackend(ctx context.Context, options Options) (choice, error) {
	config, origin := options.Config, "backend"
	if config == "" {
		config, origin = os.Getenv(compute.ConfigEnvVar), compute.ConfigEnvVar
	}
	if config == "" {
		return chooseFreely(ctx, options)
	}
	name, rest, _ := strings.Cut(config, ":")
	switch {
	case slices.Contains(xlaNames, name):
		chosen, err := chooseXLA(ctx, options, rest)
		if err != nil {
			return choice{}, fmt.Errorf("%s=%q: %w", origin, config, err)
		}
		return chosen, nil
	case name == gobackend.BackendName:
		return choice{other: gobackend.BackendName}, nil
	case slices.Contains(compute.List(), name):
		return choice{other: config}, nil
	}
	known := slices.Sorted(slices.Values(compute.List()))
	return choice{}, fmt.Errorf("%s=%q names an unknown backend %q: use xla:cpu, xla:cuda, xla:/path/of/plugin%s or go (known here: %s)",
		origin, config, name, librarySuffix(), strings.Join(known, ", "))
}

// chooseFreely chooses where nothing was asked for.
func chooseFreely(ctx context.Context, options Options) (choice, error) {
	if fallback != nil {
		options.NoInstall = true
	}
	plugin, err := preferred(ctx, options)
	switch {
	case err == nil:
		return choice{plugin: plugin}, nil
	case fallback != nil:
		return choice{other: gobackend.BackendName, notice: fallback.Notice}, nil
	case ctx.Err() != nil:
		return choice{}, fmt.Errorf("installing XLA: %w", ctx.Err())
	}
	return choice{other: gobackend.BackendName, notice: fallbackNotice(err)}, nil
}

// fallbackNotice is the line that tells of a fallback to pure Go.
func fallbackNotice(reason error) string {
	const slow = "using pure Go, some 250 times slower"
	if errors.Is(reason, errNoInstall) {
		return fmt.Sprintf("XLA is not installed: %s (%s).", slow, oneLine(reason.Error()))
	}
	return fmt.Sprintf("XLA could not be installed: %s; run `semrob doctor` (%s).", slow, oneLine(reason.Error()))
}

// preferred returns the plugin to use by default: CUDA where there is a plugin
// and a GPU, else the CPU's, installed if need be.
func preferred(ctx context.Context, options Options) (Plugin, error) {
	if plugin, ok := gpuPlugin(); ok {
		return plugin, nil
	}
	return cpuPlugin(ctx, options)
}

// HasGPU tells, without opening anything, whether there are an NVIDIA GPU and
// the plugin for it: whether the backend may be one that IsGPU.
func HasGPU() bool {
	_, ok := gpuPlugin()
	return ok
}

func gpuPlugin() (Plugin, bool) {
	plugin, ok := choose(Find(), "cuda")
	return plugin, ok && installer.HasNvidiaGPU()
}

// cpuPlugin returns the CPU plugin, installed if need be.
func cpuPlugin(ctx context.Context, options Options) (Plugin, error) {
	if plugin, ok := choose(Find(), "cpu"); ok {
		return plugin, nil
	}
	if options.NoInstall {
		return Plugin{}, fmt.Errorf("%w here; run `semrob setup`", errNoInstall)
	}
	path, err := Install(ctx, options.Install)
	if err != nil {
		return Plugin{}, err
	}
	return pluginAt(path), nil
}

// chooseXLA chooses a plugin by what follows "xla:", a name or a path and
// options, separated by commas.
func chooseXLA(ctx context.Context, options Options, rest string) (choice, error) {
	parts := strings.Split(rest, ",")
	name, extra := parts[0], slices.DeleteFunc(parts[1:], func(s string) bool { return s == "" })
	plugin, err := namedPlugin(ctx, options, name)
	if err != nil {
		return choice{}, err
	}
	return choice{plugin: plugin, options: extra}, nil
}

// namedPlugin returns the plugin that name stands for: a path, the name of an
// installed one, or nothing for the preferred one.
func namedPlugin(ctx context.Context, options Options, name string) (Plugin, error) {
	if strings.ContainsRune(name, filepath.Separator) || strings.HasSuffix(name, librarySuffix()) {
		path, err := filepath.Abs(name)
		return pluginAt(path), err
	}
	switch name {
	case "":
		return preferred(ctx, options)
	case "cpu":
		return cpuPlugin(ctx, options)
	}
	found := Find()
	plugin, ok := choose(found, name)
	if !ok {
		return Plugin{}, fmt.Errorf("no XLA plugin %q is installed: put pjrt_c_api_%s_plugin%s into a folder and name that folder in PJRT_PLUGIN_LIBRARY_PATH, or use another of %s",
			name, name, librarySuffix(), listNames(found))
	}
	if plugin.IsCUDA() && !installer.HasNvidiaGPU() {
		return Plugin{}, fmt.Errorf("XLA plugin %s needs an NVIDIA GPU, and there is none: use xla:cpu", plugin.Path)
	}
	return plugin, nil
}

// listNames names the plugins that were found, for a message.
func listNames(plugins []Plugin) string {
	names := []string{"go"}
	for _, plugin := range plugins {
		names = append(names, "xla:"+plugin.Name)
	}
	return strings.Join(names, ", ")
}
