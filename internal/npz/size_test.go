package npz

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io"
	"testing"

	"github.com/semrob/gonb-semrob/internal/limit"
)

// bomb returns an archive of arrays of zeros: each has a shape of n bytes, and packs to
// a thousandth.
func bomb(t *testing.T, descr string, shape []int, size int, names ...string) []byte {
	t.Helper()
	var packed bytes.Buffer
	squeeze, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	head := header(descr, shape)
	zeros := make([]byte, 1<<20)
	sum := crc32.NewIEEE()
	content := io.MultiWriter(squeeze, sum)
	_, _ = content.Write(head)
	for left := size; left > 0; left -= len(zeros) {
		_, _ = content.Write(zeros[:min(left, len(zeros))])
	}
	if err := squeeze.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range names {
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: name + ".npy", Method: zip.Deflate,
			UncompressedSize64: uint64(len(head) + size), CompressedSize64: uint64(packed.Len()), CRC32: sum.Sum32(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, bytes.NewReader(packed.Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestArchivesAddUp reads archives of a few hundred kilobytes whose arrays are small one
// by one, or texts, or counts of bytes that become numbers of eight bytes.
func TestArchivesAddUp(t *testing.T) {
	defer func(before int64) { budget = before }(budget)
	budget = 8 << 20
	const each = 3 << 20
	if _, err := Read(bomb(t, "|u1", []int{each}, each, "a", "b")); err != nil {
		t.Errorf("6 MiB in two arrays: %v", err)
	}
	data := bomb(t, "|u1", []int{each}, each, "a", "b", "c", "d", "e", "f", "g", "h")
	if len(data) > 1<<20 {
		t.Fatalf("the archive has %d bytes", len(data))
	}
	if _, err := Read(data); !errors.Is(err, limit.ErrTooLarge) || !errors.Is(err, ErrDamaged) {
		t.Errorf("24 MiB in eight arrays: %v", err)
	}
	if _, err := decode(append(header("<U1", []int{1 << 26}), 0, 0, 0, 0)); !errors.Is(err, limit.ErrTooLarge) {
		t.Errorf("67 million texts: %v", err)
	}
	f := File{"z": {Shape: []int{limit.Points + 1}, Data: make([]uint8, limit.Points+1)}}
	if _, _, err := f.Float64s("z"); !errors.Is(err, limit.ErrTooLarge) {
		t.Errorf("more numbers than points are supported: %v", err)
	}
	long := File{"meta": {Data: string(make([]byte, limit.Text+1))}}
	if _, err := long.Meta(new(any)); !errors.Is(err, limit.ErrTooLarge) {
		t.Errorf("a meta of %d bytes: %v", limit.Text+1, err)
	}
}
