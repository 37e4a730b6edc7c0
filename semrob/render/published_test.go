package render

import (
	"context"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// TestPublishedPictures compares with the pictures that the paper's authors
// published. What JPEG leaves bounds the agreement: the minimum and median
// (dB, grey, peak 1) are those of a plain implementation of the reference.
func TestPublishedPictures(t *testing.T) {
	dir := testdata.Dir(t)
	for _, object := range []struct {
		class, file     string
		minimum, median float64
	}{
		{"bathtub", "bathtub_bdf94fe1.obj", 40.3, 41.0},
		{"bottle", "bottle_1cf98e5b.obj", 43.5, 43.8},
		{"chair", "chair_341fcdd8.obj", 39.0, 39.3},
		{"toilet", "toilet_ae9e1ff1.obj", 39.5, 40.5},
	} {
		t.Run(object.class, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join(dir, "renders", object.class, "*.jpg"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no pictures of %s (%v)", object.class, err)
			}
			m, err := mesh.Load(filepath.Join(dir, "meshes", object.file))
			if err != nil {
				t.Fatal(err)
			}
			r, err := New(m, Options{Camera: Paper})
			if err != nil {
				t.Fatal(err)
			}
			ratios := make([]float64, len(files))
			for i, file := range files {
				ratios[i] = psnrWithFile(t, r, file)
			}
			slices.Sort(ratios)
			minimum, median := ratios[0], (ratios[(len(ratios)-1)/2]+ratios[len(ratios)/2])/2
			t.Logf("%d pictures: minimum %.2f dB, median %.2f dB", len(ratios), minimum, median)
			if math.Abs(minimum-object.minimum) > 0.2 || math.Abs(median-object.median) > 0.2 {
				t.Errorf("minimum %.2f and median %.2f dB, want %.1f and %.1f within 0.2", minimum, median, object.minimum, object.median)
			}
		})
	}
}

// psnrWithFile renders the view that a file "<elevation>_<azimuth>.jpg" shows
// and returns the peak signal-to-noise ratio of the grey pictures in dB.
func psnrWithFile(t *testing.T, r *Renderer, file string) float64 {
	t.Helper()
	s := DefaultScene()
	elevation, azimuth, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".jpg"), "_")
	for _, angle := range []struct{ name, value string }{{"elevation", elevation}, {"azimuth", azimuth}} {
		value, err := strconv.ParseFloat(angle.value, 64)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := s.Set(angle.name, value); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	values := make([]float32, r.ImageLen())
	if err := r.Render(context.Background(), []Scene{s}, values); err != nil {
		t.Fatal(err)
	}
	want := grey(t, file)
	if len(want) != len(values)/3 {
		t.Fatalf("%s has %d pixels, want %d", file, len(want), len(values)/3)
	}
	var sum float64
	for i, w := range want {
		d := float64(values[3*i]) - w
		sum += d * d
	}
	return -10 * math.Log10(sum/float64(len(want)))
}

// grey returns the luminance of a JPEG file's pixels, 0…1.
func grey(t *testing.T, file string) []float64 {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := jpeg.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	b := picture.Bounds()
	values := make([]float64, 0, b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			switch p := picture.(type) {
			case *image.YCbCr:
				values = append(values, float64(p.Y[p.YOffset(x, y)])/255)
			case *image.Gray:
				values = append(values, float64(p.GrayAt(x, y).Y)/255)
			default:
				t.Fatalf("%s: a picture of type %T", file, picture)
			}
		}
	}
	return values
}
