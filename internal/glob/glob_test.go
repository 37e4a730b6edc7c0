package glob

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFoldersAreNoPatterns(t *testing.T) {
	root := t.TempDir()
	names := []string{"run [2]", "run 2", "what?", "whats", "a*b", "aXb", `back\slash`, "[", "plain", "[!a]", "x[]y"}
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(root, name, "deep"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"1.obj", "2.obj", "deep/3.obj", "x.txt"} {
			if err := os.WriteFile(filepath.Join(root, name, file), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range names {
		dir := filepath.Join(root, name)
		want := []string{filepath.Join(dir, "1.obj"), filepath.Join(dir, "2.obj")}
		if got, err := In(dir, "*.obj"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if got, err := In(filepath.Join(dir, "deep"), "../?.obj"); err != nil || len(got) != 2 {
			t.Errorf("%s by ..: %v, %v", name, got, err)
		}
		if got, err := In(dir, Literal(filepath.Join(dir, "deep"))+"/*"); err != nil || len(got) != 1 {
			t.Errorf("%s, absolute: %v, %v", name, got, err)
		}
	}
	if _, err := In(root, "["); err == nil {
		t.Error("a malformed pattern was accepted")
	}
	t.Chdir(filepath.Join(root, "run [2]"))
	if got, err := In("", "*.obj"); err != nil || len(got) != 2 {
		t.Errorf("in the working folder: %v, %v", got, err)
	}
}
