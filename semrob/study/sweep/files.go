package sweep

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// finder finds the files of items in Dir, or fetches them into the cache.
type finder struct {
	*Engine
	queue *queue.Queue
}

// finder returns the Finder for files of items.
func (e *Engine) finder(q *queue.Queue) subject.Finder {
	if e.Find != nil {
		return e.Find
	}
	return finder{e, q}
}

// Find implements subject.Finder.
func (f finder) Find(ctx context.Context, root string, files []subject.File) (string, error) {
	if len(files) == 0 {
		return "", fmt.Errorf("%w: %w", errNoFile, subject.ErrNotFound)
	}
	first, local := "", true
	if root != "" && f.queue != nil { // textures are looked for in all of it
		_, local = f.offered(root)
	}
	for i, file := range files {
		at, ok := f.offered(file.Path)
		if f.queue == nil { // the items are this program's own
			at, ok = subject.At(f.Dir, file.Path), true
		}
		if local = local && ok && f.matches(at, file.Hash); !local {
			break
		}
		if i == 0 {
			first = at
		}
	}
	if local {
		return first, nil
	}
	if f.queue == nil {
		return "", fmt.Errorf("the file %s %w since the study was planned", files[0].Path, subject.ErrChanged)
	}
	return f.fetch(ctx, f.queue, root, files)
}

// matches reports whether the content of a file has this hash.
func (e *Engine) matches(path, hash string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() { // a pipe would block
		return false
	}
	key := fmt.Sprintf("%s %d %d", path, info.Size(), info.ModTime().UnixNano())
	known, ok := e.checked[key]
	if !ok {
		if known, err = subject.HashFile(path); err != nil {
			return false
		}
		if e.checked == nil || len(e.checked) > 10_000 {
			e.checked = map[string]string{}
		}
		e.checked[key] = known
	}
	return known == hash
}

// fetch fetches files into a folder of the cache, where subject.Layout puts them.
func (e *Engine) fetch(ctx context.Context, q *queue.Queue, root string, files []subject.File) (string, error) {
	folder, err := e.cache()
	if err != nil {
		return "", err
	}
	layout, err := subject.Layout(files, root)
	if err != nil {
		return "", err
	}
	names := ""
	for i, f := range files {
		names += f.Hash + " " + layout[i] + "\n"
	}
	folder = filepath.Join(folder, queue.KeyOf([]byte(names)))
	for i, f := range files {
		path := filepath.Join(folder, layout[i])
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
	return filepath.Join(folder, layout[0]), nil
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
