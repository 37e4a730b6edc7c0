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

// Open reads results and joins them (see Join). Each path is a table of results,
// the folder of a study, a published regions_NAME.npz, which brings the
// maps_NAME.npz beside it where there is one, or a folder of such files.
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

// filesOf returns the file of that name, or what is read of a folder.
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
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, fmt.Errorf("%s holds no results: it has neither results.parquet nor %sNAME.npz", path, publishedPrefix))
	}
	for i := range files {
		files[i] = filepath.Join(path, files[i])
	}
	return files, nil
}

// publishedPrefix begins the names of files of published regions.
const publishedPrefix = "regions_"

func openOne(path string) (*results.Table, error) {
	if !strings.EqualFold(filepath.Ext(path), ".npz") {
		return results.Open(path)
	}
	dir, name := filepath.Split(path)
	network, ok := strings.CutPrefix(strings.TrimSuffix(name, filepath.Ext(name)), publishedPrefix)
	if !ok {
		return nil, fmt.Errorf("%s names no network: published regions are files %sNAME.npz", path, publishedPrefix)
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

// Join returns one table of several over the same axes.
func Join(tables ...*results.Table) (*results.Table, error) {
	if len(tables) == 0 {
		return nil, fmt.Errorf("joining tables of results: there are none")
	}
	out := &results.Table{Study: tables[0].Study, Space: tables[0].Space}
	for _, t := range tables {
		if a, b := axes(out.Space), axes(t.Space); a != b {
			return nil, fmt.Errorf("joining tables of results: the regions of one span %s, of another %s: their SRVR do not compare", a, b)
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
