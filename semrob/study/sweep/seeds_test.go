package sweep_test

import (
	"testing"

	"github.com/semrob/gonb-semrob/semrob/study/compare"
)

// TestSeedsAreCompared compares the networks of a study with several seeds: seeds
// are not settings that differ.
func TestSeedsAreCompared(t *testing.T) {
	p := prepare(t, `networks: [{analytic: soft-box}, {analytic: gaussian}]
objects: [{mesh: teapot, class: teapot}]
methods: [oir-b]
settings: {iterations: 5}
starts: {random: 2}
seeds: [3, 5]
`)
	table := run(t, p, t.TempDir(), 1)
	if len(table.Rows) != 2*2*2 {
		t.Fatalf("%d rows, want 8", len(table.Rows))
	}
	if _, err := compare.New(table, compare.Options{}); err != nil {
		t.Error(err)
	}
}
