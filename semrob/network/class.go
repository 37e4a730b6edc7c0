package network

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Label returns the name of class i, or "class i" where there is none.
func (n *Network) Label(i int) string {
	if i < 0 || i >= len(n.Labels) {
		return fmt.Sprintf("class %d", i)
	}
	return n.Labels[i]
}

// Class returns the index of a class given by its index, its label (upper and
// lower case are the same unless two labels differ in nothing else), or a part
// that occurs in one label only.
func (n *Network) Class(nameOrIndex string) (int, error) {
	wanted := strings.TrimSpace(nameOrIndex)
	if wanted == "" {
		return 0, fmt.Errorf("no class given: name one of the %d classes of %s or its index", len(n.Labels), n.Name)
	}
	if i, err := strconv.Atoi(wanted); err == nil {
		if i < 0 || i >= len(n.Labels) {
			return 0, fmt.Errorf("class %d is outside 0…%d, the classes of %s", i, len(n.Labels)-1, n.Name)
		}
		return i, nil
	}
	if i := slices.Index(n.Labels, wanted); i >= 0 {
		return i, nil
	}
	lower := strings.ToLower(wanted)
	var same, within []int
	for i, label := range n.Labels {
		switch l := strings.ToLower(label); {
		case l == lower:
			same = append(same, i)
		case strings.Contains(l, lower):
			within = append(within, i)
		}
	}
	for _, found := range [][]int{same, within} {
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return 0, fmt.Errorf("class %q is ambiguous: it may be %s", wanted, n.list(found))
		}
	}
	return 0, fmt.Errorf("unknown class %q: did you mean %s?", wanted, n.list(n.similar(lower)))
}

// list names classes with their indices, the first few of many.
func (n *Network) list(classes []int) string {
	const most = 5
	var parts []string
	for _, i := range classes[:min(len(classes), most)] {
		parts = append(parts, fmt.Sprintf("%q (%d)", n.Labels[i], i))
	}
	if more := len(classes) - most; more > 0 {
		return fmt.Sprintf("%s or one of %d others", strings.Join(parts, ", "), more)
	}
	if last := len(parts) - 1; last > 0 {
		return strings.Join(parts[:last], ", ") + " or " + parts[last]
	}
	return strings.Join(parts, "")
}

// similar returns the three classes whose label, or a word of it, needs the
// fewest changes to become name (in lower case).
func (n *Network) similar(name string) []int {
	type candidate struct{ class, distance int }
	candidates := make([]candidate, len(n.Labels))
	for i, label := range n.Labels {
		label = strings.ToLower(label)
		best := distance(name, label)
		for _, word := range strings.Fields(label) {
			best = min(best, distance(name, word))
		}
		candidates[i] = candidate{i, best}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var classes []int
	for _, c := range candidates[:min(3, len(candidates))] {
		classes = append(classes, c.class)
	}
	return classes
}

// distance is Levenshtein's: the fewest insertions, deletions and replacements
// that turn a into b.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			replaced := diagonal
			if r != s {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

// Prediction is a class with its probability.
type Prediction struct {
	Class       int     `json:"class"`
	Label       string  `json:"label"`
	Probability float32 `json:"probability"`
}

// TopK returns the k most probable classes of one image, the most probable
// first and the lower index first among equals. probabilities are [classes].
func (n *Network) TopK(probabilities []float32, k int) []Prediction {
	all := make([]Prediction, len(probabilities))
	for i, p := range probabilities {
		all[i] = Prediction{Class: i, Label: n.Label(i), Probability: p}
	}
	slices.SortStableFunc(all, func(a, b Prediction) int { return cmp.Compare(b.Probability, a.Probability) })
	return all[:min(max(k, 0), len(all))]
}
