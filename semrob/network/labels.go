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
// are ignored), a JSON array of names, or a JSON object: from indices to names,
// alone or under "id2label" as in a model hub's config.json, from indices to lists
// that end in the name, as in Keras's imagenet_class_index.json, or from names to
// indices, alone or under "class_to_idx" or "label2id", as torchvision's ImageFolder
// has them.
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

// labelObject reads {"0": "tench", …}, {"0": ["n01440764", "tench"], …} or
// {"tench": 0, …}, alone or under one of the usual names.
func labelObject(data []byte) ([]string, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, err
	}
	for _, name := range []string{"id2label", "label2id", "class_to_idx"} {
		if inner, ok := top[name]; ok && len(inner) > 0 && inner[0] == '{' {
			top = nil
			if err := json.Unmarshal(inner, &top); err != nil {
				return nil, err
			}
			break
		}
	}
	labels, named := make([]string, len(top)), make([]bool, len(top))
	for key, value := range top {
		place, label, err := labelEntry(key, value)
		if err != nil {
			return nil, err
		}
		i, err := strconv.Atoi(place)
		if err != nil || i < 0 || i >= len(labels) || named[i] {
			return nil, fmt.Errorf("%s is not one of the indices 0…%d, or is there twice", index(place), len(labels)-1)
		}
		labels[i], named[i] = label, true
	}
	if i := slices.Index(labels, ""); i >= 0 {
		return nil, fmt.Errorf("class %d has no name", i)
	}
	return labels, nil
}

// labelEntry returns the index and the name of an entry of an object.
func labelEntry(key string, value json.RawMessage) (place, label string, err error) {
	var number json.Number
	var list []string
	switch {
	case json.Unmarshal(value, &label) == nil:
		return key, label, nil
	case json.Unmarshal(value, &number) == nil:
		return number.String(), key, nil
	case json.Unmarshal(value, &list) == nil && len(list) > 0:
		return key, list[len(list)-1], nil
	}
	return "", "", errors.New("an entry is neither a name, an index nor a list that ends in a name")
}
