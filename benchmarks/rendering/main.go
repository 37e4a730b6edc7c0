// Command rendering times the renderer on a closed mesh with a given number of
// faces. compare.py compares it with another library. It writes one JSON object to
// standard output.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/semrob/gonb-semrob/benchmarks/internal/subjects"
	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// measurement is the output.
type measurement struct {
	Faces        int       `json:"faces"`
	MsPerView    float64   `json:"ms_per_view"`
	BytesPerView float64   `json:"bytes_per_view"`
	BytesOfMesh  float64   `json:"bytes_of_mesh"`
	Covered      []float64 `json:"covered"` // share of each view's pixels
}

func main() {
	faces := flag.Int("faces", 40000, "approximate number of faces of the mesh")
	size := flag.Int("size", 224, "pixels along each side")
	supersample := flag.Int("supersample", 1, "samples along each side of a pixel")
	views := flag.Int("views", 8, "views around the object, drawn in one batch")
	seconds := flag.Float64("seconds", 2, "time to draw for, in seconds")
	out := flag.String("write", "", "only write the mesh to this OBJ `file`")
	flag.Parse()
	if err := run(*faces, *size, *supersample, *views, *seconds, *out); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(faces, size, supersample, views int, seconds float64, out string) error {
	m := subjects.BumpySphere(faces)
	if out != "" {
		return atomicfile.Write(out, func(w io.Writer) error { return writeOBJ(w, m) })
	}
	before := heap()
	r, err := render.New(m, render.Options{Size: size, Supersample: supersample, KeepPlacement: true, Camera: render.Paper})
	if err != nil {
		return err
	}
	ofMesh := heap() - before
	scenes := make([]render.Scene, views)
	for i := range scenes {
		scenes[i] = render.DefaultScene()
		scenes[i].Azimuth, scenes[i].Elevation = 360*float64(i)/float64(views), 20
	}
	images := make([]float32, views*r.ImageLen())
	ctx := context.Background()
	before = heap()
	if err := r.Render(ctx, scenes, images); err != nil {
		return err
	}
	drawing := min(views, runtime.GOMAXPROCS(0))
	result := measurement{
		Faces: len(r.Mesh().Faces), BytesOfMesh: ofMesh, BytesPerView: (heap() - before) / float64(drawing),
		Covered: covered(images, views),
	}
	start, drawn := time.Now(), 0
	for time.Since(start).Seconds() < seconds {
		if err := r.Render(ctx, scenes, images); err != nil {
			return err
		}
		drawn += views
	}
	result.MsPerView = time.Since(start).Seconds() * 1e3 / float64(drawn)
	runtime.KeepAlive(r)
	return json.NewEncoder(os.Stdout).Encode(result)
}

// heap returns the bytes in use.
func heap() float64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return float64(s.HeapAlloc)
}

// covered returns the share of pixels of each view that are not black.
func covered(images []float32, views int) []float64 {
	shares := make([]float64, views)
	n := len(images) / views
	for i, value := range images {
		if i%3 == 0 && value > 0 {
			shares[i/n] += 3 / float64(n)
		}
	}
	return shares
}

func writeOBJ(w io.Writer, m *mesh.Mesh) error {
	b := bufio.NewWriter(w)
	for _, v := range m.Vertices {
		fmt.Fprintf(b, "v %.9g %.9g %.9g\n", v[0], v[1], v[2])
	}
	for _, f := range m.Faces {
		fmt.Fprintf(b, "f %d %d %d\n", f[0]+1, f[1]+1, f[2]+1)
	}
	return b.Flush()
}
