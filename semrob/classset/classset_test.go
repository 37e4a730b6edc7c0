package classset_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/classset"
	"github.com/semrob/gonb-semrob/semrob/network"
)

// TestBuiltInSets compares indices with labels of torchvision, and counts with the
// publications.
func TestBuiltInSets(t *testing.T) {
	labels := network.ImageNet()
	counts := map[string]int{classset.Paper: 10, classset.Entry: 16}
	for _, c := range classset.BuiltIn() {
		if len(c.Sets) != counts[c.Name] {
			t.Errorf("%s has %d sets, want %d", c.Name, len(c.Sets), counts[c.Name])
		}
		seen := map[int]string{}
		for _, s := range c.Sets {
			if len(s.Members) == 0 {
				t.Errorf("%s of %s is empty", s.Name, c.Name)
			}
			for _, m := range s.Members {
				if labels[m.Index] != m.Label {
					t.Errorf("%s: class %d is %q, the file says %q", s.Name, m.Index, labels[m.Index], m.Label)
				}
				if other, twice := seen[m.Index]; twice {
					t.Errorf("class %d is in %s and %s", m.Index, other, s.Name)
				}
				seen[m.Index] = s.Name
			}
		}
		// The published classes of the paper are in the sets of their names.
		for name, class := range map[string]int{
			"aeroplane": 404, "bathtub": 435, "bench": 703, "bottle": 898, "chair": 559,
			"cup": 968, "piano": 579, "rifle": 413, "toilet": 861, "vase": 883,
		} {
			if c.Name == classset.Paper && seen[class] != name {
				t.Errorf("class %d is in the set %q, want %s", class, seen[class], name)
			}
		}
	}
}

func TestFind(t *testing.T) {
	all := classset.BuiltIn()
	s, err := classset.Find(all, "Chair") // in both collections, with the same classes
	if err != nil {
		t.Fatal(err)
	}
	indices, err := s.On("resnet50", network.ImageNet())
	if err != nil || !slices.Equal(indices, []int{423, 559, 765, 857}) {
		t.Errorf("chair: %v, error %v", indices, err)
	}
	var unknown *enum.UnknownError
	if _, err := classset.Find(all, "chairs"); !errors.As(err, &unknown) {
		t.Errorf("chairs: error %v", err)
	}
	if s, err := classset.With(all, 559, network.ImageNet()); err != nil || s.Name != "chair" {
		t.Errorf("the set with folding chair: %v, error %v", s, err)
	}
	if _, err := classset.With(all, 404, network.ImageNet()); err == nil || !strings.Contains(err.Error(), "aeroplane and airplane") {
		t.Errorf("airliner is in two sets: error %v", err)
	}
	if _, err := classset.With(all, 849, network.ImageNet()); err == nil || !strings.Contains(err.Error(), "teapot") {
		t.Errorf("teapot is in none: error %v", err)
	}
}

func TestOtherLabels(t *testing.T) {
	s, err := classset.Find(classset.BuiltIn(), "piano")
	if err != nil {
		t.Fatal(err)
	}
	labels := network.ImageNet()
	labels[579] = "Grand piano, grand" // another spelling
	if indices, err := s.On("n", labels); err != nil || !slices.Equal(indices, []int{579, 881}) {
		t.Errorf("%v, error %v", indices, err)
	}
	labels[881] = "zebra"
	if _, err := s.On("n", labels); err == nil || !strings.Contains(err.Error(), `class 881 is "zebra"`) {
		t.Errorf("another class: error %v", err)
	}
	if _, err := s.On("n", labels[:10]); err == nil || !strings.Contains(err.Error(), "outside 0…9") {
		t.Errorf("ten classes: error %v", err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sets.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFiles(t *testing.T) {
	all, err := classset.Open(write(t, "\ufeff# mine\nseat: Stool, high; 2 # by index\r\n  3 (arm chair)\nlamp: 24 hours lamp\n"))
	if err != nil {
		t.Fatal(err)
	}
	labels := []string{"lamp", "stool, high", "bench", "Arm chair", "24 hours lamp"}
	for name, want := range map[string][]int{"seat": {1, 2, 3}, "lamp": {4}} {
		s, err := classset.Find(all, name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.On("own", labels); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v; error %v", name, got, want, err)
		}
	}
	if s, err := classset.With(all, 1, labels); err != nil || s.Name != "seat" {
		t.Errorf("the set of %q: %+v, error %v", labels[1], s, err)
	}
	for text, says := range map[string]string{
		"":           "no sets",
		"seat stool": "line 1: \"seat stool\" is not a set",
		"  stool":    "line 1 goes on",
		"a: b\na: c": "line 2: the set a is there already",
		"a:\nb: c":   "the set a has no classes",
		"a: -3":      "not the index of a class",
		"a: \xff":    "not UTF-8",
	} {
		if _, err := classset.Open(write(t, text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want one with %q", text, err, says)
		}
	}
	s, err := classset.Find(all, "seat")
	if err != nil {
		t.Fatal(err)
	}
	for says, labels := range map[string][]string{
		"no class is called \"Stool, high\"": {"a", "b", "c", "arm chair"},
		"several classes are called":         {"stool, high", "stool, high", "c", "arm chair"},
	} {
		if _, err := s.On("own", labels); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one with %q", err, says)
		}
	}
	if _, err := classset.Open("no/such/file"); err == nil || !strings.Contains(err.Error(), "choose paper or 16-class") {
		t.Errorf("no file: error %v", err)
	}
}

// A device without an end is not read into memory.
func TestEndlessFile(t *testing.T) {
	if _, err := classset.Read("/dev/zero"); !errors.Is(err, limit.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}
