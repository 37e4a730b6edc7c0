package backend

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/gomlx/go-xla/pjrt"
)

// A Plugin is a PJRT plugin file: XLA for one kind of device.
type Plugin struct {
	// Name is the <name> in pjrt_c_api_<name>_plugin.so, such as "cpu", "cuda" or
	// "cpu_v0.114.0"; for other file names the name without its extension.
	Name string
	// Path is the absolute path of the file.
	Path string
}

// IsCUDA reports whether the plugin is for NVIDIA GPUs, by its name.
func (p Plugin) IsCUDA() bool { return pjrt.IsCUDAName(p.Name) }

// IsCPU reports whether the plugin is for the CPU, by its name.
func (p Plugin) IsCPU() bool { return strings.Contains(strings.ToUpper(p.Name), "CPU") }

// is reports whether the plugin is called name, ignoring its version:
// "cpu_v0.114.0" is "cpu".
func (p Plugin) is(name string) bool {
	return p.Name == name || strings.HasPrefix(p.Name, name+"_v")
}

// pluginPatterns are the names of plugin files in go-xla.
var pluginPatterns = []*regexp.Regexp{
	regexp.MustCompile(`^pjrt_c_api_(.+)_plugin\.(so|dylib|dll)$`),
	regexp.MustCompile(`^pjrt[-_]plugin[-_](.+)\.(so|dylib|dll)$`),
}

// pluginName returns the name in a plugin's file name; ok is false for other
// files.
func pluginName(file string) (name string, ok bool) {
	for _, pattern := range pluginPatterns {
		if match := pattern.FindStringSubmatch(file); match != nil {
			return match[1], true
		}
	}
	return "", false
}

// pluginAt returns the plugin at path, whatever the file is called.
func pluginAt(path string) Plugin {
	base := filepath.Base(path)
	name, ok := pluginName(base)
	if !ok {
		name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	return Plugin{Name: name, Path: path}
}

// librarySuffix is the extension of shared libraries on this system.
func librarySuffix() string {
	switch runtime.GOOS {
	case "darwin":
		return ".dylib"
	case "windows":
		return ".dll"
	}
	return ".so"
}

// cpuPluginFile is the unversioned file name of the CPU plugin.
func cpuPluginFile() string { return "pjrt_c_api_cpu_plugin" + librarySuffix() }

// A PluginError is a plugin file that is missing or cannot be used. Err wraps
// fs.ErrNotExist if it is missing.
type PluginError struct {
	Path string
	Err  error
}

func (e *PluginError) Error() string { return "XLA plugin " + e.Path + ": " + e.Err.Error() }
func (e *PluginError) Unwrap() error { return e.Err }

// Check returns a *PluginError if the plugin's file is unusable: missing, not a
// shared library, for another processor, truncated, or without the PJRT entry
// point. It does not load the file: loading a truncated one can kill the process.
// Outside Linux only a missing or empty file is detected.
func (p Plugin) Check() error {
	if err := checkFile(p.Path); err != nil {
		return &PluginError{p.Path, err}
	}
	return nil
}

func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is not a file")
	case info.Size() == 0:
		return errors.New("it is empty")
	case runtime.GOOS != "linux":
		return nil
	}
	return checkELF(path, info.Size())
}

// elfMachines maps GOARCH to the machine of an ELF header.
var elfMachines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64,
	"arm64": elf.EM_AARCH64,
}

// checkELF checks that the file, of size bytes, is a complete shared library for
// this processor that exports the PJRT entry point.
func checkELF(path string, size int64) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()

	magic := make([]byte, len(elf.ELFMAG))
	if _, err := io.ReadFull(file, magic); err != nil || string(magic) != elf.ELFMAG {
		return errors.New("it is not a shared library")
	}
	library, err := elf.NewFile(file)
	if err != nil {
		return fmt.Errorf("it is truncated or damaged (%w)", err)
	}
	if want, known := elfMachines[runtime.GOARCH]; known && library.Machine != want {
		return fmt.Errorf("it is for %v, but this machine is %v", library.Machine, want)
	}
	if library.Type != elf.ET_DYN {
		return fmt.Errorf("it is not a shared library but of type %v", library.Type)
	}
	end := uint64(0)
	for _, program := range library.Progs {
		end = max(end, program.Off+program.Filesz)
	}
	for _, section := range library.Sections {
		if section.Type != elf.SHT_NOBITS {
			end = max(end, section.Offset+section.FileSize)
		}
	}
	if end > uint64(size) {
		return fmt.Errorf("it is truncated: %d bytes of at least %d", size, end)
	}
	symbols, err := library.DynamicSymbols()
	if err != nil {
		return fmt.Errorf("its symbols cannot be read (%w)", err)
	}
	for _, symbol := range symbols {
		if symbol.Name == pjrt.GetPJRTApiFunctionName && symbol.Section != elf.SHN_UNDEF {
			return nil
		}
	}
	return fmt.Errorf("it lacks the function %s, so it is not a PJRT plugin", pjrt.GetPJRTApiFunctionName)
}
