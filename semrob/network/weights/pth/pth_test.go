package pth

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pickled writes Python pickles, as much of protocol 2 as a state dictionary
// needs.
type pickled struct{ bytes.Buffer }

func (p *pickled) text(s string) {
	p.WriteByte('X')
	binary.Write(p, binary.LittleEndian, uint32(len(s)))
	p.WriteString(s)
}

func (p *pickled) integer(i int) {
	p.WriteByte('J')
	binary.Write(p, binary.LittleEndian, int32(i))
}

func (p *pickled) integers(values ...int) {
	p.WriteByte('(')
	for _, v := range values {
		p.integer(v)
	}
	p.WriteByte('t')
}

func (p *pickled) class(module, name string) { p.WriteString("c" + module + "\n" + name + "\n") }

// tensor writes a key and a tensor that views a storage.
func (p *pickled) tensor(name, storage, key string, length, offset int, size, stride []int) {
	p.text(name)
	p.class("torch._utils", "_rebuild_tensor_v2")
	p.WriteByte('(')
	p.WriteByte('(')
	p.text("storage")
	p.class("torch", storage)
	p.text(key)
	p.text("cpu")
	p.integer(length)
	p.WriteString("tQ")
	p.integer(offset)
	p.integers(size...)
	p.integers(stride...)
	p.WriteByte(0x89) // False
	p.class("collections", "OrderedDict")
	p.WriteString(")RtR")
}

// archive writes a .pth as torch.save does and returns its path.
func archive(t *testing.T, pickle []byte, storages map[string][]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "weights.pth")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(file)
	members := map[string][]byte{"archive/data.pkl": pickle}
	for key, data := range storages {
		members["archive/data/"+key] = data
	}
	for name, data := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store}) // uncompressed, as torch.save
		if err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	var floats []byte
	for i := range 7 {
		floats = binary.LittleEndian.AppendUint32(floats, math.Float32bits(float32(i)))
	}
	doubles := binary.LittleEndian.AppendUint64(nil, math.Float64bits(2.5))
	var p pickled
	p.WriteString("\x80\x02}(") // protocol 2, a dictionary
	p.text("epoch")
	p.integer(3)
	p.text("state_dict")
	p.class("collections", "OrderedDict")
	p.WriteString(")R(")
	p.tensor("module.plain", "FloatStorage", "0", 7, 1, []int{2, 3}, []int{3, 1})
	p.tensor("module.transposed", "FloatStorage", "0", 7, 1, []int{3, 2}, []int{1, 3})
	p.tensor("module.double", "DoubleStorage", "1", 1, 0, []int{1}, []int{1})
	p.tensor("module.num_batches_tracked", "LongStorage", "2", 1, 0, []int{1}, []int{1})
	p.WriteString("uu.")
	set, err := Read(archive(t, p.Bytes(), map[string][]byte{"0": floats, "1": doubles, "2": make([]byte, 8)}))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float32{
		"plain":      {1, 2, 3, 4, 5, 6},
		"transposed": {1, 4, 2, 5, 3, 6},
		"double":     {2.5},
	} {
		if !slices.Equal(set[name].Data, want) {
			t.Errorf("%s = %v, want %v", name, set[name].Data, want)
		}
	}
	if len(set) != 3 {
		t.Errorf("tensors %v, want three: counters are left out", set.Names())
	}
}

func TestReadRefuses(t *testing.T) {
	var beyond, number pickled
	beyond.WriteString("\x80\x02}(")
	beyond.tensor("a", "FloatStorage", "0", 1, 0, []int{2}, []int{1})
	beyond.WriteString("u.")
	number.WriteString("\x80\x02")
	number.integer(7)
	number.WriteString(".")
	garbage := filepath.Join(t.TempDir(), "garbage.pth")
	if err := os.WriteFile(garbage, []byte("this is no pickle"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, path := range map[string]string{
		"beyond its values": archive(t, beyond.Bytes(), map[string][]byte{"0": make([]byte, 4)}),
		"a number":          archive(t, number.Bytes(), nil),
		"no tensors":        archive(t, []byte("\x80\x02}."), nil),
		"garbage":           garbage,
		"missing":           filepath.Join(t.TempDir(), "missing.pth"),
	} {
		if set, err := Read(path); err == nil {
			t.Errorf("%s: no error, tensors %v", what, set.Names())
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error does not name the file: %v", what, err)
		}
	}
}
