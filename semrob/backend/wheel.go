package backend

import (
	"archive/zip"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/semrob/gonb-semrob/internal/pip"
)

// A wheelFile is a Python wheel that contains the CPU plugin, with its checksums.
type wheelFile struct {
	requirement  string // for pip
	size         int64  // of the wheel, in bytes
	sha256       string // of the wheel
	plugin       string // the plugin's name in the wheel
	pluginSize   int64  // in bytes
	pluginSHA256 string
	platform     string // GOOS/GOARCH
}

// pinnedWheel contains the XLA CPU plugin with PJRT's C interface 0.115, which
// go-xla v0.4.1 supports. It needs glibc 2.27 or newer, which pip checks.
var pinnedWheel = wheelFile{
	requirement:  "lammps-jax-pjrt-cpu==0.11.2",
	size:         62711338,
	sha256:       "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1",
	plugin:       "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so",
	pluginSize:   201600336,
	pluginSHA256: "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2",
	platform:     "linux/amd64",
}

// fetchWheel downloads the wheel with pip, checks it, and unpacks the plugin and
// its licences.
func fetchWheel(ctx context.Context, staging string, options InstallOptions) (delivery, error) {
	wheel := options.wheelFile()
	if here := runtime.GOOS + "/" + runtime.GOARCH; here != wheel.platform {
		return delivery{}, fmt.Errorf("it exists only for %s, this is %s", wheel.platform, here)
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
		return delivery{}, fmt.Errorf("%s is not the expected file: its SHA-256 is %s, not %s; retry, and if that does not help, ask the owner of the package mirror",
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
			return delivery{}, fmt.Errorf("%s in %s is not the expected file: its SHA-256 is %s, not %s",
				wheel.plugin, filepath.Base(file), sum, wheel.pluginSHA256)
		}
		got.plugin = to
	}
	if got.plugin == "" {
		return delivery{}, fmt.Errorf("%s does not contain %s", filepath.Base(file), wheel.plugin)
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

// downloadWheel downloads the wheel with pip and returns its path.
func downloadWheel(ctx context.Context, staging string, wheel wheelFile, options InstallOptions) (string, error) {
	work := filepath.Join(staging, "wheel")
	if err := os.Mkdir(work, 0o755); err != nil {
		return "", err
	}
	options.Progress.say("downloading XLA's CPU plugin with pip (" + wheel.requirement + ")")
	fetch := pip.Fetch{Python: options.Python, Requirement: wheel.requirement, Size: wheel.size}
	if options.Progress != nil {
		fetch.Progress = options.Progress.count
	}
	return fetch.Wheel(ctx, work)
}
