package network

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Label returns the name of class i, or "class i" if there is no such class.
func (n *Network) Label(i int) string {
	if i < 0 || i >= len(n.Labels) {
		return fmt.Sprintf("class %d", i)
	}
	return n.Labels[i]
}

// Class returns the index of a class given by its index, its label (case is
// ignored unless two labels differ in nothing else), or a part that occurs in
// one label only. Its errors are *UnknownClassError and *AmbiguousClassError.
func (n *Network) Class(nameOrIndex string) (int, error) {
	wanted := strings.TrimSpace(nameOrIndex)
	unknown := &UnknownClassError{Network: n.Name, Classes: len(n.Labels), Class: wanted}
	if wanted == "" {
		return 0, unknown
	}
	if i, err := strconv.Atoi(wanted); err == nil {
		if i < 0 || i >= len(n.Labels) {
			return 0, unknown
		}
		return i, nil
	}
	lower := strings.ToLower(wanted)
	var exact, same, within []int
	for i, label := range n.Labels {
		switch l := strings.ToLower(label); {
		case label == wanted:
			exact = append(exact, i)
		case l == lower:
			same = append(same, i)
		case strings.Contains(l, lower):
			within = append(within, i)
		}
	}
	for _, found := range [][]int{exact, same, within} {
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return 0, &AmbiguousClassError{Class: wanted, Candidates: n.candidates(found)}
		}
	}
	unknown.Candidates = n.candidates(n.similar(lower))
	return 0, unknown
}

func (n *Network) candidates(classes []int) []ClassCandidate {
	all := make([]ClassCandidate, len(classes))
	for i, c := range classes {
		all[i] = ClassCandidate{c, n.Labels[c]}
	}
	return all
}

// similar returns the three classes whose label, or a word of it, has the
// smallest edit distance to name (in lower case).
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

// distance is the Levenshtein distance of a and b.
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
// first and the lower index first among equals. probabilities has the shape
// [classes].
func (n *Network) TopK(probabilities []float32, k int) []Prediction {
	all := make([]Prediction, len(probabilities))
	for i, p := range probabilities {
		all[i] = Prediction{Class: i, Label: n.Label(i), Probability: p}
	}
	slices.SortStableFunc(all, func(a, b Prediction) int { return cmp.Compare(b.Probability, a.Probability) })
	return all[:min(max(k, 0), len(all))]
}
