package main

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/semmap"
)

func TestMapsOfThreeAxes(t *testing.T) {
	dir := t.TempDir()
	out, picture := filepath.Join(dir, "solid.npz"), filepath.Join(dir, "solid.png")
	common := []string{"map", "--mesh", "teapot", "--class", "teapot", "--out", out,
		"--axis", "azimuth=0:360:90", "--axis", "elevation=0:60:20", "--axis", "distance=2:4:1"}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--figure", picture}, "one or two axes, not 3"},
		{[]string{"--slice", "distance=3"}, "give --figure"},
		{[]string{"--figure", picture, "--slice", "roll=3"}, "not an axis of the map"},
		{[]string{"--figure", picture, "--slice", "distance=3", "--project", "distance=min"}, "given twice"},
		{[]string{"--figure", picture, "--slice", "distance"}, "name=value"},
		{[]string{"--figure", picture, "--project", "distance=median"}, "min, mean or max"},
		{[]string{"--figure", picture, "--slice", "distance=3", "--slice", "azimuth=0", "--slice", "elevation=0"}, "no axis to draw"},
		{[]string{"--tolerance", "0.1"}, "--tolerance needs --adaptive"},
		{[]string{"--adaptive", "--max-evaluations", "-3"}, "must be positive"},
		{[]string{"--adaptive", "--tolerance", "0"}, "must be positive"},
	} {
		status, _, stderr := command(t, append(append([]string{}, common...), c.args...)...)
		if status != 1 || !strings.Contains(stderr, c.says) || strings.Count(stderr, "\n") > 3 {
			t.Errorf("%v: status %d, it says %q, want %q", c.args, status, stderr, c.says)
		}
		if _, err := os.Stat(out); err == nil {
			t.Fatalf("%v: the map was computed", c.args)
		}
	}
	for _, flat := range [][]string{{"--slice", "distance=2.9"}, {"--project", "distance=min"}, {"--project", "distance=mean", "--slice", "elevation=20"}} {
		if err := os.RemoveAll(picture); err != nil {
			t.Fatal(err)
		}
		succeed(t, append(append(append([]string{}, common...), "--figure", picture), flat...)...)
		f, err := os.Open(picture)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%v: %v", flat, err)
		}
		f.Close()
	}
	m, err := semmap.Load(out)
	if err != nil || fmt.Sprint(m.Shape()) != "[2 3 4]" || m.Missing() != 0 {
		t.Fatalf("shape %v, error %v", m.Shape(), err)
	}
	if sliced, err := m.Slice("distance", 2.9); err != nil || sliced.Caption() != "distance 3" {
		t.Errorf("caption %q, error %v", sliced.Caption(), err)
	}
}

func TestAdaptiveMapsTellWhatTheyCost(t *testing.T) {
	out := filepath.Join(t.TempDir(), "map.npz")
	stdout, _ := succeed(t, "map", "--mesh", "teapot", "--class", "teapot", "--out", out, "--azimuth", "0:360:15", "--elevation", "0:90:15",
		"--adaptive", "--max-evaluations", "50", "--tolerance", "0.001")
	told := regexp.MustCompile(`(\d+) evaluations \(evaluations spent\); from 8 held-out points.*mean error (0\.\d+) \((0\.\d+)…(0\.\d+)\)`).FindStringSubmatch(stdout)
	if told == nil {
		t.Fatalf("it says %q", stdout)
	}
	m, err := semmap.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := strconv.Atoi(told[1]); n != 50 || m.Evaluations() != 50 || m.Missing() != 0 || m.Adaptive == nil {
		t.Errorf("%s evaluations told, %d in the file, of %d points", told[1], m.Evaluations(), len(m.Z))
	}
}
