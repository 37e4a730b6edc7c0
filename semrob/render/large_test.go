package render

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/cputime"
	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// writeHills writes a binary PLY file of 2·side² faces, hills on a square.
func writeHills(t *testing.T, side int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hills.ply")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintf(w, "ply\nformat binary_little_endian 1.0\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\nelement face %d\nproperty list uchar int vertex_indices\nend_header\n", (side+1)*(side+1), 2*side*side)
	var row []byte
	for i := range side + 1 {
		for j := range side + 1 {
			x, z := float64(j)/float64(side), float64(i)/float64(side)
			for _, c := range []float64{x, 0.1 * math.Sin(20*x) * math.Cos(30*z), z} {
				row = binary.LittleEndian.AppendUint32(row, math.Float32bits(float32(c)))
			}
		}
		_, _ = w.Write(row)
		row = row[:0]
	}
	for i := range side {
		for j := range side {
			a := uint32(i*(side+1) + j)
			b, c, d := a+1, a+uint32(side)+2, a+uint32(side)+1
			for _, f := range [2][3]uint32{{a, d, b}, {b, d, c}} {
				row = append(row, 3)
				for _, k := range f {
					row = binary.LittleEndian.AppendUint32(row, k)
				}
			}
		}
		_, _ = w.Write(row)
		row = row[:0]
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return path
}

// mostPerFace bounds the memory for loading and drawing a mesh, in bytes for each
// face, beyond what any mesh takes.
const mostPerFace = 400

// TestTenMillionFaces loads and draws a mesh of ten million faces, shaded smoothly,
// with memory in proportion to its faces.
func TestTenMillionFaces(t *testing.T) {
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("this takes a minute and gigabytes of memory: set SEMROB_LONG=1 to run it")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the peak of memory is known on Linux only")
	}
	const side = 2237
	path := writeHills(t, side)
	start, faces := peak(t), int64(0)
	took, err := cputime.Of(func() error {
		m, err := mesh.Load(path)
		if err != nil {
			return err
		}
		faces = int64(len(m.Faces))
		r, err := New(m, Options{Shading: Smooth})
		if err != nil {
			return err
		}
		scene := DefaultScene()
		scene.Elevation = 40
		covered := 0
		for _, v := range render(t, r, scene) {
			if v > 0 {
				covered++
			}
		}
		if covered < 10_000 {
			t.Errorf("%d values are not black", covered)
		}
		return nil
	})
	if err != nil || faces < 10_000_000 {
		t.Fatalf("%d faces, %v", faces, err)
	}
	grown := peak(t) - start
	t.Logf("%d faces: %.1f GiB at most, %d bytes for each face, %s of CPU time", faces, float64(grown)/(1<<30), grown/faces, took)
	if grown > mostPerFace*faces {
		t.Errorf("%d bytes for each face, more than %d", grown/faces, mostPerFace)
	}
}

// peak returns the greatest resident memory of the process so far, in bytes.
func peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	var kib int64
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
