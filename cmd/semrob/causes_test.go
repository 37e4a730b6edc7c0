package main

import (
	"encoding/csv"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
)

// On a map that is right between 90° and 270° of azimuth, azimuth explains everything,
// and the rest of the circle is the one slice.
func TestCausesOnAMap(t *testing.T) {
	dir := t.TempDir()
	mapPath, table := stripMap(t, dir), filepath.Join(dir, "sensitivity.csv")
	out, picture := filepath.Join(dir, "sensitivity.json"), filepath.Join(dir, "sensitivity.png")
	stdout, _ := succeed(t, "sensitivity", "--map", mapPath, "--threshold", "0.5", "--out", out, "--figure", picture, "--table", table)
	if !strings.Contains(stdout, "azimuth explains 100 % [100, 100] of the variance of f") || !strings.Contains(stdout, "right in 50 %") {
		t.Error(stdout)
	}
	found, err := semrob.LoadSensitivity(out)
	if err != nil || found.Factors[0].Name != "azimuth" || found.Right.Indices[1].Total.Upper > 1e-6 {
		t.Errorf("%+v, %v", found, err)
	}
	isPNG(t, picture)
	if text, err := os.ReadFile(table); err != nil || !strings.Contains(string(text), "azimuth") {
		t.Errorf("%s, %v", text, err)
	}
	out = filepath.Join(dir, "slices.json")
	stdout, _ = succeed(t, "slices", "--map", mapPath, "--threshold", "0.5", "--out", out)
	slices, err := semrob.LoadSlices(out)
	if err != nil || len(slices.Slices) == 0 {
		t.Fatalf("%+v, %v: %s", slices, err, stdout)
	}
	if b := slices.Slices[0].Bounds; b.A[0] < 265 || b.A[0] > 275 || b.B[0] < 445 || b.B[0] > 455 || !slices.Slices[0].Confirmed {
		t.Errorf("slice %s", slices.Slices[0])
	}
	if !strings.Contains(stdout, "across 0° to") || !strings.Contains(stdout, "Confirmed slices hold") {
		t.Error(stdout)
	}
}

func isPNG(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Errorf("%s: %v", path, err)
	}
}

// A distribution of views of the network, its file, and pictures of samples from it.
func TestDistributionAndViews(t *testing.T) {
	dir := t.TempDir()
	out, picture := filepath.Join(dir, "distribution.json"), filepath.Join(dir, "distribution.png")
	args := []string{"worst", "--distribution", "--mesh", "teapot", "--class", "teapot", "--axis", "azimuth=60:120", "--axis", "elevation=0:30",
		"--components", "1", "--evaluations", "86", "--fresh", "4", "--views", "2", "--out", out, "--figure", picture}
	stdout, _ := succeed(t, args...)
	if !strings.Contains(stdout, "4 fresh samples of it: mean loss") || !strings.Contains(stdout, "Single view: f =") {
		t.Error(stdout)
	}
	isPNG(t, picture)
	folder := filepath.Join(dir, "views")
	stdout, _ = succeed(t, "views", "--from", out, "--count", "3", "--out", folder)
	if !strings.Contains(stdout, `3 views of "teapot"`) {
		t.Error(stdout)
	}
	file, err := os.Open(filepath.Join(folder, "views.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][3] != "azimuth" || rows[1][0] != "view-0001.png" || rows[1][1] != "distribution" || rows[1][2] != "1" {
		t.Fatalf("%q, %v", rows, err)
	}
	for _, row := range rows[1:] {
		isPNG(t, filepath.Join(folder, row[0]))
		if a, err := strconv.ParseFloat(row[3], 64); err != nil || a < 60 || a > 120 {
			t.Errorf("azimuth %s", row[3])
		}
	}
	for says, args := range map[string][]string{
		"is not empty":      {"--from", out, "--out", folder},
		"says itself what":  {"--from", out, "--mesh", "teapot", "--class", "teapot", "--out", folder + "2"},
		"name --mesh":       {"--from", "worst", "--out", folder + "2"},
		"give a file, or":   {"--from", "luck", "--out", folder + "2"},
		"--count 0":         {"--from", out, "--count", "0", "--out", folder + "2"},
		"a map needs sampl": {"--from", "map", "--mesh", "teapot", "--class", "teapot", "--axis", "azimuth", "--out", folder + "2"},
	} {
		if status, _, stderr := command(t, append([]string{"views"}, args...)...); status != 1 || !strings.Contains(stderr, says) {
			t.Errorf("%v: status %d, %s", args, status, stderr)
		}
	}
}

func TestBadInputOfCauses(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.json")
	of := []string{"--mesh", "teapot", "--class", "teapot", "--out", out}
	for says, args := range map[string][]string{
		"no axes":                {"sensitivity", "--group", "light"},
		"--points 0":             {"sensitivity", "--points", "0"},
		"use a number between":   {"sensitivity", "--confidence", "1"},
		"--views 300":            {"slices", "--views", "300"},
		"--fresh 0":              {"slices", "--fresh", "0"},
		"needs --distribution":   {"worst", "--components", "2"},
		"has no effect with --d": {"worst", "--distribution", "--method", "spread"},
		"--components 0":         {"worst", "--distribution", "--components", "0"},
		"choose evolution":       {"worst", "--distribution", "--ascent", "up"},
	} {
		if status, _, stderr := command(t, append(args, of...)...); status != 1 || !strings.Contains(stderr, says) {
			t.Errorf("%v: status %d, %s", args, status, stderr)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
}
