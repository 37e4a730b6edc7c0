package study_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/semrob/gonb-semrob/kernelext/study"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// A study of a formula in place of a network needs no weights.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "study")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	plan := filepath.Join(dir, "formula.yaml")
	text := `study: formula
networks: [{analytic: soft-box}]
objects: [{mesh: teapot, class: teapot}]
methods: [naive, oir-b]
settings: {iterations: 20}
starts: [[130, 30], [50, 20]]
`
	if err := os.WriteFile(plan, []byte(text), 0o644); err != nil {
		panic(err)
	}
	table, err := study.Run(context.Background(), plan, sweep.Options{})
	if err != nil {
		panic(err)
	}
	for _, r := range table.Rows {
		fmt.Println(r.Method, r.StartPoint)
	}
	// Output:
	// naive [130 30]
	// naive [50 20]
	// oir-b [130 30]
	// oir-b [50 20]
}
