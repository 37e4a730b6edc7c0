package pth

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/internal/parallel"
)

// maxPickle is the size limit of a pickle, in bytes. Names and shapes of the
// largest supported network take less than a tenth of a megabyte, and each byte of
// a hostile pickle can create up to a hundred bytes of values.
const maxPickle = 8 << 20

// readArchive reads torch.save's format since version 1.6: a zip archive with the
// pickle NAME/data.pkl and a member NAME/data/KEY for each storage.
func readArchive(file io.ReaderAt, size int64) (object any, load loader, err error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, nil, fmt.Errorf("the zip archive is truncated or damaged (%w): download it again", err)
	}
	members := map[string]*zip.File{}
	prefix := ""
	for _, member := range archive.File {
		members[member.Name] = member
		if strings.HasSuffix(member.Name, "/data.pkl") {
			prefix = path.Dir(member.Name) + "/"
		}
	}
	switch {
	case members[prefix+"constants.pkl"] != nil:
		return nil, nil, fmt.Errorf("it is a TorchScript program, not weights: %s", howToSave)
	case members[prefix+"data.pkl"] == nil:
		return nil, nil, fmt.Errorf("the zip archive has no data.pkl: %s", howToSave)
	}
	if order, err := content(members[prefix+"byteorder"], 16); err != nil {
		return nil, nil, err
	} else if order := string(order); order != "" && order != "little" {
		return nil, nil, fmt.Errorf("its numbers are %s-endian: save it on a little-endian machine", order)
	}
	pickle, err := content(members[prefix+"data.pkl"], maxPickle)
	if err != nil {
		return nil, nil, err
	}
	object, _, err = unpickle(pickle, archiveStorages(members, prefix))
	return object, func(all []*storage) error {
		return parallel.All(len(all), func(i int) error {
			return all[i].loadMember(members[prefix+"data/"+all[i].key])
		})
	}, err
}

// archiveStorages returns the function that turns a persistent identifier
// ("storage", type, key, location, length) into a storage.
func archiveStorages(members map[string]*zip.File, prefix string) func(id []any) (*storage, error) {
	known := map[string]*storage{}
	return func(id []any) (*storage, error) {
		s, err := storageOf(id)
		if err != nil {
			return nil, err
		}
		if old := known[s.key]; old != nil && old.kind == s.kind && old.length == s.length {
			return old, nil
		}
		member := members[prefix+"data/"+s.key]
		switch {
		case member == nil:
			return nil, fmt.Errorf("the zip archive lacks the values %q", s.key)
		case member.Method != zip.Store:
			return nil, fmt.Errorf("the values %q are compressed, unlike in files of torch.save: %s", s.key, howToSave)
		case s.length < 0 || uint64(s.length) > member.UncompressedSize64/uint64(widths[s.kind].bytes):
			return nil, fmt.Errorf("the values %q have %d bytes, too few for %d of type %s", s.key, member.UncompressedSize64, s.length, s.kind)
		}
		known[s.key] = s
		return s, nil
	}
}

// storageOf reads the identifier of a storage.
func storageOf(id []any) (*storage, error) {
	if len(id) < 5 || id[0] != "storage" {
		return nil, errNoStorage
	}
	kind, isClass := id[1].(class)
	key, isText := id[2].(string)
	length, isNumber := id[4].(int)
	if _, known := widths[kind]; !isClass || !known || !isText || !isNumber {
		return nil, errors.New("the pickle describes a tensor's storage in an unknown way")
	}
	return &storage{kind: kind, key: key, length: length}, nil
}

// content returns a member's bytes, none for nil.
func content(member *zip.File, most uint64) ([]byte, error) {
	if member == nil {
		return nil, nil
	}
	if member.UncompressedSize64 > most {
		return nil, fmt.Errorf("%s has %d bytes, the limit is %d", member.Name, member.UncompressedSize64, most)
	}
	r, err := member.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", member.Name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", member.Name, truncated(err))
	}
	return data, nil
}

// loadMember reads a storage from a member, up to its end so that the archive's
// checksum is verified.
func (s *storage) loadMember(member *zip.File) error {
	r, err := member.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", member.Name, err)
	}
	defer r.Close()
	if err := s.load(r); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return fmt.Errorf("the values %q are damaged (%w): download the file again", s.key, err)
	}
	return nil
}
