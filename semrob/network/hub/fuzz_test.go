package hub

import (
	"path/filepath"
	"testing"
)

// FuzzDescription finds answers of a hub that make the reader fail in other ways than by
// an error, or that lead out of the cache.
func FuzzDescription(f *testing.F) {
	for _, text := range []string{
		`{"sha": "0123456789", "siblings": [{"rfilename": "model.safetensors", "blobId": "0123456789", "size": 5, "lfs": {"sha256": "ab", "size": 5}}]}`,
		`{"sha": "0123456789", "siblings": [null]}`, "null", `{"sha": "..", "siblings": [{"rfilename": "../x"}]}`, `{"siblings": {}}`, `{"sha": "0123456", "siblings": [{"rfilename": "a/b.pth", "size": 1e30}]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		info, err := parseDescription(text)
		if err != nil {
			return
		}
		if !validCommit.MatchString(info.Commit) {
			t.Errorf("the commit %q", info.Commit)
		}
		if file := choose(info, []string{"model.safetensors", "*", "*/*"}); file != nil && (!filepath.IsLocal(file.Name) || sizeOf(file) < 0) {
			t.Errorf("the file %q of %d bytes was chosen", file.Name, sizeOf(file))
		}
	})
}
