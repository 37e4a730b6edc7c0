package plan_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/study/plan"
)

// load returns a plan in a temporary folder.
func load(text string) (*plan.Plan, error) {
	dir, err := os.MkdirTemp("", "plan")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "plan.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return plan.Load(context.Background(), file)
}

func ExampleLoad() {
	p, err := load(`
networks: [{analytic: soft-box}, {analytic: gaussian}]
objects:
  - {mesh: teapot, class: teapot}
  - {mesh: cup, class: cup}
methods: [naive, {name: oir-b, alpha: 0.1}]
map: ["azimuth=0:360:30", "elevation=-10:90:10"]
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	ready, err := p.Prepare(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ready.Total(), "items")
	for item := range ready.Items() {
		fmt.Println(item.Network, item.Object, item.Question().Kind())
		if item.Grow != nil && item.Grow.Method.Name() == "oir-b" {
			break // of the first object
		}
	}
	// Output:
	// 12 items
	// analytic/soft-box teapot map
	// analytic/soft-box teapot regions
	// analytic/soft-box teapot regions
}

// All mistakes of a plan are in one error, with their lines.
func ExampleError() {
	_, err := load(`
networks: [{analytic: soft-bx}]
objects: [{mesh: teapot}]
`)
	var mistakes *plan.Error
	if errors.As(err, &mistakes) {
		for _, p := range mistakes.Problems {
			fmt.Printf("line %d: %v\n", p.Line, p.Err)
		}
	}
	// Output:
	// line 2: unknown formula "soft-bx": choose soft-box or gaussian
	// line 3: an object needs the class that networks should recognise
}
