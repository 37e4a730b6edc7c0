package pth

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/semrob/gonb-semrob/semrob/network/weights/internal/flat"
)

// magic begins the older form: the pickled number 0x1950a86a20f9469cfc6c, in
// little-endian bytes with that of the sign.
const magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"

// legacyProtocol is the older form's only version.
const legacyProtocol = 1001

// errUnknownForm is about files in neither form.
var errUnknownForm = errors.New("it is no file of torch.save: neither a zip archive nor the form before PyTorch 1.6")

// readLegacy reads the form that torch.save wrote before version 1.6: five
// pickles (a magic number, a version, facts about the machine, the object, the
// keys of its storages), then each storage's length and values, in the keys'
// order.
func readLegacy(file io.ReaderAt, size int64) (object any, load loader, err error) {
	// The pickles lie at the beginning; no more is read into memory.
	data := make([]byte, min(size, maxPickle))
	if _, err := file.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, nil, err
	}
	if !bytes.Contains(data[:min(len(data), 2*len(magic))], []byte(magic)) {
		return nil, nil, errUnknownForm
	}
	whole := len(data)
	var parts [3]any
	for i := range parts {
		if parts[i], data, err = unpickle(data, nil); err != nil {
			if i == 0 {
				err = errUnknownForm
			}
			return nil, nil, err
		}
		if i == 0 && parts[0] != magic {
			return nil, nil, errUnknownForm
		}
	}
	if parts[1] != legacyProtocol {
		return nil, nil, fmt.Errorf("it is of version %v, only %d is known: %s", parts[1], legacyProtocol, howToSave)
	}
	if facts, ok := parts[2].(*dict); ok && facts.get("little_endian") == false {
		return nil, nil, errors.New("its numbers are big-endian: save it on a little-endian machine")
	}
	storages := map[string]*storage{}
	object, data, err = unpickle(data, legacyStorages(storages, size))
	if err != nil {
		return nil, nil, err
	}
	keys, data, err := unpickle(data, nil)
	if err != nil {
		return nil, nil, err
	}
	sections, err := legacySections(file, int64(whole-len(data)), size, keys, storages)
	return object, func(all []*storage) error {
		return flat.Parallel(len(all), func(i int) error {
			section, ok := sections[all[i].key]
			if !ok {
				return fmt.Errorf("the file lacks the values %q", all[i].key)
			}
			return all[i].load(section)
		})
	}, err
}

// legacyStorages returns the function that turns a persistent identifier
// ("storage", type, key, location, length, view) into a storage.
func legacyStorages(known map[string]*storage, size int64) func(id []any) (*storage, error) {
	return func(id []any) (*storage, error) {
		s, err := storageOf(id)
		if err != nil {
			return nil, err
		}
		if len(id) > 5 && id[5] != nil {
			return nil, fmt.Errorf("the values %q are a view of others, as PyTorch 0.3 and older wrote them: load and save it with a newer one", s.key)
		}
		if old := known[s.key]; old != nil {
			if old.kind != s.kind || old.length != s.length {
				return nil, fmt.Errorf("the values %q are described in two ways", s.key)
			}
			return old, nil
		}
		if s.length < 0 || int64(s.length) > size/int64(widths[s.kind].bytes) {
			return nil, fmt.Errorf("the values %q, %d of type %s, are more than the file holds: it is cut off or damaged", s.key, s.length, s.kind)
		}
		known[s.key] = s
		return s, nil
	}
}

// legacySections returns where the values of each key lie, from a position on.
func legacySections(file io.ReaderAt, position, size int64, keys any, storages map[string]*storage) (map[string]*io.SectionReader, error) {
	all, ok := keys.(*list)
	if !ok {
		return nil, errors.New("the list of its values is missing: the file is damaged")
	}
	sections := map[string]*io.SectionReader{}
	for _, key := range all.items {
		s := storages[textOf(key)]
		if s == nil {
			return nil, fmt.Errorf("its values %q belong to no tensor: the file is damaged", textOf(key))
		}
		var length [8]byte
		if _, err := file.ReadAt(length[:], position); err != nil {
			return nil, cutOff(err)
		}
		if n := binary.LittleEndian.Uint64(length[:]); n != uint64(s.length) {
			return nil, fmt.Errorf("there are %d values %q instead of %d: the file is damaged", n, s.key, s.length)
		}
		bytes := int64(s.length) * int64(widths[s.kind].bytes)
		position += 8
		if bytes > size-position {
			return nil, cutOff(io.ErrUnexpectedEOF)
		}
		sections[s.key] = io.NewSectionReader(file, position, bytes)
		position += bytes
	}
	return sections, nil
}
