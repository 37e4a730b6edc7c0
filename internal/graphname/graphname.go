// Package graphname names what graphs use as parameters, such as the weights of a
// network: uniquely in this process, and the same in the next process. A program that
// is kept on disk is found again by its text, names included.
package graphname

import (
	"fmt"
	"sync"
)

// taken are the numbers in use by kind.
var taken = struct {
	sync.Mutex
	numbers map[string]map[int]bool
}{numbers: map[string]map[int]bool{}}

// Name is a kind with a number, such as "network resnet50 1".
type Name struct {
	kind   string
	number int
}

// Take returns the name with the least number that is free.
func Take(kind string) Name {
	taken.Lock()
	defer taken.Unlock()
	numbers := taken.numbers[kind]
	if numbers == nil {
		numbers = map[int]bool{}
		taken.numbers[kind] = numbers
	}
	number := 1
	for numbers[number] {
		number++
	}
	numbers[number] = true
	return Name{kind, number}
}

// Release frees the number for the next Take: what it named is gone.
func (n Name) Release() {
	taken.Lock()
	defer taken.Unlock()
	delete(taken.numbers[n.kind], n.number)
	if len(taken.numbers[n.kind]) == 0 {
		delete(taken.numbers, n.kind)
	}
}

// Of returns the name of a part.
func (n Name) Of(part string) string { return fmt.Sprintf("%s %d %s", n.kind, n.number, part) }
