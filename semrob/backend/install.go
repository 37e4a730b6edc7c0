package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/gomlx/go-xla/compute/xla"

	"github.com/semrob/gonb-semrob/internal/glob"
)

// Source is where to download the CPU plugin from.
type Source int

const (
	// Any is the official release, or the wheel if the release cannot be reached.
	Any Source = iota
	// Official is go-xla's release of the plugin.
	Official
	// Wheel is the Python wheel that contains the plugin, fetched with pip.
	Wheel
)

// InstallOptions are the options of Install. The zero value installs for the
// current user from any source, silently.
type InstallOptions struct {
	// Dir is the folder to install to. Default: DefaultDir.
	Dir string
	// Source of the plugin. Default: Any.
	Source Source
	// Python is the interpreter whose pip fetches the wheel. Default: python3
	// in PATH, or else pip in PATH.
	Python string
	// Progress receives the steps. Default: none.
	Progress Progress

	// The rest is for tests.

	release func(context.Context) (url string, err error) // nil: go-xla's
	reach   time.Duration                                 // 0: reachTimeout
	wheel   *wheelFile                                    // nil: pinnedWheel
}

// ErrNotInstalled is wrapped by errors that mean: XLA is absent and must not be
// downloaded.
var ErrNotInstalled = errors.New("XLA is not installed, and installing it is disabled")

// Ensure returns the installed CPU plugin, or installs one. A broken plugin is
// replaced if it is in the folder that Install writes to, and otherwise a
// *PluginError.
func Ensure(ctx context.Context, options InstallOptions) (Plugin, error) {
	dir, err := options.dir()
	if err != nil {
		return Plugin{}, err
	}
	if plugin, ok := choose(Find(), "cpu"); ok {
		err := plugin.Check()
		if err == nil && filepath.Dir(plugin.Path) != dir {
			return plugin, nil
		}
		if err != nil && filepath.Dir(plugin.Path) != dir {
			return Plugin{}, fmt.Errorf("%w; %s", err, mendPlugin(plugin))
		}
	}
	path, err := Install(ctx, options)
	if err != nil {
		return Plugin{}, err
	}
	return pluginAt(path), nil
}

// Install installs the CPU plugin into a folder and returns its path. An intact
// plugin that is already there is kept; a damaged one is replaced. If two
// processes install to one folder at once, the second waits and uses the plugin
// of the first. The plugin appears atomically, complete and checked: a failure or
// cancellation leaves nothing but an empty lock file.
//
// If $GOMLX_NO_AUTO_INSTALL is set, it returns ErrNotInstalled instead of
// downloading.
func Install(ctx context.Context, options InstallOptions) (path string, err error) {
	dir, err := options.dir()
	if err != nil {
		return "", err
	}
	if path, ok := installed(dir, options); ok {
		return path, nil
	}
	if _, set := os.LookupEnv(xla.NoAutoInstallEnv); set {
		return "", fmt.Errorf("%w by %s; unset it and run `semrob setup`", ErrNotInstalled, xla.NoAutoInstallEnv)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("creating the folder for XLA: %w; make it writable or choose another", err)
	}
	release, err := lockFolder(ctx, dir, options.Progress)
	if err != nil {
		return "", err
	}
	defer release()
	if path, ok := installed(dir, options); ok { // by another process in the meantime
		return path, nil
	}
	removeStale(dir)
	return fetch(ctx, dir, options)
}

// dir returns the absolute folder to install to.
func (o InstallOptions) dir() (string, error) {
	if o.Dir != "" {
		return filepath.Abs(o.Dir)
	}
	dir, err := DefaultDir()
	if err != nil {
		return "", fmt.Errorf("finding the folder for XLA: %w; set HOME", err)
	}
	return dir, nil
}

func (o InstallOptions) wheelFile() wheelFile {
	if o.wheel != nil {
		return *o.wheel
	}
	return pinnedWheel
}

// installed returns the intact CPU plugin of a folder. A plugin of the size of the
// wheel's must have its checksum: nothing else reveals damage inside the file.
func installed(dir string, options InstallOptions) (path string, ok bool) {
	plugin, ok := choose(findIn(dir), "cpu")
	if !ok || plugin.Check() != nil {
		return "", false
	}
	wheel := options.wheelFile()
	if info, err := os.Stat(plugin.Path); err == nil && info.Size() == wheel.pluginSize {
		if sum, err := sha256File(plugin.Path); err != nil || sum != wheel.pluginSHA256 {
			return "", false
		}
	}
	return plugin.Path, true
}

// lockFile is locked during an installation to its folder. It is never removed:
// otherwise a third process could lock another file of the same name.
const lockFile = ".install.lock"

// lockFolder prevents other processes from installing to the folder until release
// is called.
func lockFolder(ctx context.Context, dir string, progress Progress) (release func(), err error) {
	file := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o666))
	free, err := file.TryLock()
	if err == nil && !free {
		progress.say("waiting for another process that is installing XLA to " + dir)
		_, err = file.TryLockContext(ctx, 200*time.Millisecond)
	}
	if ctx.Err() != nil {
		_ = file.Close()
		return nil, fmt.Errorf("installing XLA to %s: %w", dir, ctx.Err())
	}
	if err != nil {
		return nil, fmt.Errorf("locking %s to install XLA: %w; make the folder writable or choose another", dir, err)
	}
	return func() { _ = file.Close() }, nil
}

// stagingPrefix is the prefix of the temporary folders of installations. They are
// in the target folder, so that moving a file there is atomic.
const stagingPrefix = ".installing-"

// removeStale removes the files of killed installations. The lock must be held: it
// proves that nobody is using them.
func removeStale(dir string) {
	stale, _ := glob.In(dir, stagingPrefix+"*")
	for _, path := range stale {
		_ = os.RemoveAll(path)
	}
}

// fetch tries the sources in order and returns the path of the installed plugin.
func fetch(ctx context.Context, dir string, options InstallOptions) (string, error) {
	sources := []struct {
		source Source
		name   string
		fetch  func(ctx context.Context, staging string, options InstallOptions) (delivery, error)
	}{
		{Official, "official release", fetchRelease},
		{Wheel, "Python wheel", fetchWheel},
	}
	var failures []error
	for _, s := range sources {
		if options.Source != Any && options.Source != s.source {
			continue
		}
		path, err := fetchFrom(ctx, dir, options, s.fetch)
		if err == nil {
			options.Progress.say("installed XLA: " + path)
			return path, nil
		}
		if ctx.Err() != nil {
			return "", fmt.Errorf("installing XLA to %s: %w", dir, ctx.Err())
		}
		err = fmt.Errorf("%s: %w", s.name, err)
		options.Progress.say(oneLine(err.Error()))
		failures = append(failures, err)
	}
	return "", fmt.Errorf("installing XLA to %s: %w", dir, joinLine(failures))
}

// joinLine joins errors on one line.
func joinLine(failures []error) error {
	texts := make([]string, len(failures))
	for i, err := range failures {
		texts[i] = oneLine(err.Error())
	}
	return lineError{strings.Join(texts, "; "), errors.Join(failures...)}
}

// lineError is a joined error with a text of one line.
type lineError struct {
	text string
	error
}

func (e lineError) Error() string { return e.text }
func (e lineError) Unwrap() error { return e.error }

// A delivery is the content of the staging folder: a plugin under its final name,
// and its licences.
type delivery struct {
	plugin   string
	licences []string
}

// fetchFrom fetches from one source, checks the plugin, and publishes it.
func fetchFrom(ctx context.Context, dir string, options InstallOptions,
	fetch func(context.Context, string, InstallOptions) (delivery, error)) (string, error) {
	staging, err := os.MkdirTemp(dir, stagingPrefix)
	if err != nil {
		return "", fmt.Errorf("creating a temporary folder in %s: %w; make the folder writable or choose another", dir, err)
	}
	defer os.RemoveAll(staging)
	got, err := fetch(ctx, staging, options)
	if err != nil {
		return "", err
	}
	if err := pluginAt(got.plugin).Check(); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return publish(dir, got)
}

// publish moves a delivery to its folder, licences first, so that a plugin is
// never there without them. A plugin with a version in its name also gets the
// unversioned name as a link, as go-xla does.
func publish(dir string, got delivery) (string, error) {
	for _, from := range append(got.licences, got.plugin) {
		if err := os.Rename(from, filepath.Join(dir, filepath.Base(from))); err != nil {
			return "", fmt.Errorf("moving XLA to its folder: %w", err)
		}
	}
	path := filepath.Join(dir, cpuPluginFile())
	if name := filepath.Base(got.plugin); name != cpuPluginFile() {
		link := got.plugin + ".link"
		if err := os.Symlink(name, link); err != nil {
			return "", fmt.Errorf("linking %s to %s: %w", path, name, err)
		}
		if err := os.Rename(link, path); err != nil {
			return "", fmt.Errorf("linking %s to %s: %w", path, name, err)
		}
	}
	return path, syncFolder(dir)
}

// syncFolder syncs the folder's entries, if the system can.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err == nil {
		err = errors.Join(folder.Sync(), folder.Close())
	}
	if err != nil {
		return fmt.Errorf("syncing the folder %s: %w", dir, err)
	}
	return nil
}
