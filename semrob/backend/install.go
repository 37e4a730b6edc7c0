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
)

// Source says where the CPU plugin comes from.
type Source int

const (
	// Any is the official release, and where that cannot be reached the wheel.
	Any Source = iota
	// Official is go-xla's release of the plugin.
	Official
	// Wheel is the Python wheel that holds the plugin, fetched with pip.
	Wheel
)

// InstallOptions of Install. The zero value installs for the user from any
// source, in silence.
type InstallOptions struct {
	// Dir is the folder the plugin is put into. Default: DefaultDir.
	Dir string
	// Source of the plugin. Default: Any.
	Source Source
	// Python is the interpreter whose pip fetches the wheel. Default: python3
	// on the PATH, or else a pip on the PATH.
	Python string
	// Progress receives what is going on. Default: nobody.
	Progress Progress

	// What follows is for tests.

	release func(context.Context) (url string, err error) // nil: go-xla's
	reach   time.Duration                                 // 0: reachTimeout
	wheel   *wheelFile                                    // nil: pinnedWheel
}

// errNoInstall is wrapped by the error of an installation that is not allowed.
var errNoInstall = errors.New("installing it is switched off")

// Ensure returns the CPU plugin that is installed, or installs it. One that is
// broken is replaced where it lies in the folder Install writes to.
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

// Install puts the CPU plugin into a folder and returns its path. A sound plugin
// that is there already is kept and nothing is downloaded; a damaged one is
// replaced. Of two processes that install to one folder at once the second waits
// and takes what the first installed. The plugin appears in one step, complete
// and checked: a failure or the end of ctx leaves nothing but an empty lock file.
//
// With $GOMLX_NO_AUTO_INSTALL set it returns an error instead of downloading.
func Install(ctx context.Context, options InstallOptions) (path string, err error) {
	dir, err := options.dir()
	if err != nil {
		return "", err
	}
	if path, ok := installed(dir, options); ok {
		return path, nil
	}
	if _, set := os.LookupEnv(xla.NoAutoInstallEnv); set {
		return "", fmt.Errorf("%w by %s; unset it and run `semrob setup`", errNoInstall, xla.NoAutoInstallEnv)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the folder for XLA: %w; make it writable or choose another", err)
	}
	release, err := lockFolder(ctx, dir, options.Progress)
	if err != nil {
		return "", err
	}
	defer release()
	if path, ok := installed(dir, options); ok { // by another process meanwhile
		return path, nil
	}
	removeStale(dir)
	return fetch(ctx, dir, options)
}

// dir returns the folder to install to, absolute.
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

// installed returns the sound CPU plugin of a folder. A plugin as large as the
// wheel's must be the wheel's, bit for bit: damage inside a file shows in
// nothing else.
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

// lockFile is locked while an installation works in its folder. It stays there:
// removing it would let a third process lock another file of the same name.
const lockFile = ".install.lock"

// lockFolder keeps other processes from installing to the folder until release
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

// stagingPrefix begins the names of the folders installations work in. They lie
// in the folder that is installed to, so that moving a file out is one step.
const stagingPrefix = ".installing-"

// removeStale removes what a killed installation left. The lock must be held:
// it tells that nobody works there.
func removeStale(dir string) {
	stale, _ := filepath.Glob(filepath.Join(dir, stagingPrefix+"*"))
	for _, path := range stale {
		_ = os.RemoveAll(path)
	}
}

// fetch tries the sources in order and returns the path of the plugin that the
// first one gave.
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

// lineError is a joined error with another text.
type lineError struct {
	text string
	error
}

func (e lineError) Error() string { return e.text }
func (e lineError) Unwrap() error { return e.error }

// A delivery is what a source put into the staging folder: a plugin under the
// name it is to be installed as, and the licences that go with it.
type delivery struct {
	plugin   string
	licences []string
}

// fetchFrom fetches from one source, checks, and publishes.
func fetchFrom(ctx context.Context, dir string, options InstallOptions,
	fetch func(context.Context, string, InstallOptions) (delivery, error)) (string, error) {
	staging, err := os.MkdirTemp(dir, stagingPrefix)
	if err != nil {
		return "", fmt.Errorf("making room in %s: %w; make the folder writable or choose another", dir, err)
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

// publish moves a delivery to its folder, the licences first and the plugin
// last, so that a plugin is never there without its licences. A plugin whose
// name carries a version gets the unversioned name as a link, as go-xla does.
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

// syncFolder writes the folder's entries to the disk, where the system can.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("writing the folder %s to the disk: %w", dir, err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("writing the folder %s to the disk: %w", dir, err)
	}
	return nil
}
