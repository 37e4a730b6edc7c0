package subject

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// TestClasses reads classes and sets among ImageNet's labels and among labels with
// commas.
func TestClasses(t *testing.T) {
	imageNet := &network.Network{Name: "imagenet", Labels: network.ImageNet()}
	commas := &network.Network{Name: "commas", Labels: []string{
		"tench, Tinca tinca", "goldfish, Carassius auratus", "Tinca tinca", "great white shark, white shark", "chair, folding",
	}}
	for _, c := range []struct {
		network *network.Network
		class   string
		accept  Accept
		want    []int
		label   string
	}{
		{imageNet, "teapot", "", []int{849}, "teapot"},
		{imageNet, "folding chair,rocking chair, barber chair", "", []int{423, 559, 765}, "folding chair, rocking chair, barber chair"},
		{imageNet, "765, 559,559", "", []int{559, 765}, "rocking chair, folding chair, folding chair"},
		{imageNet, "@chair", "", []int{423, 559, 765, 857}, "chair (4 classes)"},
		{imageNet, "@Chair, park bench", "", []int{423, 559, 703, 765, 857}, "chair (4 classes), park bench"},
		{imageNet, "@toilet", "", []int{861}, "toilet seat"},
		{imageNet, "folding chair", AcceptSet, []int{423, 559, 765, 857}, "chair (4 classes)"},
		{imageNet, "folding chair", AcceptClass, []int{559}, "folding chair"},
		{imageNet, "0,1,2,3,4", "", []int{0, 1, 2, 3, 4}, "tench, goldfish, great white shark and 2 more"},
		// A label with a comma is one class, and so is its beginning if it is unique.
		{commas, "tench, Tinca tinca", "", []int{0}, "tench, Tinca tinca"},
		{commas, "great white shark, white", "", []int{3}, "great white shark, white shark"},
		// The longest label from the left is taken.
		{commas, "great white shark, white shark, tench", "", []int{0, 3}, "great white shark, white shark, tench, Tinca tinca"},
		{commas, "goldfish,tench, Tinca tinca", "", []int{0, 1}, "goldfish, Carassius auratus, tench, Tinca tinca"},
		{commas, "goldfish,2", "", []int{1, 2}, "goldfish, Carassius auratus, Tinca tinca"},
	} {
		got, label, err := Subject{Class: c.class, Accept: c.accept}.Classes(c.network)
		if err != nil || !slices.Equal(got, c.want) || label != c.label {
			t.Errorf("%s, %q: %v %q, want %v %q; error %v", c.network.Name, c.class, got, label, c.want, c.label, err)
		}
	}
}

func TestClassesThatCannotBe(t *testing.T) {
	imageNet := &network.Network{Name: "imagenet", Labels: network.ImageNet()}
	own := &network.Network{Name: "own", Labels: []string{"seat", "table"}}
	for _, c := range []struct {
		network *network.Network
		subject Subject
		says    string
	}{
		{imageNet, Subject{}, "no class"},
		{imageNet, Subject{Class: "chair"}, `is ambiguous: choose "barber chair" (423)`},
		{imageNet, Subject{Class: "chair"}, "or accept the set @chair"},
		{imageNet, Subject{Class: "teapot,"}, "no class given"},
		{imageNet, Subject{Class: "teapot, xyzzy"}, `unknown class "xyzzy"`},
		{imageNet, Subject{Class: "@chairs"}, `unknown set of classes "chairs"`},
		{imageNet, Subject{Class: "teapot", Accept: AcceptSet}, `no set of classes has "teapot"`},
		{imageNet, Subject{Class: "airliner", Accept: AcceptSet}, "choose class-sets paper, 16-class"},
		{imageNet, Subject{Class: "@chair", Accept: AcceptSet}, "leave out accept"},
		{imageNet, Subject{Class: "@airplane", ClassSets: "paper"}, `unknown set of classes "airplane"`},
		{imageNet, Subject{Class: "teapot", ClassSets: "nowhere.txt"}, "choose paper or 16-class, or a file"},
		{own, Subject{Class: "@chair"}, "class 423 is outside 0…1"},
	} {
		if got, _, err := c.subject.Classes(c.network); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v on %s: classes %v, error %v, want one with %q", c.subject, c.network.Name, got, err, c.says)
		}
	}
	var unknown *enum.UnknownError
	if _, _, err := (Subject{Class: "@x"}).Classes(imageNet); !errors.As(err, &unknown) {
		t.Errorf("error %v is not an UnknownError", err)
	}
}

// TestOneSetHasOneKey: whatever it is called, and with its indices in the description.
func TestOneSetHasOneKey(t *testing.T) {
	sets := filepath.Join(t.TempDir(), "sets.txt")
	if err := os.WriteFile(sets, []byte("seat: throne; 765; folding chair; barber chair"), 0o600); err != nil {
		t.Fatal(err)
	}
	var first string
	for i, s := range []Subject{
		{Class: "@chair"}, {Class: "throne,folding chair,rocking chair,barber chair"}, {Class: "@seat", ClassSets: sets},
		{Class: "throne", Accept: AcceptSet},
	} {
		s.Mesh = "teapot"
		r, err := s.Resolve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.On(objective.Viewpoints())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(d.Classes, []int{423, 559, 765, 857}) || d.Class != 423 {
			t.Errorf("%q: classes %v, class %d", s.Class, d.Classes, d.Class)
		}
		if i == 0 {
			first = d.Key()
		}
		if d.Key() != first {
			t.Errorf("%q has the key\n%s, not\n%s", s.Class, d.Key(), first)
		}
		// The description alone is enough.
		again := d.Ask()
		again.Mesh = "teapot"
		if got, _, err := again.Classes(r.Network()); err != nil || !slices.Equal(got, d.Classes) {
			t.Errorf("asked again, %q gives %v, error %v", again.Class, got, err)
		}
	}
	if one := (Subject{Mesh: "teapot", Class: "throne"}); keyOf(t, one) == first {
		t.Error("one class has the key of the set")
	}
}
