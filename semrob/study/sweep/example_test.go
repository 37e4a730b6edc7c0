package sweep_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// A study of a formula, with its own server and two workers.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "study")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "plan.yaml")
	text := `
networks: [{analytic: soft-box}]
objects: [{mesh: teapot, class: teapot}, {mesh: cup, class: cup}]
methods: [naive]
starts: [[180, 40]]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Load(context.Background(), file)
	if err != nil {
		fmt.Println(err)
		return
	}
	ready, err := p.Prepare(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	table, err := sweep.Run(context.Background(), ready, sweep.Options{Folder: filepath.Join(dir, "results"), Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range table.Rows {
		fmt.Printf("%s: %s after %d iterations, %.1f %% of the domain\n", r.Object, r.Status, r.Iterations, 100*r.Fraction)
	}
	// Output:
	// teapot: stationary after 311 iterations, 40.1 % of the domain
	// cup: iteration limit after 600 iterations, 6.0 % of the domain
}
