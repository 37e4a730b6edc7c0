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
	// Name is what stands for <name> in pjrt_c_api_<name>_plugin.so, "cpu",
	// "cuda" or "cpu_v0.114.0" for example; the bare file name where the file
	// is not named that way.
	Name string
	// Path of the file, absolute.
	Path string
}

// IsCUDA tells whether the plugin is for NVIDIA GPUs, by its name.
func (p Plugin) IsCUDA() bool { return pjrt.IsCUDAName(p.Name) }

// IsCPU tells whether the plugin is for the CPU, by its name.
func (p Plugin) IsCPU() bool { return strings.Contains(strings.ToUpper(p.Name), "CPU") }

// is tells whether the plugin is called name, a version aside: "cpu_v0.114.0"
// is "cpu".
func (p Plugin) is(name string) bool {
	return p.Name == name || strings.HasPrefix(p.Name, name+"_v")
}

// pluginPatterns are the file names go-xla takes for plugins.
var pluginPatterns = []*regexp.Regexp{
	regexp.MustCompile(`^pjrt_c_api_(.+)_plugin\.(so|dylib|dll)$`),
	regexp.MustCompile(`^pjrt[-_]plugin[-_](.+)\.(so|dylib|dll)$`),
}

// pluginName returns the name that a plugin's file name carries; ok is false
// for the name of anything else.
func pluginName(file string) (name string, ok bool) {
	for _, pattern := range pluginPatterns {
		if match := pattern.FindStringSubmatch(file); match != nil {
			return match[1], true
		}
	}
	return "", false
}

// pluginAt returns the plugin that path names, whatever the file is called.
func pluginAt(path string) Plugin {
	base := filepath.Base(path)
	name, ok := pluginName(base)
	if !ok {
		name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	return Plugin{Name: name, Path: path}
}

// librarySuffix is the ending of a shared library's name on this system.
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

// Check tells what is wrong with the plugin's file without loading it: missing,
// not a shared library, made for another processor, cut short, or without the
// function that makes it a plugin. Loading a file that is cut short can kill
// the process, so this comes first. Outside of Linux only a missing or empty
// file is noticed.
func (p Plugin) Check() error {
	info, err := os.Stat(p.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("XLA plugin %s does not exist", p.Path)
	case err != nil:
		return fmt.Errorf("XLA plugin %s cannot be read: %w", p.Path, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("XLA plugin %s is not a file", p.Path)
	case info.Size() == 0:
		return fmt.Errorf("XLA plugin %s is empty", p.Path)
	}
	if runtime.GOOS != "linux" {
		return nil
	}
	if err := checkELF(p.Path, info.Size()); err != nil {
		return fmt.Errorf("XLA plugin %s is broken: %w", p.Path, err)
	}
	return nil
}

// elfMachines maps the processors Go names to those of an ELF header.
var elfMachines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64,
	"arm64": elf.EM_AARCH64,
}

// checkELF checks that the file of the given size, in bytes, is a complete
// shared library for this processor that exports the PJRT entry point.
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
		return fmt.Errorf("it is cut short or damaged (%w)", err)
	}
	if want, known := elfMachines[runtime.GOARCH]; known && library.Machine != want {
		return fmt.Errorf("it is made for %v, this is %v", library.Machine, want)
	}
	if library.Type != elf.ET_DYN {
		return fmt.Errorf("it is not a shared library but %v", library.Type)
	}
	for _, program := range library.Progs {
		if end := program.Off + program.Filesz; end > uint64(size) {
			return fmt.Errorf("it is cut short: %d bytes of at least %d", size, end)
		}
	}
	for _, section := range library.Sections {
		if end := section.Offset + section.FileSize; section.Type != elf.SHT_NOBITS && end > uint64(size) {
			return fmt.Errorf("it is cut short: %d bytes of at least %d", size, end)
		}
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
	return fmt.Errorf("it lacks the function %s, so it is no PJRT plugin", pjrt.GetPJRTApiFunctionName)
}
