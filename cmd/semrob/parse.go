package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/enum"
)

// parseSetting parses "name=value".
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

// parseNumbers parses "130,30".
func parseNumbers(flag, text string) ([]float64, error) {
	var numbers []float64
	for field := range strings.SplitSeq(text, ",") {
		x, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err != nil {
			return nil, fmt.Errorf("--%s %q must be numbers separated by commas, such as 130,30", flag, text)
		}
		numbers = append(numbers, x)
	}
	return numbers, nil
}

// checkDistinct returns an error if the file of --out is one of the inputs.
func checkDistinct(out string, inputs ...string) error {
	file, err := os.Stat(out)
	if err != nil {
		return nil // a new file
	}
	for _, path := range inputs {
		if input, err := os.Stat(path); err == nil && os.SameFile(file, input) {
			return fmt.Errorf("--out %s would replace the input: choose another file", out)
		}
	}
	return nil
}

// checkOutput returns an error, before long work begins, if path has none of the
// endings or cannot be written.
func checkOutput(flag, path string, endings ...string) error {
	if path == "" {
		return nil
	}
	if !slices.Contains(endings, strings.ToLower(filepath.Ext(path))) {
		return fmt.Errorf("--%s %s: the file's name must end in %s", flag, path, enum.Choice(endings))
	}
	if err := atomicfile.CheckFolder(path); err != nil {
		return fmt.Errorf("--%s: %w", flag, err)
	}
	return nil
}
