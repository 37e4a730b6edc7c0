package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/region"
)

// TestRerunStatus checks the exit statuses of rerun --check.
func TestRerunStatus(t *testing.T) {
	dir := t.TempDir()
	regions := filepath.Join(dir, "regions.npz")
	succeed(t, "regions", "--map", stripMap(t, dir), "--method", "oir-b", "--alpha", "0.1", "--iterations", "20", "--start", "180,30", "--out", regions)
	found, err := region.Load(regions)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(found.Of, `"alpha":0.1`) {
		t.Errorf("the record lacks the method's number: %s", found.Of)
	}
	changed := filepath.Join(dir, "changed.npz")
	found.Runs[0].Bounds.A[1] -= 1
	if err := found.Save(changed); err != nil {
		t.Fatal(err)
	}
	older := filepath.Join(dir, "older.npz")
	found.Of = strings.Replace(found.Of, `"question_version":`, `"question_version":1`, 1)
	if err := found.Save(older); err != nil {
		t.Fatal(err)
	}
	lost := filepath.Join(dir, "lost.npz")
	found.Of = strings.Replace(found.Of, `"question_version":1`, `"question_version":`, 1)
	found.Of = strings.Replace(found.Of, `"sha256":"`, `"sha256":"0`, 1)
	if err := found.Save(lost); err != nil {
		t.Fatal(err)
	}
	unknown := filepath.Join(dir, "unknown.npz")
	found.Of = ""
	if err := found.Save(unknown); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"the same":      {[]string{regions, "--check"}, 0, "the same, bit for bit"},
		"written again": {[]string{regions, "--out", filepath.Join(dir, "again.npz")}, 0, ""},
		"changed":       {[]string{changed, "--check"}, 1, "region: 1 of 4 values differ, by at most 1"},
		"older":         {[]string{older, "--check"}, 2, "cannot be compared"},
		"no map":        {[]string{lost, "--check"}, 2, "no file with this content"},
		"no record":     {[]string{unknown, "--check"}, 2, "does not say how it was made"},
		"absent":        {[]string{filepath.Join(dir, "absent.npz"), "--check"}, 1, "absent.npz"},
		"nothing to do": {[]string{regions}, 1, "--check"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := command(t, append([]string{"rerun"}, c.args...)...)
			if status != c.status || !strings.Contains(stdout+stderr, c.says) {
				t.Errorf("status %d, want %d: %s%s", status, c.status, stdout, stderr)
			}
		})
	}
	if a, b := load(t, regions), load(t, filepath.Join(dir, "again.npz")); a.Of != b.Of || a.Runs[0].Bounds.String() != b.Runs[0].Bounds.String() {
		t.Error("the file that was written again is another")
	}
}

func load(t *testing.T, path string) *region.Result {
	t.Helper()
	r, err := region.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
