package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/figure"
)

// report is all that is kept.
type report struct {
	folder  string
	studies map[string]*kept
}

// networks and looks of the studies, in the order of tables.
var (
	networks = []string{"lite0", "lite1", "lite2"}
	looks    = []string{"white", "materials"}
)

// section makes a part of the page. If studies that it needs are missing, the error is a
// *missingError.
type section func(r *report) (string, error)

var sections = map[string]section{
	"studies": ran, "networks": compareNetworks, "classes": byClass, "sets": classSets, "promises": promises,
	"needed": needed, "sides": bySide, "tau": thresholds, "materials": materials, "calibration": calibration,
	"variance": variance, "slices": slicesOfClasses, "predicted": fromFile("predicted.md"), "crosscheck": fromFile("crosscheck.md"),
}

// missingError says what a section needs.
type missingError struct{ needs []string }

func (e *missingError) Error() string {
	return "*Not computed yet: needs " + strings.Join(e.needs, ", ") + ".*"
}

var placeholder = regexp.MustCompile(`(?m)^\{\{([a-z]+)\}\}$`)

// page returns the text of README.md.
func (r *report) page() (string, error) {
	source, err := os.ReadFile(filepath.Join(r.folder, "page.md"))
	if err != nil {
		return "", err
	}
	var failed error
	text := placeholder.ReplaceAllStringFunc(string(source), func(line string) string {
		name := placeholder.FindStringSubmatch(line)[1]
		make, ok := sections[name]
		if !ok {
			failed = errors.Join(failed, fmt.Errorf("page.md: no section %s", name))
			return ""
		}
		part, err := make(r)
		var missing *missingError
		switch {
		case errors.As(err, &missing):
			return missing.Error()
		case err != nil:
			failed = errors.Join(failed, fmt.Errorf("section %s: %w", name, err))
		}
		return strings.TrimSpace(part)
	})
	return text, failed
}

// fromFile is a section that is kept as it is.
func fromFile(name string) section {
	return func(r *report) (string, error) {
		text, err := os.ReadFile(filepath.Join(r.folder, keptFolder, name))
		if errors.Is(err, fs.ErrNotExist) {
			return "", &missingError{[]string{keptFolder + "/" + name}}
		}
		return string(text), err
	}
}

// need returns the studies of a look that are kept, at least this many.
func (r *report) need(look string, least int) ([]*kept, error) {
	var found []*kept
	var names []string
	for _, network := range networks {
		name := look + "-" + network
		names = append(names, name)
		if k, ok := r.studies[name]; ok {
			found = append(found, k)
		}
	}
	if len(found) < least {
		return nil, &missingError{needs(names, least)}
	}
	return found, nil
}

// needs says how many of the studies are needed.
func needs(names []string, least int) []string {
	if least < len(names) {
		return []string{[]string{1: "one", 2: "two"}[least] + " of the studies " + strings.Join(names, ", ")}
	}
	return []string{"the studies " + strings.Join(names, ", ")}
}

// markdown writes tables one below the other.
func markdown(tables ...*figure.Table) (string, error) {
	var out bytes.Buffer
	for _, t := range tables {
		if err := t.WriteMarkdown(&out); err != nil {
			return "", err
		}
		out.WriteString("\n")
	}
	return out.String(), nil
}
