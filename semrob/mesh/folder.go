package mesh

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Limits on the files that a mesh refers to, all of them together.
const (
	maxResources     = 2 << 30 // bytes
	maxResourceFiles = 4096
	maxListed        = 1 << 16 // names of a folder that are compared
)

// errOutside and errAbsent are the reasons for not reading a file that a mesh
// refers to: it is outside the mesh's folder, or nowhere in it. errOutsideRoot and
// errAbsentRoot are the same for a folder that a person named.
var (
	errOutside     = errors.New("the file is outside the mesh's folder: move it there, or name a folder that contains both (mesh-root)")
	errAbsent      = fmt.Errorf("%w there: move it there, or name a folder that contains both (mesh-root)", fs.ErrNotExist)
	errOutsideRoot = errors.New("the file is outside the folder that was named (mesh-root): name one that contains it, too")
	errAbsentRoot  = fmt.Errorf("%w in the folder that was named (mesh-root): name one that contains it, too", fs.ErrNotExist)
)

// neighbours are the folders beside the mesh's own that belong to it, too:
// ShapeNet's models/ and images/, Google Scanned Objects' meshes/ and
// materials/textures/, Sketchfab's source/ and textures/.
var neighbours = []string{"images", "textures", "texture", "materials"}

// places are the folders that files are looked for by their base name, if they are
// not at the place that the mesh names.
var places = []string{".", "textures", "images", "texture", "materials", "../images", "../textures", "../texture", "../materials/textures", "../materials"}

// folder is the only place that files a mesh refers to are read from: "..",
// absolute paths and symbolic links do not lead out of it and its neighbours.
type folder struct {
	root *os.Root
	// dir is the mesh's folder within root, with slashes; names are relative to
	// it.
	dir string
	// path is the folder of root, for its neighbours and for links within a model
	// hub's cache; "" for neither.
	path string
	// named is set if a person named root: files are searched for in all of it.
	named bool
	// below are the files in root by their base names in lower case, if named; nil
	// before they are needed.
	below map[string][]string
	// beside are the neighbours that were opened; nil if there is no such folder.
	beside map[string]*os.Root
	// listed are the names in folders of root, and of neighbours.
	listed map[string][]string
	// bytes and files count what has been read so far.
	bytes int64
	files int
}

// close closes the neighbours.
func (f *folder) close() {
	for _, root := range f.beside {
		if root != nil {
			root.Close()
		}
	}
}

// localName returns a file name with slashes and without quotes, and whether it is
// a relative path.
func localName(name string) (string, bool) {
	name = strings.ReplaceAll(unquoted(name), `\`, "/")
	drive := len(name) > 1 && name[1] == ':'
	return name, !strings.HasPrefix(name, "/") && !drive && !isURL(name)
}

// isURL reports whether a name begins with a scheme, such as https:.
func isURL(name string) bool {
	scheme, _, ok := strings.Cut(name, ":")
	return ok && len(scheme) > 1 && !strings.ContainsAny(scheme, "/.")
}

// unquoted returns a name without the quotes around it.
func unquoted(name string) string {
	name = strings.TrimSpace(name)
	if n := len(name); n > 2 && (name[0] == '"' || name[0] == '\'') && name[n-1] == name[0] {
		return strings.TrimSpace(name[1 : n-1])
	}
	return name
}

// rootOf returns the root that a cleaned path relative to the mesh's folder is in,
// and the path in it; ok is false if it is outside.
func (f *folder) rootOf(name string) (root *os.Root, within string, ok bool) {
	inside := path.Join(f.dir, name)
	if filepath.IsLocal(filepath.FromSlash(inside)) {
		return f.root, inside, true
	}
	rest, up := strings.CutPrefix(inside, "../")
	first, within, deeper := strings.Cut(rest, "/")
	if !up || !deeper || f.path == "" || !slices.Contains(neighbours, strings.ToLower(first)) {
		return nil, "", false
	}
	root, known := f.beside[first]
	if !known {
		// A link would lead anywhere.
		at := filepath.Join(f.path, "..", first)
		if info, err := os.Lstat(at); err == nil && info.IsDir() {
			root, _ = os.OpenRoot(at)
		}
		if f.beside == nil {
			f.beside = map[string]*os.Root{}
		}
		f.beside[first] = root
	}
	return root, within, root != nil
}

// find returns the path, relative to the mesh's folder, of a file that a mesh
// refers to, and a remark if it is not the one named. It looks at the place named,
// then there without regard to case, then for the base name in the folder of the
// mesh and those that usually hold textures, then in all of a root that a person
// named.
func (f *folder) find(name string) (found, remark string, err error) {
	found, remark, err = f.findHere(name)
	if err == nil || isURL(unquoted(name)) || !errors.Is(err, fs.ErrNotExist) && err != errOutside {
		return found, remark, err
	}
	if !f.named {
		if err != errOutside {
			err = errAbsent
		}
		return "", "", err
	}
	if found, remark = f.search(name); found != "" {
		return found, remark, nil
	}
	if err == errOutside {
		return "", "", errOutsideRoot
	}
	return "", "", errAbsentRoot
}

// search looks in all of a root for a file of the same base name, of several for
// the one with the most folders in common with the name, then the first by path.
func (f *folder) search(name string) (found, remark string) {
	if f.below == nil {
		f.index()
	}
	name, _ = localName(name)
	wanted := strings.Split(strings.ToLower(path.Clean(name)), "/")
	all := f.below[wanted[len(wanted)-1]]
	best, most := "", 0
	for _, at := range all {
		parts := strings.Split(strings.ToLower(at), "/")
		same := 0
		for same < min(len(parts), len(wanted)) && parts[len(parts)-1-same] == wanted[len(wanted)-1-same] {
			same++
		}
		if same > most {
			best, most = at, same
		}
	}
	switch {
	case best == "":
		return "", ""
	case len(all) > 1:
		remark = fmt.Sprintf("%s is drawn in its place, one of %d files of that name", best, len(all))
	case most < len(wanted):
		remark = best + " is drawn in its place"
	}
	up := ""
	if f.dir != "." {
		up = strings.Repeat("../", strings.Count(f.dir, "/")+1)
	}
	return path.Clean(up + best), remark
}

// index lists the files in root.
func (f *folder) index() {
	f.below = map[string][]string{}
	count := 0
	_ = fs.WalkDir(f.root.FS(), ".", func(at string, entry fs.DirEntry, err error) error {
		if count++; count > maxListed {
			return fs.SkipAll
		}
		if err == nil && entry.Type().IsRegular() {
			base := strings.ToLower(path.Base(at))
			f.below[base] = append(f.below[base], at)
		}
		return nil // what cannot be read is passed over
	})
}

// findHere is find without the search.
func (f *folder) findHere(name string) (found, remark string, err error) {
	name, local := localName(name)
	if isURL(name) {
		return "", "", errOutside
	}
	err = errOutside
	if local {
		name = path.Clean(name)
		if at, same, missing := f.look(name); missing == nil {
			return at, caseRemark(at, same), nil
		} else if _, _, ok := f.rootOf(name); ok {
			err = missing
		}
		if !errors.Is(err, fs.ErrNotExist) && err != errOutside {
			return "", "", err
		}
	}
	base := path.Base(name)
	if base == "." || base == ".." || base == "/" {
		return "", "", err
	}
	for _, dir := range places {
		at, same, missing := f.look(path.Join(dir, base))
		if missing != nil {
			continue
		}
		if !local {
			return at, at + " is drawn in its place", nil
		}
		return at, caseRemark(at, same), nil
	}
	return "", "", err
}

func caseRemark(at string, same bool) string {
	if same {
		return ""
	}
	return "the file is called " + at
}

// look returns the path of the file with a name, or of one whose name differs in
// case only; same reports whether it does not.
func (f *folder) look(name string) (at string, same bool, err error) {
	root, within, ok := f.rootOf(name)
	if !ok {
		return "", false, errOutside
	}
	_, err = root.Stat(filepath.FromSlash(within))
	if err == nil || f.hubLink(root, within) != "" {
		return name, true, nil
	}
	if err = openingError(err); !errors.Is(err, fs.ErrNotExist) {
		return "", false, err
	}
	spelled := "."
	for _, part := range strings.Split(within, "/") {
		next := ""
		for _, entry := range f.list(root, spelled) {
			if strings.EqualFold(entry, part) && (next == "" || entry == part) {
				next = entry
			}
		}
		if next == "" {
			return "", false, fs.ErrNotExist
		}
		spelled = path.Join(spelled, next)
	}
	// It may be a link to nowhere, or out of the folder.
	if _, err := root.Stat(filepath.FromSlash(spelled)); err != nil && f.hubLink(root, spelled) == "" {
		return "", false, openingError(err)
	}
	return strings.TrimSuffix(name, within) + spelled, false, nil
}

// list returns the names in a folder of a root.
func (f *folder) list(root *os.Root, dir string) []string {
	key := root.Name() + "\x00" + dir
	names, known := f.listed[key]
	if !known {
		if opened, err := root.Open(filepath.FromSlash(dir)); err == nil {
			names, _ = opened.Readdirnames(maxListed)
			slices.Sort(names)
			opened.Close()
		}
		if f.listed == nil {
			f.listed = map[string][]string{}
		}
		f.listed[key] = names
	}
	return names
}

// hubLink returns the path of the file that a link in a snapshot of a model hub's
// cache leads to, "" for anything else. Such a cache has snapshots/REVISION/… with
// links to blobs/HASH beside snapshots.
func (f *folder) hubLink(root *os.Root, name string) string {
	info, err := root.Lstat(filepath.FromSlash(name))
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return ""
	}
	at, err := filepath.Abs(filepath.Join(root.Name(), filepath.FromSlash(name)))
	if err != nil {
		return ""
	}
	repository, _, ok := strings.Cut(at, string(filepath.Separator)+"snapshots"+string(filepath.Separator))
	if !ok || !strings.Contains(filepath.Base(repository), "--") {
		return ""
	}
	target, err := os.Readlink(at)
	if err != nil {
		return ""
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(at), target)
	}
	if filepath.Dir(target) != filepath.Join(repository, "blobs") {
		return ""
	}
	if info, err := os.Lstat(target); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return target
}

// read returns the contents of a file of at most limit bytes, and a remark if it is
// not the one named.
func (f *folder) read(name string, limit int64) (data []byte, remark string, err error) {
	found, remark, err := f.find(name)
	if err != nil {
		return nil, "", err
	}
	if f.files++; f.files > maxResourceFiles {
		return nil, "", fmt.Errorf("the mesh refers to more than %d files", maxResourceFiles)
	}
	root, within, ok := f.rootOf(found)
	if !ok {
		return nil, "", errOutside
	}
	data, err = f.contents(root, within, limit)
	return data, remark, err
}

func (f *folder) contents(root *os.Root, name string, limit int64) ([]byte, error) {
	// A pipe would block until someone writes to it.
	const flags = os.O_RDONLY | syscall.O_NONBLOCK
	file, err := root.OpenFile(filepath.FromSlash(name), flags, 0)
	if blob := f.hubLink(root, name); err != nil && blob != "" {
		file, err = os.OpenFile(blob, flags|syscall.O_NOFOLLOW, 0)
	}
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
		data, err := io.ReadAll(io.LimitReader(file, size))
		if err == nil && isPointer(data) {
			return nil, errPointer
		}
		return data, err
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
