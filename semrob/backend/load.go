package backend

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"
	"k8s.io/klog/v2"
)

func init() {
	// go-xla would look for its release on the network even if a plugin is
	// installed under an unversioned name.
	xla.EnableAutoInstall(false)
}

// loadXLA opens the plugin with go-xla's options, such as "tf32=false".
func loadXLA(plugin Plugin, options []string, notify func(string)) (*Backend, error) {
	if err := plugin.Check(); err != nil {
		return nil, fmt.Errorf("%w; %s", err, mendPlugin(plugin))
	}
	mend := mendPlugin(plugin)
	if len(options) > 0 {
		mend = fmt.Sprintf("check the options %q, or %s", options, mend)
	}
	tuned := tuningOf(plugin)
	inEffect, err := tuned.apply()
	if err == nil && plugin.IsCUDA() {
		options, err = exactFloat32(options)
	}
	if err != nil {
		return nil, fmt.Errorf("setting the options of XLA plugin %s: %w", plugin.Path, err)
	}
	b := &Backend{Plugin: plugin, oneDNN: tuned.oneDNN && inEffect}
	name, shared := nameForXLA(plugin)
	b.programs, b.programsError = keepPrograms(plugin, name, notify)
	config := strings.Join(append([]string{name, shared}, options...), ",")
	b.Compute, err = newXLA(config)
	if err != nil {
		return nil, fmt.Errorf("%w; %s", &PluginError{plugin.Path, fmt.Errorf("it cannot be opened: %w", err)}, mend)
	}
	return b, nil
}

// newXLA calls go-xla. It discards go-xla's log, which repeats the error, and
// turns panics into errors: a plugin that returns no function table makes go-xla
// dereference nil.
func newXLA(config string) (opened compute.Backend, err error) {
	logging := klog.CaptureState()
	defer logging.Restore()
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	defer func() {
		if reason := recover(); reason != nil {
			opened, err = nil, fmt.Errorf("it returns no usable function table (%v)", reason)
		}
	}()
	backend, err := xla.NewWithOptions(config, nil)
	if err != nil {
		return nil, errors.New(oneLine(err.Error()))
	}
	return backend, nil
}

// named are the results of nameForXLA by path; guarded by opening.
var named = map[string]string{}

// nameForXLA returns the plugin's name for go-xla and the option for whether host
// and device share memory. go-xla guesses the device from words in the whole path,
// so a folder called "cuda" makes a CPU plugin fail, and it splits the name at
// commas. Such a path is passed as a file descriptor that is never closed.
func nameForXLA(plugin Plugin) (name, shared string) {
	shared = "noshared_buffers"
	if plugin.IsCPU() {
		shared = "shared_buffers"
	}
	if name, ok := named[plugin.Path]; ok {
		return name, shared
	}
	misread := pjrt.IsCUDAName(plugin.Path) != plugin.IsCUDA() || strings.Contains(plugin.Path, ",")
	if !misread || runtime.GOOS != "linux" {
		named[plugin.Path] = plugin.Path
		return plugin.Path, shared
	}
	file, err := os.Open(plugin.Path)
	if err != nil {
		return plugin.Path, shared // opening it gives the error
	}
	keptOpen = append(keptOpen, file)
	named[plugin.Path] = fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	return named[plugin.Path], shared
}

// keptOpen holds the files of nameForXLA; guarded by opening.
var keptOpen []*os.File

// loadGo opens the pure Go backend.
func loadGo() (compute.Backend, error) {
	opened, err := gobackend.New("")
	if err != nil {
		return nil, fmt.Errorf("the pure Go backend cannot be opened: %w", err)
	}
	return opened, nil
}

// loadOther opens a backend that the program registered under another name.
func loadOther(config string) (opened compute.Backend, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			opened, err = nil, fmt.Errorf("backend %q cannot be opened: %v", config, reason)
		}
	}()
	return compute.NewWithConfig(config)
}

// mendPlugin returns advice on a plugin that does not open.
func mendPlugin(plugin Plugin) string {
	if _, err := os.Stat(plugin.Path); errors.Is(err, fs.ErrNotExist) {
		return "correct the path, or set " + compute.ConfigEnvVar + "=xla:cpu to use the installed plugin"
	}
	if plugin.IsCUDA() {
		return "replace it, or set " + compute.ConfigEnvVar + "=xla:cpu to go without the GPU"
	}
	dir, err := DefaultDir()
	if err == nil && filepath.Dir(plugin.Path) == dir {
		return "run `semrob setup`, which reinstalls it"
	}
	return "remove or replace it, or set " + compute.ConfigEnvVar + "=go to go without XLA"
}

// pluginVersion returns the PJRT version of a loaded XLA backend, such as "0.115";
// empty for other backends.
func pluginVersion(opened compute.Backend) string {
	backend, ok := opened.(*xla.Backend)
	if !ok {
		return ""
	}
	plugin, err := pjrt.GetPlugin(backend.PluginName()) // loaded, so only looked up
	if err != nil {
		return ""
	}
	major, minor := plugin.Version()
	return fmt.Sprintf("%d.%d", major, minor)
}

// oneLine puts a message on one line.
func oneLine(message string) string { return strings.Join(strings.Fields(message), " ") }
