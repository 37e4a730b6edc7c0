package mesh

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"
)

// ErrEmpty is wrapped by the errors for a mesh that shows nothing: without
// faces, or with all vertices at one point.
var ErrEmpty = errors.New("there is nothing to draw")

// UnknownError reports that no file, and no generated mesh if those were looked
// for, has this name. errors.Is finds fs.ErrNotExist in it.
type UnknownError struct {
	// Name is the name or path asked for.
	Name string
	// Generated are the names of the generated meshes, nil if only files were
	// looked for.
	Generated []string
}

// Error names the generated meshes to choose from.
func (e *UnknownError) Error() string {
	if e.Generated == nil {
		return fmt.Sprintf("no such mesh file: %s: check the path", e.Name)
	}
	return fmt.Sprintf("no generated mesh and no file is called %q: choose %s, or give the path of a mesh file (%s)",
		e.Name, enum.Choice(e.Generated), formats)
}

// Unwrap returns fs.ErrNotExist.
func (e *UnknownError) Unwrap() error { return fs.ErrNotExist }

// FormatError reports a file that cannot be used as a mesh: it is in another
// format, damaged, or beyond the limits.
type FormatError struct {
	// Path is the file's.
	Path string
	// Err is the reason. It names the file, and the line in a text file.
	Err error
}

// Error returns the reason.
func (e *FormatError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *FormatError) Unwrap() error { return e.Err }

// formatError makes a reader's error a FormatError, unless reading itself failed.
func formatError(path string, err error) error {
	var known *FormatError
	var reading *fs.PathError
	if errors.As(err, &known) || errors.As(err, &reading) {
		return err
	}
	if !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return &FormatError{path, err}
}
