package backend

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// A wheelFile is a Python wheel that holds the CPU plugin, and what makes sure
// that it is the right one.
type wheelFile struct {
	requirement  string // for pip
	size         int64  // of the wheel, in bytes
	sha256       string // of the wheel
	plugin       string // the plugin's name inside of it
	pluginSize   int64  // in bytes
	pluginSHA256 string
	platform     string // GOOS/GOARCH
}

// pinnedWheel holds the XLA CPU plugin with PJRT's C interface 0.115, which
// go-xla v0.4.1 works with. Sizes and sums are those of the file that the
// package index serves. Its glibc must be 2.27 or newer, which pip sees to.
var pinnedWheel = wheelFile{
	requirement:  "lammps-jax-pjrt-cpu==0.11.2",
	size:         62711338,
	sha256:       "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1",
	plugin:       "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so",
	pluginSize:   201600336,
	pluginSHA256: "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2",
	platform:     "linux/amd64",
}

// fetchWheel has pip download the wheel, checks it, and unpacks the plugin and
// its licences.
func fetchWheel(ctx context.Context, staging string, options InstallOptions) (delivery, error) {
	wheel := options.wheelFile()
	if here := runtime.GOOS + "/" + runtime.GOARCH; here != wheel.platform {
		return delivery{}, fmt.Errorf("it exists for %s only, this is %s", wheel.platform, here)
	}
	file, err := downloadWheel(ctx, staging, wheel, options)
	if err != nil {
		return delivery{}, err
	}
	sum, err := sha256File(file)
	if err != nil {
		return delivery{}, fmt.Errorf("checking the wheel: %w", err)
	}
	if sum != wheel.sha256 {
		return delivery{}, fmt.Errorf("%s is not the file expected: its SHA-256 is %s, not %s; run again, and if it stays so, ask who runs the package mirror",
			filepath.Base(file), sum, wheel.sha256)
	}
	options.Progress.say("unpacking XLA")
	return unpackWheel(ctx, file, staging, wheel)
}

// unpackWheel writes the wheel's plugin and licences to the staging folder.
func unpackWheel(ctx context.Context, file, staging string, wheel wheelFile) (delivery, error) {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return delivery{}, fmt.Errorf("opening %s: %w", filepath.Base(file), err)
	}
	defer archive.Close()
	var got delivery
	for _, member := range archive.File {
		isLicence := strings.Contains(member.Name, ".dist-info/licenses/") && !strings.HasSuffix(member.Name, "/")
		if !isLicence && member.Name != wheel.plugin {
			continue
		}
		to, mode := filepath.Join(staging, path.Base(wheel.plugin)), os.FileMode(0o755)
		if isLicence {
			to, mode = to+"."+path.Base(member.Name), 0o644
		}
		sum, err := unpackMember(ctx, member, to, mode)
		if err != nil {
			return delivery{}, fmt.Errorf("unpacking %s: %w", filepath.Base(file), err)
		}
		if isLicence {
			got.licences = append(got.licences, to)
			continue
		}
		if sum != wheel.pluginSHA256 {
			return delivery{}, fmt.Errorf("%s of %s is not the file expected: its SHA-256 is %s, not %s",
				wheel.plugin, filepath.Base(file), sum, wheel.pluginSHA256)
		}
		got.plugin = to
	}
	if got.plugin == "" {
		return delivery{}, fmt.Errorf("%s does not hold %s", filepath.Base(file), wheel.plugin)
	}
	return got, nil
}

func unpackMember(ctx context.Context, member *zip.File, to string, mode os.FileMode) (sum string, err error) {
	content, err := member.Open()
	if err != nil {
		return "", err
	}
	defer content.Close()
	return writeFile(ctx, to, mode, content)
}

// downloadWheel runs pip and returns the path of the wheel.
func downloadWheel(ctx context.Context, staging string, wheel wheelFile, options InstallOptions) (string, error) {
	pip, err := findPip(ctx, options.Python)
	if err != nil {
		return "", err
	}
	work := filepath.Join(staging, "wheel")
	if err := os.Mkdir(work, 0o755); err != nil {
		return "", err
	}
	options.Progress.say("downloading XLA's CPU plugin with pip (" + wheel.requirement + ")")
	stop := watchGrowth(work, wheel.size, options.Progress)
	_, err = runPip(ctx, pip, work, "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir",
		"--no-input", "--progress-bar=off", "--retries=2", "--dest="+work, wheel.requirement)
	stop(err == nil)
	if err != nil {
		return "", err
	}
	files, _ := filepath.Glob(filepath.Join(work, "*.whl"))
	if len(files) != 1 {
		return "", fmt.Errorf("pip left %d wheels for %s instead of one", len(files), wheel.requirement)
	}
	return files[0], nil
}

// findPip returns the command that runs pip: that of the interpreter given, or
// the first of the usual ones that answers.
func findPip(ctx context.Context, python string) ([]string, error) {
	candidates := [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip3"}, {"pip"}}
	if python != "" {
		candidates = [][]string{{python, "-m", "pip"}}
	}
	var failures []error
	for _, candidate := range candidates {
		if _, err := exec.LookPath(candidate[0]); err != nil {
			failures = append(failures, fmt.Errorf("no %s", candidate[0]))
			continue
		}
		if _, err := runPip(ctx, candidate, "", "--version"); err != nil {
			failures = append(failures, err)
			continue
		}
		return candidate, nil
	}
	return nil, fmt.Errorf("no pip to fetch it with (%w); install Python 3.10 or newer with pip", joinLine(failures))
}

// runPip runs pip and returns what it printed. With a work folder, pip keeps its
// temporary files there. When ctx ends, pip and what it started are stopped.
func runPip(ctx context.Context, pip []string, work string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, pip[0], append(pip[1:len(pip):len(pip)], arguments...)...)
	stopWithChildren(command)
	command.WaitDelay = time.Second
	command.Env = append(os.Environ(), "PIP_DISABLE_PIP_VERSION_CHECK=1")
	if work != "" {
		command.Env = append(command.Env, "TMPDIR="+work)
	}
	var output, complaints bytes.Buffer
	command.Stdout, command.Stderr = &output, &complaints
	if err := command.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%s: %w: %s", strings.Join(pip, " "), err, complaint(complaints.String()))
	}
	return output.String(), nil
}

// complaint picks the lines of pip's output that tell what went wrong: those
// marked as errors, or else the last one.
func complaint(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	var marked []string
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "ERROR: "); ok {
			marked = append(marked, text)
		}
	}
	if len(marked) == 0 {
		return lines[len(lines)-1]
	}
	return strings.Join(marked, " ")
}

// watchGrowth reports the size of the largest file under dir, in bytes, as the
// progress of a download of the given size, until stop is called: pip tells
// nothing of its progress when it does not write to a terminal.
func watchGrowth(dir string, size int64, progress Progress) (stop func(complete bool)) {
	if progress == nil {
		return func(bool) {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			select {
			case <-end:
				tick.Stop()
				return
			case <-tick.C:
				progress.count(min(largestFile(dir), size), size)
			}
		}
	}()
	return func(complete bool) {
		close(end)
		<-ended
		if complete {
			progress.count(size, size)
		}
	}
}

// largestFile returns the size of the largest file under dir, in bytes.
func largestFile(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // it may go away while it is looked at
		}
		if info, err := entry.Info(); err == nil {
			size = max(size, info.Size())
		}
		return nil
	})
	return size
}
