package backend

import (
	"runtime"
	"strings"
)

// A platform describes how far semrob is tested on an operating system and
// processor, and the sources of the CPU plugin there.
type platform struct {
	status  string
	release bool // go-xla's official release has a plugin for it
}

// platforms are the known ones, by GOOS/GOARCH; docs/platforms.md lists them too.
var platforms = map[string]platform{
	"linux/amd64":  {"tested", true},
	"linux/arm64":  {"links, but was never run", true},
	"darwin/arm64": {"compiles, but was never run", true},
}

// describePlatform returns one line about a platform: its name, whether it is
// tested, where XLA comes from, and the fallback.
func describePlatform(name string) string {
	known, ok := platforms[name]
	if !ok {
		known.status = "not supported"
	}
	sources := []string{"an installed plugin"}
	if known.release {
		sources = append(sources, "go-xla's release")
	}
	if name == pinnedWheel.platform {
		sources = append(sources, "a Python wheel")
	}
	return name + ": " + known.status + "; XLA from " + strings.Join(sources, ", ") + "; fallback: " + slowGo
}

// checkPlatform describes the platform. An untested one is not a fault.
func checkPlatform() Check {
	return Check{Name: "platform", OK: true, Detail: describePlatform(runtime.GOOS + "/" + runtime.GOARCH)}
}
