package backend

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"
)

// DefaultDir returns the folder that plugins are installed to, which is go-xla's:
// ~/.local/lib/go-xla on Linux, ~/Library/Application Support/go-xla on macOS.
func DefaultDir() (string, error) {
	lib, err := installer.DefaultHomeLibPath()
	if err != nil {
		return "", err
	}
	return filepath.Join(lib, "go-xla"), nil
}

// Find returns the installed plugins in search order: the folders or plugin files
// listed in $PJRT_PLUGIN_LIBRARY_PATH, separated by colons, then go-xla's default
// folders and the system's library folders. Within a folder an unversioned name
// comes first, then the newest version. Nothing is loaded or checked.
func Find() []Plugin {
	var found []Plugin
	seen := map[string]bool{}
	for _, place := range searchPath() {
		for _, plugin := range findIn(place) {
			if !seen[plugin.Path] {
				seen[plugin.Path] = true
				found = append(found, plugin)
			}
		}
	}
	return found
}

// choose returns the first plugin called name, ignoring versions.
func choose(plugins []Plugin, name string) (Plugin, bool) {
	i := slices.IndexFunc(plugins, func(p Plugin) bool { return p.is(name) })
	if i < 0 {
		return Plugin{}, false
	}
	return plugins[i], true
}

// findIn returns the plugins at a place, a folder or a plugin's file. An absent
// file is returned too: opening it gives an error with its name.
func findIn(place string) []Plugin {
	entries, err := os.ReadDir(place)
	if err != nil {
		if strings.HasSuffix(place, librarySuffix()) {
			return []Plugin{pluginAt(place)}
		}
		return nil
	}
	var found []Plugin
	for _, entry := range entries {
		name, ok := pluginName(entry.Name())
		if ok && strings.HasSuffix(entry.Name(), librarySuffix()) {
			found = append(found, Plugin{Name: name, Path: filepath.Join(place, entry.Name())})
		}
	}
	slices.SortStableFunc(found, func(a, b Plugin) int {
		aBase, aVersion, _ := strings.Cut(a.Name, "_v")
		bBase, bVersion, _ := strings.Cut(b.Name, "_v")
		if aBase != bBase {
			return strings.Compare(aBase, bBase)
		}
		return compareVersions(aVersion, bVersion)
	})
	return found
}

// compareVersions orders versions as Find does: none first, then newest first.
// Comparing parts by length, then as text, compares them as numbers.
func compareVersions(a, b string) int {
	if a == "" || b == "" {
		return len(a) - len(b)
	}
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	return slices.CompareFunc(bs, as, func(x, y string) int {
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	})
}

// searchPath returns the absolute places to search for plugins, in order.
func searchPath() []string {
	var places []string
	for _, place := range filepath.SplitList(os.Getenv(pjrt.PJRTPluginPathsEnv)) {
		if absolute, err := filepath.Abs(place); place != "" && err == nil {
			places = append(places, absolute)
		}
	}
	if dir, err := DefaultDir(); err == nil {
		places = append(places, dir, filepath.Join(dir, "nvidia"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		places = append(places, filepath.Join(home, ".local", "lib", "gomlx", "pjrt"))
	}
	if runtime.GOOS == "windows" {
		return places
	}
	for _, dir := range []string{"go-xla", "go-xla/nvidia", "gomlx/pjrt"} {
		places = append(places, filepath.Join("/usr/local/lib", dir))
	}
	for _, dir := range filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")) {
		if filepath.IsAbs(dir) {
			places = append(places, dir)
		}
	}
	return append(places, loaderFolders("/etc/ld.so.conf", 0)...)
}

// includeLine matches an include line of the dynamic loader's configuration.
var includeLine = regexp.MustCompile(`^include\s+(\S+)$`)

// loaderFolders returns the folders that a configuration file of the dynamic
// loader lists, its includes followed to a small depth.
func loaderFolders(config string, depth int) []string {
	file, err := os.Open(config)
	if err != nil || depth > 4 {
		return nil
	}
	defer file.Close()
	var folders []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if match := includeLine.FindStringSubmatch(line); match != nil {
			included, _ := filepath.Glob(match[1])
			for _, file := range included {
				folders = append(folders, loaderFolders(file, depth+1)...)
			}
		} else if filepath.IsAbs(line) {
			folders = append(folders, line)
		}
	}
	return folders
}
