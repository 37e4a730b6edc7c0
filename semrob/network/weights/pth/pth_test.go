package pth

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// archive returns a .pth as torch.save writes it.
func archive(pickle []byte, storages map[string][]byte) []byte {
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	members := map[string][]byte{"archive/data.pkl": pickle, "archive/byteorder": []byte("little")}
	for key, data := range storages {
		members["archive/data/"+key] = data
	}
	for name, data := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store}) // uncompressed, as torch.save
		if err != nil {
			panic(err)
		}
		w.Write(data)
	}
	z.Close()
	return file.Bytes()
}

// legacy returns a .pth as torch.save wrote it before version 1.6. storages
// follow in the order of their keys.
func legacy(pickle []byte, keys []string, lengths []int, storages [][]byte) []byte {
	var p pickled
	p.WriteString("\x80\x02\x8a\x0a" + magic + ".\x80\x02M\xe9\x03.\x80\x02}(")
	p.text("little_endian")
	p.WriteString("\x88u.")
	p.Write(pickle)
	p.WriteString("\x80\x02](")
	for _, key := range keys {
		p.text(key)
	}
	p.WriteString("e.")
	for i, data := range storages {
		binary.Write(&p, binary.LittleEndian, int64(lengths[i]))
		p.Write(data)
	}
	return p.Bytes()
}

// written puts a file into the test's folder and returns its path.
func written(t *testing.T, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "weights.pth")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// example returns the pickle and the storages of a checkpoint.
func example(fields int) (pickle []byte, floats, doubles, counter []byte) {
	for i := range 7 {
		floats = binary.LittleEndian.AppendUint32(floats, math.Float32bits(float32(i)))
	}
	doubles = binary.LittleEndian.AppendUint64(nil, math.Float64bits(2.5))
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
	p.tensor("module.bn.num_batches_tracked", "DoubleStorage", "1", 1, 0, []int{1}, []int{1}) // all were converted
	p.WriteString("u}(")
	p.text("_metadata") // as PyTorch adds it
	p.class("collections", "OrderedDict")
	p.WriteString(")Rubu.")
	file := p.Bytes()
	if fields == 6 { // the older form says "no view" at the end of an identifier
		file = bytes.ReplaceAll(file, []byte("tQ"), []byte("NtQ"))
	}
	return file, floats, doubles, make([]byte, 8)
}

func TestRead(t *testing.T) {
	pickle, floats, doubles, counter := example(5)
	older, _, _, _ := example(6)
	for form, file := range map[string][]byte{
		"zip":    archive(pickle, map[string][]byte{"0": floats, "1": doubles, "2": counter}),
		"legacy": legacy(older, []string{"0", "1", "2"}, []int{7, 1, 1}, [][]byte{floats, doubles, counter}),
	} {
		t.Run(form, func(t *testing.T) {
			set, err := Read(written(t, file))
			if err != nil {
				t.Fatalf("%s: %v", form, err)
			}
			for name, want := range map[string][]float32{
				"plain":      {1, 2, 3, 4, 5, 6},
				"transposed": {1, 4, 2, 5, 3, 6},
				"double":     {2.5},
			} {
				if !slices.Equal(set[name].Data, want) {
					t.Errorf("%s: %s = %v, want %v", form, name, set[name].Data, want)
				}
			}
			if len(set) != 3 {
				t.Errorf("%s: tensors %v, want three: counters are skipped", form, set.Names())
			}
			for cut := range file { // truncated at every byte
				if set, err := readFrom(bytes.NewReader(file[:cut]), int64(cut)); err == nil {
					t.Errorf("%s: %d of %d bytes: no error, tensors %v", form, cut, len(file), set.Names())
				}
			}
		})
	}
}

// TestReadPython reads files that PyTorch 2.15 wrote: a state dictionary with
// a tied and a transposed weight, in half precision, in both forms.
func TestReadPython(t *testing.T) {
	for _, name := range []string{"zip.pth", "legacy.pth", "protocol4.pth"} {
		t.Run(name, func(t *testing.T) {
			set, err := Read(filepath.Join("testdata", name))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			for key, want := range map[string][]float32{
				"a.weight": {0, 1, 2, 3, 4, 5}, "a.tied": {0, 1, 2, 3, 4, 5}, "a.turned": {0, 3, 1, 4, 2, 5},
				"a.half": {0.5, -2}, "a.brain": {1, -3}, "a.scalar": {7},
			} {
				if !slices.Equal(set[key].Data, want) {
					t.Errorf("%s: %s = %v, want %v", name, key, set[key].Data, want)
				}
			}
			if shape := set["a.turned"].Shape; !slices.Equal(shape, []int{3, 2}) {
				t.Errorf("%s: a.turned has shape %v", name, shape)
			}
			if len(set) != 6 {
				t.Errorf("%s: tensors %v", name, set.Names())
			}
		})
	}
}

// TestReadTraining reads checkpoints whose pickles Python wrote: beside the weights,
// which lie in three wrappers, there are options, dates, paths, NumPy's numbers and
// arrays, sets, an object of a class of the script, and an optimiser's tensors.
func TestReadTraining(t *testing.T) {
	for _, name := range []string{"training2.pth", "training4.pth"} { // pickle protocols 2 and 4
		t.Run(name, func(t *testing.T) {
			set, err := Read(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			if len(set) != 2 || !slices.Equal(set["net.fc.weight"].Data, []float32{0, 1, 2, 3, 4, 5}) || !slices.Equal(set["net.fc.bias"].Data, []float32{7}) {
				t.Errorf("tensors %v", set)
			}
		})
	}
}

// TestReadWrappers finds the weights under the names that scripts use, and prefers
// averaged ones.
func TestReadWrappers(t *testing.T) {
	wrapped := func(outer ...string) []byte {
		var p pickled
		p.WriteString("\x80\x02")
		for _, key := range outer {
			p.WriteString("}(")
			p.text(key)
		}
		p.WriteString("}(")
		p.tensor("w", "FloatStorage", "0", 1, 0, []int{1}, []int{1})
		p.WriteString("u" + strings.Repeat("u", len(outer)) + ".")
		return p.Bytes()
	}
	for _, outer := range [][]string{{"net"}, {"params"}, {"weights"}, {"network"}, {"model_ema"}, {"ema", "module"}, {"state_dict", "model", "net"}} {
		t.Run(strings.Join(outer, "."), func(t *testing.T) {
			set, err := Read(written(t, archive(wrapped(outer...), map[string][]byte{"0": make([]byte, 4)})))
			if err != nil || len(set) != 1 {
				t.Errorf("tensors %v, error %v", set, err)
			}
		})
	}
	var both pickled
	both.WriteString("\x80\x02}(")
	for i, key := range []string{"model", "ema"} {
		both.text(key)
		both.WriteString("}(")
		both.tensor("w", "FloatStorage", strconv.Itoa(i), 1, 0, []int{1}, []int{1})
		both.WriteString("u")
	}
	both.WriteString("u.")
	one := binary.LittleEndian.AppendUint32(nil, math.Float32bits(1))
	set, err := Read(written(t, archive(both.Bytes(), map[string][]byte{"0": make([]byte, 4), "1": one})))
	if err != nil || set["w"].Data[0] != 1 {
		t.Errorf("model and ema: %v, error %v", set, err)
	}
}

// hostile returns pickles with more than tensors.
func hostile(ran string) map[string][]byte {
	var shell, stacked, object, build, huge, wide, again, loop pickled
	shell.WriteString("\x80\x02cos\nsystem\n(")
	shell.text("touch " + ran)
	shell.WriteString("tR.")
	stacked.WriteString("\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x01x\x85R.")
	object.WriteString("(S'touch " + ran + "'\nios\nsystem\n.")
	build.WriteString("\x80\x02c__builtin__\neval\n(")
	build.text("1+1")
	build.WriteString("tR.")
	huge.WriteString("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\x00\x00x.") // text of 2⁴⁸ bytes
	wide.WriteString("\x80\x02}(")
	wide.tensor("a", "FloatStorage", "0", 1, 0, []int{1 << 30, 1 << 30}, []int{0, 0})
	wide.WriteString("u.")
	again.WriteString("\x80\x02]")
	for range 64 { // a list of the list before it, twice, and so on
		again.WriteString("q\x000](h\x00h\x00e")
	}
	again.WriteString(")R.")
	loop.WriteString("\x80\x02]q\x00h\x00a)R.") // a list inside itself
	return map[string][]byte{
		"shell": shell.Bytes(), "stacked": stacked.Bytes(), "inst": object.Bytes(), "eval": build.Bytes(),
		"huge text": huge.Bytes(), "wide": wide.Bytes(), "laughs": again.Bytes(), "loop": loop.Bytes(),
	}
}

func TestRefusesHostileFiles(t *testing.T) {
	ran := filepath.Join(t.TempDir(), "ran")
	for what, pickle := range hostile(ran) {
		for form, file := range map[string][]byte{
			"zip":    archive(pickle, map[string][]byte{"0": make([]byte, 4)}),
			"legacy": legacy(pickle, []string{"0"}, []int{1}, [][]byte{make([]byte, 4)}),
		} {
			t.Run(what+", "+form, func(t *testing.T) {
				set, err := Read(written(t, file))
				if err == nil {
					t.Errorf("%s, %s: no error, tensors %v", what, form, set.Names())
					return
				}
				if what == "shell" && !strings.Contains(err.Error(), `"os.system", which is refused`) {
					t.Errorf("%s, %s: error %v", what, form, err)
				}
				if len(err.Error()) > 1000 {
					t.Errorf("%s, %s: the error has %d characters", what, form, len(err.Error()))
				}
			})
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Fatal("a file's command was run")
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
	for what, path := range map[string]string{
		"beyond its values": written(t, archive(beyond.Bytes(), map[string][]byte{"0": make([]byte, 4)})),
		"a number":          written(t, archive(number.Bytes(), nil)),
		"no tensors":        written(t, archive([]byte("\x80\x02}."), nil)),
		"garbage":           written(t, []byte("not a pickle")),
		"empty":             written(t, nil),
		"missing":           filepath.Join(t.TempDir(), "missing.pth"),
	} {
		t.Run(what, func(t *testing.T) {
			if set, err := Read(path); err == nil {
				t.Errorf("%s: no error, tensors %v", what, set.Names())
			} else if !strings.Contains(err.Error(), path) {
				t.Errorf("%s: the error does not name the file: %v", what, err)
			}
		})
	}
}

// FuzzRead looks for files that make the reader fail in other ways than by an
// error, or return tensors whose values do not fit their shape.
func FuzzRead(f *testing.F) {
	pickle, floats, doubles, counter := example(5)
	older, _, _, _ := example(6)
	f.Add(archive(pickle, map[string][]byte{"0": floats, "1": doubles, "2": counter}))
	f.Add(legacy(older, []string{"0", "1", "2"}, []int{7, 1, 1}, [][]byte{floats, doubles, counter}))
	for _, pickle := range hostile("/nowhere") {
		f.Add(archive(pickle, map[string][]byte{"0": make([]byte, 4)}))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		set, err := readFrom(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for name, tensor := range set {
			size := 1
			for _, d := range tensor.Shape {
				size *= d
			}
			if size != len(tensor.Data) {
				t.Errorf("%s of shape %v has %d values", name, tensor.Shape, len(tensor.Data))
			}
		}
	})
}
