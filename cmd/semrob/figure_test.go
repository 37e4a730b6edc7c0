package main

import (
	"encoding/csv"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// figureFiles writes a map of two axes, one of azimuth alone, and regions on
// both, all of one bump.
func figureFiles(t *testing.T, dir string) (plane, line, onPlane, onLine string) {
	t.Helper()
	save := func(name string, axes ...semmap.Samples) (string, string) {
		m, err := semmap.New(axes...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.Z {
			p := m.Point(i)
			d := math.Pow((p[0]-180)/60, 4)
			if len(p) > 1 {
				d += math.Pow((p[1]-40)/30, 4)
			}
			m.Z[i] = math.Exp(-d)
		}
		path := filepath.Join(dir, name+".npz")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		f, err := m.Objective()
		if err != nil {
			t.Fatal(err)
		}
		start := []float64{180, 40}[:len(axes)]
		r, err := region.Find(t.Context(), region.Problem{Objective: f, Starts: [][]float64{start}}, region.Naive{}, region.Settings{Iterations: 100})
		if err != nil {
			t.Fatal(err)
		}
		grown := filepath.Join(dir, name+"-regions.npz")
		if err := r.Save(grown); err != nil {
			t.Fatal(err)
		}
		return path, grown
	}
	sample := func(axis objective.Axis, text string) semmap.Samples {
		r, err := semmap.ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := semmap.Sample(axis, r)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	azimuth, elevation := sample(objective.Azimuth, "0:360:20"), sample(objective.Elevation, "-10:90:20")
	plane, onPlane = save("plane", azimuth, elevation)
	line, onLine = save("line", azimuth)
	return plane, line, onPlane, onLine
}

func TestFiguresOfFiles(t *testing.T) {
	dir := t.TempDir()
	plane, line, onPlane, onLine := figureFiles(t, dir)
	untraced := filepath.Join(dir, "untraced.npz")
	r, err := region.Load(onPlane)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Runs {
		r.Runs[i].Trace, r.Runs[i].Loss = nil, nil
	}
	if err := r.Save(untraced); err != nil {
		t.Fatal(err)
	}
	sensitivities, slices := filepath.Join(dir, "sensitivity.json"), filepath.Join(dir, "slices.json")
	succeed(t, "sensitivity", "--quiet", "--map", plane, "--threshold", "0.5", "--points", "64", "--out", sensitivities)
	succeed(t, "slices", "--quiet", "--map", plane, "--threshold", "0.5", "--out", slices)
	for _, ending := range []string{".png", ".svg", ".pdf"} {
		magic := map[string]string{".png": "\x89PNG", ".svg": "<?xml", ".pdf": "%PDF-"}[ending]
		for kind, args := range map[string][]string{
			"map":     {"map", "--map", plane, "--regions", onPlane},
			"contour": {"map", "--map", plane, "--contour", "5"},
			"growth":  {"growth", "--map", plane, "--regions", onPlane},
			"trace":   {"trace", "--regions", onPlane},
			"profile": {"profile", "--map", line, "--regions", onLine},
			"average": {"average", "--map", plane, "--map", plane},
			"azimuth": {"azimuth", "--map", plane},
			"shares":  {"sensitivity", "--file", sensitivities},
			"kept":    {"sensitivity", "--file", sensitivities, "--conserved"},
			"slices":  {"slices", "--file", slices, "--map", plane},
		} {
			t.Run(kind+ending, func(t *testing.T) {
				out := filepath.Join(dir, kind+ending)
				stdout, _ := succeed(t, append([]string{"figure", "--quiet", "--width", "400", "--title", "Of " + kind, "--out", out}, args...)...)
				data, err := os.ReadFile(out)
				if err != nil || !strings.HasPrefix(string(data), magic) {
					t.Errorf("figure %v writes %.10q (%v), want %q", args, data, err, magic)
				}
				if !strings.Contains(stdout, "Of "+kind) {
					t.Errorf("figure %v prints %q, want its title", args, stdout)
				}
			})
		}
	}
	animation := filepath.Join(dir, "growing.png")
	stdout, _ := succeed(t, "figure", "growth", "--map", plane, "--regions", onPlane, "--animate", "--width", "400", "--title", "Grows", "--out", animation)
	if !strings.Contains(stdout, "Grows") {
		t.Errorf("the animation prints %q, want its title", stdout)
	}
	if data, err := os.ReadFile(animation); err != nil || !strings.Contains(string(data), "acTL") {
		t.Errorf("the animation is not an animated PNG (%v)", err)
	}
	for says, args := range map[string][]string{
		"semrob figure azimuth":  {"profile", "--map", plane},
		"levels":                 {"map", "--map", plane, "--contour", "99"},
		"--data":                 {"average"},
		"choose .png":            {"growth", "--map", plane, "--regions", onPlane, "--animate", "--out", filepath.Join(dir, "a.svg")},
		"trace: set":             {"growth", "--map", plane, "--regions", untraced},
		"choose srvr or mean":    {"bars", "--data", dir, "--network", "A", "--of", "f"},
		`of the kind "slices"`:   {"sensitivity", "--file", slices},
		"slice of two axes":      {"slices", "--file", slices, "--map", line},
		"a folder with maps_NAM": {"azimuth", "--data", dir, "--network", "A"},
	} {
		t.Run(says, func(t *testing.T) {
			status, _, stderr := command(t, append([]string{"figure", "--out", filepath.Join(dir, "bad.png")}, args...)...)
			if status != 1 || !strings.Contains(stderr, says) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("%v: status %d, %q; want one sentence with %q", args, status, stderr, says)
			}
		})
	}
}

// Every kind has help that fits a terminal, an example that it accepts, and endings.
func TestFigureKindsHaveHelp(t *testing.T) {
	for _, k := range figureKinds {
		t.Run(k.name, func(t *testing.T) {
			cmd, _, err := newRoot(io.Discard, io.Discard).Find([]string{"figure", k.name})
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(k.short + "\n" + cmd.NonInheritedFlags().FlagUsages()) {
				if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > 100 {
					t.Errorf("this line of the help has %d characters: %s", n, line)
				}
			}
			for line := range strings.Lines(k.example) {
				args := strings.Fields(line)
				if len(args) < 5 || strings.Join(args[:3], " ") != "semrob figure "+k.name || !slices.Contains(k.endings, filepath.Ext(args[len(args)-1])) {
					t.Errorf("the example %q is not a call that writes %v", line, k.endings)
				}
				cmd, _, err := newRoot(io.Discard, io.Discard).Find(args[1:3])
				if err != nil || cmd.ParseFlags(args[3:]) != nil || cmd.ValidateRequiredFlags() != nil {
					t.Errorf("the example %q is not accepted (%v)", line, err)
				}
			}
		})
	}
}

// The published networks' figures: the table's SRVR are the published ones.
func TestFiguresOfPublishedNetworks(t *testing.T) {
	data := filepath.Join(testdata.Dir(t), "published")
	dir := t.TempDir()
	networks := []string{"--data", data, "--network", "AlexNet", "--network", "ResNet50"}
	for kind, args := range map[string][]string{
		"average": {"average", "--class", "bathtub", "--contour", "9"},
		"azimuth": {"azimuth", "--class", "toilet"},
		"bars":    {"bars", "--method", "naive"},
		"means":   {"bars", "--of", "mean"},
	} {
		out := filepath.Join(dir, kind+".png")
		succeed(t, append(append([]string{"figure", "--width", "500", "--out", out}, args...), networks...)...)
		if info, err := os.Stat(out); err != nil || info.Size() < 5000 {
			t.Errorf("%s: %v (%v)", kind, info, err)
		}
	}
	for _, ending := range []string{".md", ".tex", ".txt", ".html", ".csv"} {
		succeed(t, append([]string{"figure", "table", "--out", filepath.Join(dir, "srvr"+ending)}, networks...)...)
	}
	file, err := os.Open(filepath.Join(dir, "srvr.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	tex, err := os.ReadFile(filepath.Join(dir, "srvr.tex"))
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 3 || records[1][0] != "AlexNet" || !strings.Contains(string(tex), "ResNet50 & 5.27 & 13.02 & 15.77 &") || !strings.Contains(string(tex), "AlexNet & 1.23 & 7.53 & 9.13 &") {
		t.Errorf("the tables are %v and\n%s", records, tex)
	}
}
