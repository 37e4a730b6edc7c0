package shading

import "image"

// tally adds up the adjoints of the samples of each copy and of the background.
// Neighbouring samples mostly show the same copy, so its sum is kept apart until
// another one comes.
type tally struct {
	sums       []total
	seen       []int32    // the copies that were counted
	background [3]float64 // float64, as there are many samples; times the samples of a pixel

	copy int32 // the current one
	sum  [3]float32
}

// total is the sum of a copy.
type total struct {
	sum     [3]float32
	counted bool
}

// count adds up the adjoints of a picture, [size, size, 3]. copies, [T, T], are its
// samples; outside a rectangle they show the background.
func (ta *tally) count(t *Tracer, copies []int32, within image.Rectangle, adjoints []float32) {
	if len(ta.sums) != int(2*t.faces) {
		ta.sums = make([]total, 2*t.faces)
	}
	ta.seen, ta.background = ta.seen[:0], [3]float64{}
	ta.copy, ta.sum = none, [3]float32{}
	s := t.supersample
	x0, x1 := within.Min.X/s, (within.Max.X+s-1)/s
	y0, y1 := within.Min.Y/s, (within.Max.Y+s-1)/s
	for row := range int(t.size) {
		values := adjoints[3*row*int(t.size):][:3*t.size]
		if row < y0 || row >= y1 || x0 >= x1 {
			ta.countBackground(values, s*s)
			continue
		}
		ta.countBackground(values[:3*x0], s*s)
		ta.countBackground(values[3*x1:], s*s)
		values = values[3*x0 : 3*x1]
		first := s*row*t.samples + s*x0
		if s == 2 {
			ta.countRow2(copies[first:], copies[first+t.samples:], values)
		} else {
			ta.countRow(copies[first:], t.samples, s, values)
		}
		ta.flush() // so that few samples are added up in float32
	}
	for _, c := range ta.seen {
		for k := range ta.sums[c].sum {
			ta.sums[c].sum[k] *= t.share
		}
	}
}

// take returns the sum of a copy and resets it.
func (ta *tally) take(c int32) [3]float32 {
	sum := ta.sums[c].sum
	ta.sums[c] = total{}
	return sum
}

// countBackground adds the adjoints of background pixels.
func (ta *tally) countBackground(values []float32, samples int) {
	var red, green, blue float64
	for ; len(values) >= 3; values = values[3:] {
		red += float64(values[0])
		green += float64(values[1])
		blue += float64(values[2])
	}
	for k, sum := range [3]float64{red, green, blue} {
		ta.background[k] += float64(samples) * sum
	}
}

// countRow2 adds the adjoints of a row of pixels of 2×2 samples, the common case.
func (ta *tally) countRow2(upper, lower []int32, values []float32) {
	c, red, green, blue := ta.copy, ta.sum[0], ta.sum[1], ta.sum[2]
	for ; len(values) >= 3; values = values[3:] {
		here := [4]int32{upper[0], lower[0], upper[1], lower[1]}
		upper, lower = upper[2:], lower[2:]
		r, g, b := values[0], values[1], values[2]
		if here[0] == c && here[1] == c && here[2] == c && here[3] == c {
			red, green, blue = red+4*r, green+4*g, blue+4*b
			continue
		}
		for _, d := range here {
			if d != c {
				ta.sum = [3]float32{red, green, blue}
				ta.flush()
				c, red, green, blue = d, 0, 0, 0
				ta.copy = d
			}
			red, green, blue = red+r, green+g, blue+b
		}
	}
	ta.copy, ta.sum = c, [3]float32{red, green, blue}
}

// countRow adds the adjoints of a row of pixels of s×s samples.
func (ta *tally) countRow(copies []int32, samples, s int, values []float32) {
	for x := 0; len(values) >= 3; x, values = x+1, values[3:] {
		for i := s * x; i < s*x+s; i++ {
			for j := range s {
				if c := copies[j*samples+i]; c != ta.copy {
					ta.flush()
					ta.copy = c
				}
				for k := range ta.sum {
					ta.sum[k] += values[k]
				}
			}
		}
	}
}

// flush adds the current sum to that of its copy.
func (ta *tally) flush() {
	if ta.copy < 0 {
		for k, sum := range ta.sum {
			ta.background[k] += float64(sum)
		}
	} else {
		total := &ta.sums[ta.copy]
		if !total.counted {
			total.counted = true
			ta.seen = append(ta.seen, ta.copy)
		}
		for k, sum := range ta.sum {
			total.sum[k] += sum
		}
	}
	ta.sum = [3]float32{}
}
