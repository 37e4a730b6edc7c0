// Package pth reads the parameters of a network from a file that PyTorch's
// torch.save wrote (.pth, .pt), in its zip form and in the one before 1.6.
//
// Such a file is a Python program for rebuilding objects. Only what rebuilds
// tensors is understood here, and nothing is run: a file that asks for
// anything else is refused.
package pth

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/internal/flat"
)

// Read returns the floating-point tensors of a file's state dictionary. The
// dictionary may stand at the top or under "state_dict_ema", "model_ema",
// "state_dict", "model_state_dict", "model" or "state"; a "module." that
// DataParallel put before every name is taken away. Integer tensors, and
// counters (num_batches_tracked) of whatever type, are left out.
func Read(path string) (weights.Set, error) {
	set, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("reading PyTorch weights %s: %w", path, err)
	}
	return set, nil
}

// howToSave ends the errors about files that are no state dictionary.
const howToSave = "save it with torch.save(model.state_dict(), file)"

func read(path string) (weights.Set, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return readFrom(file, about.Size())
}

// readFrom reads a file of a size in bytes.
func readFrom(file io.ReaderAt, size int64) (weights.Set, error) {
	begin := make([]byte, 4)
	if n, err := file.ReadAt(begin, 0); n < len(begin) {
		return nil, fmt.Errorf("it has only %d bytes: %w", n, err)
	}
	read := readLegacy
	if string(begin) == "PK\x03\x04" {
		read = readArchive
	}
	object, load, err := read(file, size)
	if err != nil {
		return nil, err
	}
	tensors, err := stateDictionary(object)
	if err != nil {
		return nil, err
	}
	if err := load(storages(tensors)); err != nil {
		return nil, err
	}
	return finish(tensors, size)
}

// finish copies the tensors that are not contiguous into order and returns the
// set. All of them together may not be much larger than the file.
func finish(tensors map[string]*tensor, size int64) (weights.Set, error) {
	set := make(weights.Set, len(tensors))
	copied := int64(0)
	for name, t := range tensors {
		if !t.contiguous() {
			copied += 4 * int64(weights.Size(t.shape))
		}
		if copied > 4*size {
			return nil, errors.New("its tensors show the same stored values again and again, which is more than a network's weights need")
		}
		set[name] = weights.Tensor{Shape: t.shape, Data: t.values()}
	}
	return withoutModule(set), nil
}

// stateDictionary finds the floating-point tensors in what was unpickled.
func stateDictionary(object any) (map[string]*tensor, error) {
	top, ok := object.(*dict)
	if !ok {
		return nil, fmt.Errorf("it holds no dictionary of tensors: %s", howToSave)
	}
	for _, key := range []string{"state_dict_ema", "model_ema", "state_dict", "model_state_dict", "model", "state"} {
		if inner, ok := top.get(key).(*dict); ok {
			top = inner
			break
		}
	}
	tensors := map[string]*tensor{}
	for i, key := range top.keys {
		name, isText := key.(string)
		t, isTensor := top.values[i].(*tensor)
		if isText && isTensor && t.isFloat() && !weights.IsCounter(name) { // others are such as an epoch's number
			tensors[name] = t
		}
	}
	if len(tensors) == 0 {
		return nil, fmt.Errorf("there are no floating-point tensors in it: %s", howToSave)
	}
	return tensors, nil
}

// get returns the value of a key, nil where there is none.
func (d *dict) get(wanted string) (value any) {
	for i, key := range d.keys {
		if key == wanted {
			value = d.values[i]
		}
	}
	return value
}

// storages returns the storages that the tensors view, each once.
func storages(tensors map[string]*tensor) []*storage {
	var all []*storage
	seen := map[*storage]bool{}
	for _, t := range tensors {
		if !seen[t.storage] {
			seen[t.storage] = true
			all = append(all, t.storage)
		}
	}
	return all
}

// loader reads the values of storages.
type loader func([]*storage) error

// load reads a storage's values.
func (s *storage) load(r io.Reader) error {
	values, err := flat.Read(r, widths[s.kind].dtype, s.length)
	if err != nil {
		return fmt.Errorf("the values %q: %w", s.key, cutOff(err))
	}
	s.data = values
	return nil
}

// cutOff says what the end of a file in the middle of something means.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is cut off: fetch it again")
	}
	return err
}

// withoutModule takes "module." from the names where all have it.
func withoutModule(set weights.Set) weights.Set {
	short := make(weights.Set, len(set))
	for name, t := range set {
		after, ok := strings.CutPrefix(name, "module.")
		if !ok || after == "" {
			return set
		}
		short[after] = t
	}
	return short
}
