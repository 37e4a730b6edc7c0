package notebooks

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// The limits of code cells. A longer cell hides its point; a longer line is cut off in
// HTML. A tab is 4 columns.
const (
	mostLines   = 25
	mostColumns = 100
)

// Code cells and solutions of all notebooks are short. Longer code belongs in the
// library, as one call.
func TestCellsAreShort(t *testing.T) {
	for _, path := range allNotebooks(t) {
		for name, source := range codeOf(t, path) {
			t.Run(path+"/"+name, func(t *testing.T) {
				for _, problem := range tooLong(source) {
					t.Error(problem)
				}
			})
		}
	}
}

// codeOf returns the code of a notebook by name: its code cells, counted from 1, and
// its solutions.
func codeOf(t *testing.T, path string) map[string]string {
	t.Helper()
	n := readNotebook(t, path)
	code, solutions := map[string]string{}, 0
	for i, c := range n.Cells {
		source := unquote(c.Source)
		if c.Type == "code" {
			code[fmt.Sprintf("cell %d", i+1)] = source
			continue
		}
		for _, found := range solution.FindAllStringSubmatch(source, -1) {
			solutions++
			code[fmt.Sprintf("solution %d", solutions)] = found[1]
		}
	}
	if len(code) == 0 {
		t.Errorf("%s has no code", path)
	}
	return code
}

func readNotebook(t *testing.T, path string) (n notebook) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// tooLong reports the limits that code exceeds.
func tooLong(source string) (problems []string) {
	lines := strings.Split(strings.TrimRight(source, "\n"), "\n")
	if len(lines) > mostLines {
		problems = append(problems, fmt.Sprintf("%d lines, want at most %d", len(lines), mostLines))
	}
	for i, line := range lines {
		if n := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")); n > mostColumns {
			problems = append(problems, fmt.Sprintf("line %d has %d columns, want at most %d: %s", i+1, n, mostColumns, line))
		}
	}
	return problems
}

func TestTooLong(t *testing.T) {
	for _, c := range []struct {
		name, source string
		problems     int
	}{
		{"short", "a := 1\n", 0},
		{"25 lines", strings.Repeat("x\n", 25), 0},
		{"26 lines", strings.Repeat("x\n", 26), 1},
		{"100 columns", strings.Repeat("λ", 100), 0},
		{"101 columns", strings.Repeat("λ", 101), 1},
		{"tabs", "\t" + strings.Repeat("x", 97), 1},
		{"both", strings.Repeat(strings.Repeat("x", 101)+"\n", 26), 27},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := tooLong(c.source); len(got) != c.problems {
				t.Errorf("%d problems, want %d: %q", len(got), c.problems, got)
			}
		})
	}
}
