package backend

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/backend/internal/programs"
)

// ProgramCounts are the numbers of programs that a backend loaded from disk and
// compiled.
type ProgramCounts = programs.Counts

// Programs returns the folder in which compiled programs are kept ($SEMROB_PROGRAMS, or
// semrob-programs in the user's cache folder), and the numbers of programs so far. The
// error says why none are kept: the backend is not XLA, the plugin cannot serialise
// them, the folder cannot be used, or $SEMROB_PROGRAMS is "off".
//
// A loaded program is the same machine code as the compiled one, so results are the
// same to the last bit.
func (b *Backend) Programs() (dir string, counts ProgramCounts, err error) {
	switch {
	case b.programs == nil && b.programsError == nil:
		return "", ProgramCounts{}, fmt.Errorf("%w: the backend is not XLA", programs.ErrUnable)
	case b.programs == nil:
		return "", ProgramCounts{}, b.programsError
	}
	counts, err = b.programs.Counts()
	return b.programs.Dir(), counts, err
}

// checkPrograms reports whether compiled programs are kept, and compiles, serialises
// and loads one in memory. Without, everything works but compiles each time.
func checkPrograms(ctx context.Context) Check {
	check := Check{Name: "compiled programs", OK: true}
	opened, err := Open(ctx, Options{NoInstall: true, Notify: func(string) {}})
	if err != nil {
		check.Detail = "no backend compiles any"
		return check
	}
	dir, _, err := opened.Programs()
	if err == nil {
		err = opened.programs.Try(opened.try)
	}
	if err != nil {
		check.Detail = "none are kept: " + oneLine(err.Error())
		return check
	}
	count, size := programs.Size(dir)
	check.Detail = fmt.Sprintf("%d (%.1f MB of at most %d) kept in %s", count, float64(size)/1e6, programs.DefaultLimit/1000000, dir)
	if opened.oneDNN {
		check.Detail += "; those with oneDNN are compiled in each process, as XLA cannot serialise its operations"
	}
	return check
}

// keepers are the plugins whose programs are kept, by go-xla's name; guarded by
// opening. The options of a second backend with the same plugin are part of each
// program, or of the environment, which the first one set.
var keepers = map[string]*programs.Keeper{}

// keepPrograms loads the plugin such that compiled programs are kept, and gives it to
// go-xla under name. If that is impossible go-xla loads the plugin itself.
func keepPrograms(plugin Plugin, name string, notify func(string)) (*programs.Keeper, error) {
	if keeper, ok := keepers[name]; ok {
		return keeper, nil
	}
	dependsOn, err := programContext(plugin)
	if err != nil {
		return nil, err
	}
	keeper, err := programs.Open(dependsOn, notify)
	if err != nil {
		return nil, err
	}
	if err := programs.Register(name, plugin.Path, keeper); err != nil {
		return nil, err
	}
	keepers[name] = keeper
	return keeper, nil
}

// programContext returns everything that compiled programs depend on beside program,
// options and device: the plugin's file, the processor and the environment.
func programContext(plugin Plugin) ([]string, error) {
	if strings.Contains(os.Getenv(flagsVariable), "xla_dump") {
		return nil, fmt.Errorf("$%s asks XLA to write what it compiles", flagsVariable)
	}
	file, err := os.Stat(plugin.Path)
	if err != nil {
		return nil, err
	}
	dependsOn := []string{
		plugin.Path, fmt.Sprint(file.Size(), file.ModTime().UnixNano(), changed(file)),
		processor(), fmt.Sprint(runtime.NumCPU()),
	}
	var settings []string
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		if strings.HasPrefix(name, "XLA_") || strings.HasPrefix(name, "NVIDIA_") || strings.HasPrefix(name, "CUDA_") {
			settings = append(settings, setting)
		}
	}
	slices.Sort(settings)
	return append(dependsOn, settings...), nil
}

// processor describes the processor that XLA compiles for, as far as the system does:
// Linux lists model and instruction sets.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	first, _, _ := strings.Cut(string(text), "\n\n")
	lines := slices.DeleteFunc(strings.Split(first, "\n"), func(line string) bool {
		name, _, _ := strings.Cut(line, ":")
		return !slices.Contains([]string{
			"vendor_id", "cpu family", "model", "model name", "stepping", "flags", // x86
			"Features", "CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision", // ARM
		}, strings.TrimSpace(name))
	})
	return runtime.GOARCH + "\n" + strings.Join(lines, "\n")
}
