package backend

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"

	"github.com/semrob/gonb-semrob/internal/pip"
)

// A Check is the result of one check of Diagnose.
type Check struct {
	// Name of the checked thing, such as "C compiler".
	Name string
	// OK reports whether it is usable.
	OK bool
	// Detail describes it in one line.
	Detail string
	// Mend is the command or advice that fixes or improves it; empty if there is
	// nothing to do.
	Mend string
}

// A Report is the result of Diagnose, in the order in which to fix problems.
type Report []Check

// OK reports whether every check passed.
func (r Report) OK() bool {
	for _, check := range r {
		if !check.OK {
			return false
		}
	}
	return true
}

// String formats the report for a terminal: a line for each check, followed by
// its Mend.
func (r Report) String() string {
	width := 0
	for _, check := range r {
		width = max(width, len(check.Name))
	}
	var text strings.Builder
	for _, check := range r {
		mark := "ok"
		if !check.OK {
			mark = "NO"
		}
		fmt.Fprintf(&text, "%s  %-*s  %s\n", mark, width, check.Name, check.Detail)
		if check.Mend != "" {
			fmt.Fprintf(&text, "%*s→ %s\n", len(mark)+2+width+2, "", check.Mend)
		}
	}
	return text.String()
}

// WriteTo writes String to w.
func (r Report) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, r.String())
	return int64(n), err
}

// Diagnose checks everything that XLA and the programs built on it need, and
// tries the backend that Open would choose, without downloading anything. It
// changes no files, but loads the backend into this process.
func Diagnose(ctx context.Context) Report {
	return Report{
		checkPlatform(),
		checkGo(ctx),
		checkCompiler(ctx),
		checkPython(ctx),
		checkPip(ctx),
		checkEnvironment(),
		checkPlugin(),
		checkGPU(ctx),
		checkBackend(ctx),
		checkPrograms(ctx),
	}
}

// The oldest supported versions.
const (
	oldestGo     = 26 // 1.26
	oldestPython = 10 // 3.10
)

// minorVersion returns M of the first version "major.M" in text; ok is false if
// there is none.
func minorVersion(text string, major int) (minor int, ok bool) {
	match := regexp.MustCompile(`\b` + strconv.Itoa(major) + `\.(\d+)`).FindStringSubmatch(
		strings.ReplaceAll(text, "go", " "))
	if match == nil {
		return 0, false
	}
	minor, err := strconv.Atoi(match[1])
	return minor, err == nil
}

// firstLine runs a command and returns the first line of its output.
func firstLine(ctx context.Context, name string, arguments ...string) (string, error) {
	output, err := exec.CommandContext(ctx, name, arguments...).CombinedOutput()
	line, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
	if err != nil {
		return line, fmt.Errorf("%s: %w: %s", name, err, line)
	}
	return line, nil
}

func checkGo(ctx context.Context) Check {
	check := Check{Name: "Go", Mend: "install Go 1.26 or newer from go.dev/dl"}
	version, err := firstLine(ctx, "go", "version")
	if err != nil {
		check.Detail = oneLine(err.Error())
		return check
	}
	check.Detail = version
	if minor, ok := minorVersion(version, 1); ok && minor >= oldestGo {
		check.OK, check.Mend = true, ""
	}
	return check
}

func checkCompiler(ctx context.Context) Check {
	check := Check{Name: "C compiler", Mend: installCommand("gcc libc6-dev", "xcode-select --install")}
	candidates := []string{"gcc", "clang", "cc"}
	if chosen := strings.Fields(os.Getenv("CC")); len(chosen) > 0 {
		candidates = chosen[:1]
	}
	for _, candidate := range candidates {
		version, err := firstLine(ctx, candidate, "--version")
		if err == nil {
			check.OK, check.Detail, check.Mend = true, version, ""
			return check
		}
	}
	check.Detail = "none of " + strings.Join(candidates, ", ") + " runs"
	return check
}

func checkPython(ctx context.Context) Check {
	check := Check{Name: "Python", Mend: installCommand("python3 python3-venv python3-pip", "xcode-select --install")}
	version, err := firstLine(ctx, "python3", "--version")
	if err != nil {
		check.Detail = oneLine(err.Error())
		return check
	}
	check.Detail = version
	if minor, ok := minorVersion(version, 3); ok && minor >= oldestPython {
		check.OK, check.Mend = true, ""
		return check
	}
	check.Detail += ", which is older than 3.10"
	return check
}

func checkPip(ctx context.Context) Check {
	check := Check{Name: "pip", Mend: installCommand("python3-pip", "python3 -m ensurepip --upgrade")}
	version, err := pip.Version(ctx)
	if err != nil {
		check.Detail = oneLine(err.Error())
		return check
	}
	check.OK, check.Detail, check.Mend = true, oneLine(version), ""
	return check
}

// installCommand returns the command that installs Debian packages on Linux, and
// elsewhere on other systems.
func installCommand(packages, elsewhere string) string {
	if runtime.GOOS != "linux" {
		return elsewhere
	}
	return "sudo apt-get install " + packages
}

// checkEnvironment reports the variables that decide which backend is opened.
func checkEnvironment() Check {
	check := Check{Name: "environment", OK: true, Detail: "no variable overrides the choice"}
	var set []string
	for _, name := range []string{compute.ConfigEnvVar, pjrt.PJRTPluginPathsEnv, xla.NoAutoInstallEnv} {
		if value, ok := os.LookupEnv(name); ok {
			set = append(set, name+"="+value)
		}
	}
	if len(set) > 0 {
		check.Detail = strings.Join(set, " ")
	}
	for _, place := range filepath.SplitList(os.Getenv(pjrt.PJRTPluginPathsEnv)) {
		if _, err := os.Stat(place); err != nil {
			check.OK, check.Mend = false, fmt.Sprintf("unset %s, or set it to an existing folder: %v", pjrt.PJRTPluginPathsEnv, err)
		}
	}
	return check
}

// checkPlugin checks that the CPU plugin's file is there, complete and known.
func checkPlugin() Check {
	check := Check{Name: "XLA CPU plugin"}
	plugin, ok := choose(Find(), "cpu")
	if !ok {
		check.Detail = "none installed"
		check.Mend = "semrob setup"
		return check
	}
	if err := plugin.Check(); err != nil {
		check.Detail, check.Mend = err.Error(), mendPlugin(plugin)
		return check
	}
	sum, err := sha256File(plugin.Path)
	if err != nil {
		check.Detail, check.Mend = err.Error(), mendPlugin(plugin)
		return check
	}
	check.OK = true
	check.Detail = fmt.Sprintf("%s (SHA-256 %s…, %s)", plugin.Path, sum[:12], "not the wheel's")
	if sum == pinnedWheel.pluginSHA256 {
		check.Detail = fmt.Sprintf("%s (SHA-256 %s…, as expected)", plugin.Path, sum[:12])
	} else if info, err := os.Stat(plugin.Path); err == nil && info.Size() == pinnedWheel.pluginSize {
		check.OK = false
		check.Detail = fmt.Sprintf("%s is damaged: its SHA-256 is %s, not %s", plugin.Path, sum, pinnedWheel.pluginSHA256)
		check.Mend = mendPlugin(plugin)
	}
	return check
}

// checkGPU reports the GPU and its plugin. A missing one is not a fault.
func checkGPU(ctx context.Context) Check {
	check := Check{Name: "GPU", OK: true, Detail: "no NVIDIA GPU; the CPU is used"}
	if !installer.HasNvidiaGPU() {
		return check
	}
	name, err := firstLine(ctx, "nvidia-smi", "-L")
	if err != nil {
		name = "an NVIDIA GPU"
	}
	plugin, ok := choose(Find(), "cuda")
	if !ok {
		check.Detail = name + ", but no CUDA plugin for it; the CPU is used"
		if dir, err := DefaultDir(); err == nil {
			check.Mend = "install go-xla's CUDA plugin as described in its README, as " +
				filepath.Join(dir, "nvidia", "pjrt_c_api_cuda_plugin.so")
		}
		return check
	}
	check.Detail = name + ", " + plugin.Path
	if err := plugin.Check(); err != nil {
		check.OK, check.Detail, check.Mend = false, err.Error(), mendPlugin(plugin)
	}
	return check
}

// checkBackend opens the backend that Open would choose without downloading, and
// adds two numbers with it.
func checkBackend(ctx context.Context) Check {
	check := Check{Name: "backend"}
	opened, err := Open(ctx, Options{NoInstall: true, Notify: func(string) {}})
	if err != nil {
		check.Detail = oneLine(err.Error())
		return check
	}
	check.Detail = opened.Description()
	if err := opened.try(); err != nil {
		check.Detail += ": " + oneLine(err.Error())
		return check
	}
	check.OK = true
	if opened.Notice != "" {
		check.OK, check.Mend = false, "semrob setup"
		check.Detail = slowGo
	}
	return check
}
