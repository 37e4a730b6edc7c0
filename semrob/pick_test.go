package semrob

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/subject"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// Views are drawn from confirmed slices in turn, inside their boxes and the domain; the
// lowest ones move together only as far as their number demands.
func TestPickers(t *testing.T) {
	space := objective.Viewpoints()
	r := &slice.Result{Space: space, Slices: []slice.Slice{
		{Bounds: region.Bounds{A: []float64{340, 0}, B: []float64{380, 10}}, Confirmed: true},
		{Bounds: region.Whole(space)},
		{Bounds: region.Bounds{A: []float64{90, 50}, B: []float64{100, 60}}, Confirmed: true},
	}}
	points, part := ofSlices(r)(40, 1)
	count := map[int]int{}
	for i, p := range points {
		count[part[i]]++
		if err := space.CheckPoint(p); err != nil || !r.Slices[part[i]-1].Bounds.Contains(space, p) {
			t.Errorf("%v of slice %d: %v", p, part[i], err)
		}
	}
	if len(points) != 40 || count[1] != 20 || count[3] != 20 {
		t.Errorf("views of the slices: %v", count)
	}
	r.Slices = r.Slices[1:2]
	if points, _ = ofSlices(r)(5, 1); points != nil {
		t.Error("views were drawn from a slice that is not confirmed")
	}
	found := &worst.Result{Space: space, Within: region.Whole(space)}
	for i := range 50 {
		found.Points, found.Values = append(found.Points, []float64{float64(i), 0}), append(found.Values, float64(i))
	}
	few, _ := ofWorst(found)(2, 0)
	many, _ := ofWorst(found)(30, 0)
	all, _ := ofWorst(found)(80, 0)
	if len(few) != 2 || few[1][0] < 36 || len(many) != 30 || len(all) != 50 {
		t.Errorf("%v, %d, %d", few, len(many), len(all))
	}
}

// A number of views below 1 and files without a result are errors.
func TestNothingToPick(t *testing.T) {
	lab := Lab{}
	if _, err := lab.Pick(t.Context(), Subject{}, FromWorst, PickOptions{Count: -1}); err == nil || !strings.Contains(err.Error(), "at least 1") {
		t.Errorf("−1 views: %v", err)
	}
	if _, err := lab.PickOf(t.Context(), "absent.json", PickOptions{}); err == nil || !strings.Contains(err.Error(), "at least 1") {
		t.Errorf("no views: %v", err)
	}
	record, err := json.Marshal(question.NewRecord(&subject.Description{}, &question.Slices{}))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "empty.json")
	if err := os.WriteFile(path, fmt.Appendf(nil, `{"of": %s}`, record), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err := LoadSlices(path); s != nil || err == nil || !strings.Contains(err.Error(), "no result") {
		t.Errorf("a file without a result: %v, %v", s, err)
	}
}
