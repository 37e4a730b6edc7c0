package sweep

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// find returns the path of the first of some files, which lie as they do for
// who planned the study: in Dir, or in the cache, fetched there.
func (e *Engine) find(ctx context.Context, q *queue.Queue, files []plan.File) (string, error) {
	if len(files) == 0 {
		return "", fmt.Errorf("the object has no file")
	}
	local := true
	for _, f := range files {
		local = local && e.matches(plan.At(e.Dir, f.Path), f.Hash)
	}
	if local {
		return plan.At(e.Dir, files[0].Path), nil
	}
	if q == nil {
		return "", fmt.Errorf("the file %s has changed since the study was planned", files[0].Path)
	}
	return e.fetch(ctx, q, files)
}

// matches reports whether a file has the content with this hash.
func (e *Engine) matches(path, hash string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	key := fmt.Sprintf("%s %d %d", path, info.Size(), info.ModTime().UnixNano())
	known, ok := e.checked[key]
	if !ok {
		if known, err = queue.HashFile(path); err != nil {
			return false
		}
		if e.checked == nil || len(e.checked) > 10_000 {
			e.checked = map[string]string{}
		}
		e.checked[key] = known
	}
	return known == hash
}

// fetch brings files into a folder of the cache, beside each other as they lie
// in the original.
func (e *Engine) fetch(ctx context.Context, q *queue.Queue, files []plan.File) (string, error) {
	root, err := e.cache()
	if err != nil {
		return "", err
	}
	names := ""
	for _, f := range files {
		names += f.Hash + " " + f.Path + "\n"
	}
	root = filepath.Join(root, queue.KeyOf([]byte(names)))
	var first string
	for i, f := range files {
		beside, err := filepath.Rel(filepath.Dir(files[0].Path), f.Path)
		if err != nil || !filepath.IsLocal(beside) {
			return "", fmt.Errorf("the file %s does not lie beside %s", f.Path, files[0].Path)
		}
		path := filepath.Join(root, beside)
		if i == 0 {
			first = path
		}
		if e.matches(path, f.Hash) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", fmt.Errorf("making a folder for fetched files: %w: %w", err, queue.ErrUnavailable)
		}
		if err := q.Fetch(ctx, f.Hash, path); err != nil {
			return "", fmt.Errorf("fetching %s: %w", f.Path, err)
		}
	}
	return first, nil
}

func (e *Engine) cache() (string, error) {
	if e.Cache != "" {
		return e.Cache, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a folder for fetched files: %w", err)
	}
	return filepath.Join(dir, "semrob-files"), nil
}
