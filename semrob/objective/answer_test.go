package objective

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// plainAnswer is AnswerOf by sorting all classes.
func plainAnswer(probabilities []float32, accepted []int) Answer {
	order := make([]int, len(probabilities))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return probabilities[order[a]] > probabilities[order[b]] })
	a := Answer{Top: [First]int32{-1, -1, -1, -1, -1}}
	entropy, best, other := 0.0, float32(0), float32(0)
	for place, class := range order {
		p := probabilities[class]
		if place < First {
			a.Top[place], a.P[place] = int32(class), p
		}
		if p > 0 {
			entropy += float64(p) * math.Log(1/float64(p))
		}
		if !slices.Contains(accepted, class) {
			other = max(other, p)
		} else if a.Rank == 0 {
			a.Rank, best = int32(place+1), p
		}
	}
	a.Entropy, a.Margin = float32(entropy), best-other
	return a
}

// TestAnswersAreThoseOfSorting compares with sorting, with many equal probabilities,
// fewer than five classes, and sets of classes in any order.
func TestAnswersAreThoseOfSorting(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for round := range 3000 {
		n := 1 + draw.IntN(12)
		if round%10 == 0 {
			n = 1000
		}
		p := make([]float32, n)
		sum := float32(0)
		for i := range p {
			switch round % 3 {
			case 0:
				p[i] = float32(draw.IntN(4)) // many equal
			case 1:
				p[i] = float32(math.Exp(8 * draw.NormFloat64()))
			default:
				p[i] = draw.Float32()
			}
			sum += p[i]
		}
		for i := range p {
			if sum > 0 {
				p[i] /= sum
			}
		}
		accepted := draw.Perm(n)[:1+draw.IntN(min(n, 7))]
		before := slices.Clone(accepted)
		got, err := AnswerOf(p, accepted...)
		if err != nil {
			t.Fatal(err)
		}
		want := plainAnswer(p, accepted)
		if d := math.Abs(float64(got.Entropy - want.Entropy)); d > 1e-6 {
			t.Fatalf("entropy %g, want %g", got.Entropy, want.Entropy)
		}
		got.Entropy = want.Entropy
		if got != want {
			t.Fatalf("%v accepting %v:\n got %+v\nwant %+v", p, accepted, got, want)
		}
		if got.Right() != slices.Contains(accepted, int(got.Top[0])) {
			t.Fatalf("right %t, but the first class is %d of %v", got.Right(), got.Top[0], accepted)
		}
		if !slices.Equal(before, accepted) {
			t.Fatal("the caller's classes were reordered")
		}
	}
}

func TestEntropyInClosedForm(t *testing.T) {
	even := slices.Repeat([]float32{1. / 1000}, 1000)
	a, err := AnswerOf(even, 999)
	if err != nil || math.Abs(float64(a.Entropy)-math.Log(1000)) > 1e-5 || a.Rank != 1000 || a.Top != [First]int32{0, 1, 2, 3, 4} {
		t.Errorf("1000 equal classes: %+v, error %v", a, err)
	}
	if a, err = AnswerOf([]float32{0, 1, 0}, 1); err != nil || a.Entropy != 0 || math.Signbit(float64(a.Entropy)) || a.Margin != 1 || !a.Right() {
		t.Errorf("certainty: %+v, error %v", a, err)
	}
	if a, err = AnswerOf([]float32{0.25, 0.75}, 0, 1); err != nil || a.Margin != 0.75 || !a.Right() {
		t.Errorf("all classes accepted: %+v, error %v", a, err)
	}
}

func TestNoAnswer(t *testing.T) {
	if a, err := AnswerOf([]float32{0.5, float32(math.NaN()), 0.5}, 0); err != nil || a.Known() || a.Right() {
		t.Errorf("a NaN: %+v, error %v", a, err)
	}
	for _, accepted := range [][]int{nil, {-1}, {2}, {0, 5}} {
		if a, err := AnswerOf([]float32{0.5, 0.5}, accepted...); err == nil {
			t.Errorf("classes %v of 2: answer %+v", accepted, a)
		}
	}
	black := &Func{Domain: Viewpoints(), F: func([]float64) float64 { return 1 }}
	points := [][]float64{{0, 0}}
	request := Request{Objective: black, Points: points, Values: make([]float64, 1), Answers: make([]Answer, 1)}
	if err := EvaluateAll(context.Background(), []Request{request}); !errors.Is(err, ErrNoAnswers) {
		t.Errorf("answers of a formula: error %v, want ErrNoAnswers", err)
	}
	request.Answers = make([]Answer, 2)
	if err := CheckRequests([]Request{request}); err == nil {
		t.Error("two answers for one point are accepted")
	}
}

func BenchmarkAnswerOf(b *testing.B) {
	for _, sharp := range []float64{1, 8} {
		p, sum := make([]float32, 1000), 0.0
		draw := rand.New(rand.NewPCG(3, 4))
		for i := range p {
			e := math.Exp(sharp * draw.NormFloat64())
			p[i], sum = float32(e), sum+e
		}
		for i := range p {
			p[i] /= float32(sum)
		}
		b.Run(fmt.Sprintf("sharpness %g", sharp), func(b *testing.B) {
			for b.Loop() {
				if _, err := AnswerOf(p, 423, 559, 765, 857); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
