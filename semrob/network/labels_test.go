package network

import (
	"strings"
	"testing"
)

// FuzzLabels finds files of labels that make the reader fail in other ways than by an
// error.
func FuzzLabels(f *testing.F) {
	for _, text := range []string{"cat\n# no label\n\ndog\n", `["cat", "dog"]`, `{"0": "cat", "1": "dog"}`, `{"id2label": {"1": "a", "0": "b"}}`, "\ufeffcat", `{"id2label": null}`, "[null]", `{"-1": "a"}`, ""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		labels, err := parseLabels(data)
		if err == nil && len(labels) == 0 {
			t.Error("no labels and no error")
		}
		if err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("an error without a word")
		}
	})
}
