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

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/backend/internal/programs"
)

// Options are the options of Open. The zero value chooses as described in the
// package comment, installs a missing plugin, and prints nothing but the notice of
// a fallback.
type Options struct {
	// Config is the backend to open, in the format of $GOMLX_BACKEND: "go", "xla",
	// "xla:cpu", "xla:cuda,tf32=false", "xla:/path/plugin.so". Default:
	// $GOMLX_BACKEND, or else the first available.
	Config string
	// NoInstall prevents downloads, as $GOMLX_NO_AUTO_INSTALL does.
	NoInstall bool
	// Install is how to install a missing CPU plugin.
	Install InstallOptions
	// Notify receives the one-line notice of a fallback to pure Go, and one for each
	// compiled program on disk that is damaged. Default: they are written to standard
	// error.
	Notify func(notice string)
}

// A Backend is an opened compute backend. Graphs and tensors take its Compute
// field. Backend deliberately does not implement compute.Backend: buffers know
// their backend, and a wrapper would not compare equal to it.
type Backend struct {
	// Compute builds and runs graphs.
	Compute compute.Backend
	// Plugin is the XLA plugin in use; zero if the backend is not XLA.
	Plugin Plugin
	// Notice is one line that explains a fallback to pure Go and how to avoid it;
	// empty if there was no fallback.
	Notice string

	version string // of the PJRT interface
	oneDNN  bool

	programs      *programs.Keeper // nil with programsError
	programsError error
}

// IsXLA reports whether the backend is XLA.
func (b *Backend) IsXLA() bool { return b.Plugin.Path != "" }

// IsGPU reports whether the backend computes on an NVIDIA GPU.
func (b *Backend) IsGPU() bool { return b.IsXLA() && b.Plugin.IsCUDA() }

// withOneDNN is the set of compute backends opened by this package that use
// oneDNN.
var withOneDNN sync.Map

// HasOneDNN reports whether a compute backend opened by this package computes
// convolutions and matrix products with oneDNN. oneDNN needs other graphs than
// XLA's own kernels: plain convolutions, each followed by its bias and activation.
func HasOneDNN(b compute.Backend) bool {
	_, ok := withOneDNN.Load(b)
	return ok
}

// Description describes the backend in one line, such as "XLA on the CPU (PJRT
// 0.115, /path/of/plugin.so)".
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
	// opening is a lock that can be waited for with a context, held while a backend
	// is chosen and opened.
	opening = make(chan struct{}, 1)
	// opened are the backends of this process by choice; guarded by opening. XLA
	// reserves threads for each client, so each plugin is opened only once.
	opened = map[string]*Backend{}
	// fallback is the pure Go backend if XLA could be neither found nor installed;
	// guarded by opening. It avoids trying the network again.
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
// SetDefaults, and returns the same one each time.
func Default(ctx context.Context) (*Backend, error) {
	if err := lock(ctx); err != nil {
		return nil, err
	}
	options := defaults
	unlock()
	return Open(ctx, options)
}

// SetDefaults sets the options of Default. A program calls it at its start, for
// example to show progress.
func SetDefaults(options Options) {
	opening <- struct{}{}
	defaults = options
	unlock()
}

// Open chooses a backend, installs it if necessary, and opens it. It is safe for
// concurrent use. Opening the same choice again returns the same Backend, which
// lives as long as the process.
//
// It returns an error if a backend requested by name is unavailable
// (ErrNotInstalled, or *UnknownError), if the plugin is broken (*PluginError), or
// if ctx is done. It falls back to pure Go, with a Notice, only if no backend was
// requested and XLA is neither installed nor can be installed.
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
	backend, err := chosen.open(options.notify)
	if err != nil {
		return nil, err
	}
	opened[chosen.key()] = backend
	if backend.Notice != "" {
		if !options.NoInstall {
			fallback = backend
		}
		options.notify(backend.Notice)
	}
	return backend, nil
}

// notify shows a line of text, by default on standard error.
func (options Options) notify(notice string) {
	if options.Notify != nil {
		options.Notify(notice)
		return
	}
	fmt.Fprintln(os.Stderr, notice)
}

// A choice is the backend that Open decided on: an XLA plugin with its options, or
// another backend, in the format of $GOMLX_BACKEND.
type choice struct {
	plugin  Plugin
	options []string
	other   string
	notice  string
}

func (c choice) key() string {
	return strings.Join(append([]string{c.other, c.notice, c.plugin.Path}, c.options...), "\x00")
}

func (c choice) open(notify func(string)) (*Backend, error) {
	var err error
	b := &Backend{Notice: c.notice}
	switch {
	case c.plugin.Path != "":
		b, err = loadXLA(c.plugin, c.options, notify)
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

// xlaNames are the names that go-xla registers.
var xlaNames = []string{xla.BackendName, "stablehlo", "shlo", "hlo"}

// chooseBackend turns the options and the environment into a choice, and installs
// the CPU plugin if it is chosen but missing.
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
	return choice{}, fmt.Errorf("%s=%q: %w, such as xla:cpu, xla:cuda or xla:/path/of/plugin%s",
		origin, config, &UnknownError{What: "backend", Name: name, Known: known}, librarySuffix())
}

// UnknownError is the error of a backend or plugin that is not there.
type UnknownError = enum.UnknownError

// chooseFreely chooses if no backend was requested.
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

// slowGo describes the fallback.
const slowGo = "pure Go, some 250 times slower than XLA"

// fallbackNotice is the line that reports a fallback to pure Go.
func fallbackNotice(reason error) string {
	if errors.Is(reason, ErrNotInstalled) {
		return fmt.Sprintf("Using %s (%s).", slowGo, oneLine(reason.Error()))
	}
	return fmt.Sprintf("XLA could not be installed: using %s; run `semrob doctor` (%s).", slowGo, oneLine(reason.Error()))
}

// preferred returns the plugin to use by default: CUDA if there are a plugin and a
// GPU, otherwise the CPU's, installed if necessary.
func preferred(ctx context.Context, options Options) (Plugin, error) {
	if plugin, ok := gpuPlugin(); ok {
		return plugin, nil
	}
	return cpuPlugin(ctx, options)
}

// HasGPU reports, without opening anything, whether there are an NVIDIA GPU and a
// plugin for it.
func HasGPU() bool {
	_, ok := gpuPlugin()
	return ok
}

func gpuPlugin() (Plugin, bool) {
	plugin, ok := choose(Find(), "cuda")
	return plugin, ok && installer.HasNvidiaGPU()
}

// cpuPlugin returns the CPU plugin, installed if necessary.
func cpuPlugin(ctx context.Context, options Options) (Plugin, error) {
	if plugin, ok := choose(Find(), "cpu"); ok {
		return plugin, nil
	}
	if options.NoInstall {
		return Plugin{}, fmt.Errorf("%w here; run `semrob setup`", ErrNotInstalled)
	}
	path, err := Install(ctx, options.Install)
	if err != nil {
		return Plugin{}, err
	}
	return pluginAt(path), nil
}

// chooseXLA chooses a plugin by the text after "xla:": a name or path, and options,
// separated by commas.
func chooseXLA(ctx context.Context, options Options, rest string) (choice, error) {
	parts := strings.Split(rest, ",")
	name, extra := parts[0], slices.DeleteFunc(parts[1:], func(s string) bool { return s == "" })
	plugin, err := namedPlugin(ctx, options, name)
	if err != nil {
		return choice{}, err
	}
	return choice{plugin: plugin, options: extra}, nil
}

// namedPlugin returns the plugin with this path or name; "" is the preferred one.
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
		return Plugin{}, fmt.Errorf("%w, or add a folder with pjrt_c_api_%s_plugin%s to PJRT_PLUGIN_LIBRARY_PATH",
			&UnknownError{What: "XLA plugin", Name: name, Known: backendNames(found)}, name, librarySuffix())
	}
	if plugin.IsCUDA() && !installer.HasNvidiaGPU() {
		return Plugin{}, &PluginError{plugin.Path, errors.New("it needs an NVIDIA GPU, and there is none: use xla:cpu")}
	}
	return plugin, nil
}

// backendNames returns the names that open plugins, and pure Go's.
func backendNames(plugins []Plugin) []string {
	names := []string{"go"}
	for _, plugin := range plugins {
		names = append(names, "xla:"+plugin.Name)
	}
	return names
}
