package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/mesh"
)

func generatedMeshes() string { return listed(mesh.Generated()) }

// parseSetting reads "name=value".
func parseSetting(text string) (name string, value float64, err error) {
	name, number, ok := strings.Cut(text, "=")
	if !ok {
		return "", 0, fmt.Errorf("--set %q must be name=value, such as distance=3", text)
	}
	value, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return "", 0, fmt.Errorf("--set %s: %q is not a number", name, number)
	}
	return strings.TrimSpace(name), value, nil
}

// parsePoint reads "130,30".
func parsePoint(text string) ([]float64, error) {
	var point []float64
	for _, field := range strings.Split(text, ",") {
		x, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err != nil {
			return nil, fmt.Errorf("--start %q must be numbers with commas between them, such as 130,30", text)
		}
		point = append(point, x)
	}
	return point, nil
}

// checkOutput reports before long work begins whether path has one of the
// endings and can be written.
func checkOutput(flag, path string, endings ...string) error {
	if path == "" {
		return nil
	}
	end := strings.ToLower(filepath.Ext(path))
	for _, e := range endings {
		if end == e {
			if err := atomicfile.CheckFolder(path); err != nil {
				return fmt.Errorf("--%s: %w", flag, err)
			}
			return nil
		}
	}
	return fmt.Errorf("--%s %s: the file's name must end in %s", flag, path, strings.Join(endings, " or "))
}

var pictureEndings = []string{".png", ".svg", ".pdf"}
