// Package glob finds files by patterns in folders whose names are not patterns: a folder
// may be called "run [2]", "what?" or "a*b".
package glob

import (
	"path/filepath"
	"strings"
)

// In returns the files in a folder that match a pattern of filepath.Match relative to
// it, sorted. An absolute pattern stands for itself.
func In(folder, pattern string) ([]string, error) {
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Clean(pattern)
		for up := ".." + string(filepath.Separator); strings.HasPrefix(pattern, up); pattern = pattern[len(up):] {
			folder = filepath.Join(folder, "..")
		}
		pattern = Literal(folder) + string(filepath.Separator) + pattern
	}
	return filepath.Glob(pattern)
}

var literal = strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]", `\`, `\\`)

// Literal returns the pattern that only a path itself matches; "." for "".
func Literal(path string) string {
	if path == "" {
		path = "."
	}
	return literal.Replace(path)
}
