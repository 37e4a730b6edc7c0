package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/semrob/gonb-semrob/internal/limit"
)

// maxLabels is the size limit of a labels file, in bytes.
const maxLabels = 16 << 20

// ReadLabels reads the names of a network's classes, ordered by index, from a
// text file with one name per line (empty lines and lines that begin with "#"
// are ignored), a JSON array of names, or a JSON object from indices to names,
// alone or under "id2label" as in a model hub's config.json.
func ReadLabels(path string) ([]string, error) {
	data, err := limit.ReadFile(path, maxLabels)
	if err != nil {
		return nil, fmt.Errorf("reading labels: %w", err)
	}
	labels, err := parseLabels(data)
	if err != nil {
		return nil, fmt.Errorf("reading labels %s: %w", path, err)
	}
	return labels, nil
}

func parseLabels(data []byte) (labels []string, err error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8 text")
	}
	switch {
	case len(data) > 0 && data[0] == '[':
		err = json.Unmarshal(data, &labels)
	case len(data) > 0 && data[0] == '{':
		labels, err = labelObject(data)
	default:
		labels = labelLines(string(data))
	}
	if err == nil && len(labels) == 0 {
		err = errors.New("it has no labels: give one name per line")
	}
	return labels, err
}

// labelLines returns the lines that are neither empty nor comments.
func labelLines(text string) (labels []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			labels = append(labels, line)
		}
	}
	return labels
}

// index quotes a key of a labels file for a message if it is a number: the file may be
// another one, whose content should not get into the tables of studies.
func index(key string) string {
	if i, err := strconv.Atoi(key); err == nil {
		return strconv.Quote(strconv.Itoa(i))
	}
	return "a key"
}

// labelObject reads {"0": "tench", …}, alone or under "id2label".
func labelObject(data []byte) ([]string, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, err
	}
	if inner, ok := top["id2label"]; ok {
		data = inner
	}
	var byIndex map[string]string
	if err := json.Unmarshal(data, &byIndex); err != nil {
		return nil, err
	}
	labels := make([]string, len(byIndex))
	for key, label := range byIndex {
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(labels) || labels[i] != "" {
			return nil, fmt.Errorf("%s is not one of the indices 0…%d, or is there twice", index(key), len(labels)-1)
		}
		labels[i] = label
	}
	if i := slices.Index(labels, ""); i >= 0 {
		return nil, fmt.Errorf("class %d has no name", i)
	}
	return labels, nil
}
