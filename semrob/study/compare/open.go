package compare

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Open reads results and joins them (see Join). Each path is a table of results, the
// folder of a study, a published regions_NAME.npz, read with maps_NAME.npz in the
// same folder if that exists, or a folder of published files. A folder without any
// of these is ErrNoResults.
func Open(paths ...string) (*results.Table, error) {
	var tables []*results.Table
	for _, path := range paths {
		files, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			t, err := openOne(file)
			if err != nil {
				return nil, err
			}
			tables = append(tables, t)
		}
	}
	return Join(tables...)
}

// filesOf returns the file itself, or the files of results in a folder.
func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening results: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	table := filepath.Join(path, "results.parquet")
	if _, err := os.Stat(table); err == nil {
		return []string{table}, nil
	}
	files, err := fs.Glob(os.DirFS(path), publishedPrefix+"*.npz")
	if err != nil {
		return nil, fmt.Errorf("opening results: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%w in %s: it has neither results.parquet nor %sNAME.npz", ErrNoResults, path, publishedPrefix)
	}
	for i := range files {
		files[i] = filepath.Join(path, files[i])
	}
	return files, nil
}

// publishedPrefix is the prefix of the names of files of published regions.
const publishedPrefix = "regions_"

func openOne(path string) (*results.Table, error) {
	if !strings.EqualFold(filepath.Ext(path), ".npz") {
		return results.Open(path)
	}
	dir, name := filepath.Split(path)
	network, ok := strings.CutPrefix(strings.TrimSuffix(name, filepath.Ext(name)), publishedPrefix)
	if !ok {
		return nil, fmt.Errorf("%s: the name of a file of published regions must be %sNAME.npz", path, publishedPrefix)
	}
	regions, err := study.LoadRegions(path)
	if err != nil {
		return nil, err
	}
	maps, err := semmap.LoadPublished(filepath.Join(dir, "maps_"+network+".npz"))
	if errors.Is(err, fs.ErrNotExist) {
		maps, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	return Published(network, regions, maps)
}

// Join concatenates tables over the same axes; other axes are ErrAxes.
func Join(tables ...*results.Table) (*results.Table, error) {
	if len(tables) == 0 {
		return nil, fmt.Errorf("joining tables of results: %w", ErrNoResults)
	}
	out := &results.Table{Study: tables[0].Study, Space: tables[0].Space}
	for _, t := range tables {
		if a, b := axes(out.Space), axes(t.Space); a != b {
			return nil, fmt.Errorf("joining tables of results: regions with %w cannot be compared: %s and %s", ErrAxes, a, b)
		}
		out.Rows = append(out.Rows, t.Rows...)
	}
	return out, nil
}

func axes(space objective.Space) string {
	var names []string
	for _, a := range space {
		names = append(names, a.Name)
	}
	return strings.Join(names, " × ")
}
