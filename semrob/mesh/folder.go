package mesh

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Limits on the files that a mesh refers to, all of them together.
const (
	maxResources     = 2 << 30 // bytes
	maxResourceFiles = 4096
)

// errOutside is the reason for not reading a file that a mesh refers to.
var errOutside = errors.New("the file is outside the mesh's folder: move it there, or load the mesh with LoadIn from a folder that contains both")

// folder is the only place that files a mesh refers to are read from: "..",
// absolute paths and symbolic links do not lead out of it.
type folder struct {
	root *os.Root
	// dir is the mesh's folder within root, with slashes; names are relative to
	// it.
	dir string
	// bytes and files count what has been read so far.
	bytes int64
	files int
}

// localName returns a file name with slashes, and whether it is a relative path.
func localName(name string) (string, bool) {
	name = strings.ReplaceAll(name, `\`, "/")
	drive := len(name) > 1 && name[1] == ':'
	return name, !strings.HasPrefix(name, "/") && !drive
}

// read returns the contents of a file of at most limit bytes.
func (f *folder) read(name string, limit int64) ([]byte, error) {
	name, ok := localName(name)
	if !ok {
		return nil, errOutside
	}
	name = path.Join(f.dir, name)
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, errOutside
	}
	if f.files++; f.files > maxResourceFiles {
		return nil, fmt.Errorf("the mesh refers to more than %d files", maxResourceFiles)
	}
	// A pipe would block until someone writes to it.
	file, err := f.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, openingError(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	switch size := info.Size(); {
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case size > limit:
		return nil, fmt.Errorf("the file has %d MiB, more than the %d supported", size>>20, limit>>20)
	case f.bytes+size > maxResources:
		return nil, fmt.Errorf("the files that the mesh refers to have more than %d MiB", maxResources>>20)
	default:
		f.bytes += size
		// The file may grow meanwhile.
		return io.ReadAll(io.LimitReader(file, size))
	}
}

// openingError returns errOutside for a file outside the folder, for which the
// standard library has no error value, and other errors without the file's name.
func openingError(err error) error {
	if strings.Contains(err.Error(), "escapes from parent") {
		return errOutside
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err // the caller adds the name
	}
	return err
}

// warnings collects sentences, each once, up to maxWarnings.
type warnings struct {
	sentences []string
	known     map[string]bool
	left      int
}

// maxWarnings is the number of sentences that are kept.
const maxWarnings = 20

// add adds a sentence that begins with the name of the file, the first of args.
func (w *warnings) add(format string, args ...any) {
	if len(w.sentences) == maxWarnings {
		w.left++
		return
	}
	key := format // without formatting, for warnings that come by the million
	if len(args) > 1 {
		key = fmt.Sprintf(format, args...)
	}
	if w.known[key] {
		return
	}
	if w.known == nil {
		w.known = map[string]bool{}
	}
	w.known[key] = true
	w.sentences = append(w.sentences, fmt.Sprintf(format, args...))
}

// list returns the sentences, and the number of those left out.
func (w *warnings) list() []string {
	if w.left == 0 {
		return w.sentences
	}
	return append(w.sentences, fmt.Sprintf("%d more warnings are not shown.", w.left))
}
