package progress_test

import (
	"fmt"
	"time"

	"github.com/semrob/gonb-semrob/semrob/progress"
)

// square is long work: it accepts nil for no progress, and always ends it.
func square(values []int, p progress.Progress) (squares []int) {
	p = progress.Or(p)
	p.Start(len(values), "squaring")
	defer p.Done()
	for _, x := range values {
		squares = append(squares, x*x)
		p.Add(1)
	}
	return squares
}

// steps is a Progress that prints every step.
type steps struct{ progress.Meter }

func (s *steps) Start(total int, what string) {
	s.Meter.Start(total, what)
	fmt.Printf("%s %d numbers\n", what, total)
}

func (s *steps) Add(n int) {
	s.Meter.Add(n)
	fmt.Printf("%.0f %%\n", 100*s.State().Fraction())
}

func (s *steps) Done() { s.Meter.Done() }

func Example() {
	fmt.Println(square([]int{3, 4}, nil))
	square([]int{3, 4}, &steps{})
	// Output:
	// [9 16]
	// squaring 2 numbers
	// 50 %
	// 100 %
}

func ExampleState() {
	s := progress.State{What: "rendering views", Done: 1200, Total: 4080, Rate: 45, Left: 64 * time.Second}
	fmt.Println(s)
	// Output: rendering views: 1,200 of 4,080 (29 %), 45/s, 1 min 4 s left
}
