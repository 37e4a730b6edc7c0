// Command report makes the page of docs/paper from the kept results of its studies:
//
//	go run ./docs/paper/report                 # README.md and its figures
//	go run ./docs/paper/report --keep FOLDER   # keep what the page needs of a finished study
//
// The text is page.md; a line {{name}} stands for a section that is computed. A section
// whose studies have not been kept says so.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	folder := flag.String("dir", filepath.Join("docs", "paper"), "the folder with page.md and kept")
	keepFrom := flag.String("keep", "", "a study's `folder`: keep its results, and make no page")
	flag.Parse()
	if err := run(*folder, *keepFrom); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(folder, keepFrom string) error {
	if keepFrom != "" {
		return keep(keepFrom, filepath.Join(folder, keptFolder, filepath.Base(keepFrom)))
	}
	all, err := open(folder)
	if err != nil {
		return err
	}
	text, err := all.page()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "README.md"), []byte(text), 0o644); err != nil {
		return err
	}
	return all.figures(folder)
}
