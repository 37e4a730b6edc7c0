package progress

import (
	"bytes"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
)

// clocked returns a meter, and a function that advances its clock.
func clocked() (*Meter, func(time.Duration)) {
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	m := &Meter{now: func() time.Time { return now }}
	return m, func(d time.Duration) { now = now.Add(d) }
}

func TestMeterRateAndTimeLeft(t *testing.T) {
	m, wait := clocked()
	m.Start(4080, "rendering views")
	if s := m.State(); s.Left != -1 || s.Rate != 0 {
		t.Errorf("before any step the rate is %g and %v left, want neither", s.Rate, s.Left)
	}
	for range 30 { // 40/s for 30 s
		wait(time.Second)
		m.Add(40)
	}
	s := m.State()
	if math.Abs(s.Rate-40) > 1e-9 || s.Left != 72*time.Second || s.Elapsed != 30*time.Second {
		t.Errorf("rate %g, %v left, %v elapsed; want 40, 72 s, 30 s", s.Rate, s.Left, s.Elapsed)
	}
	if got, want := s.String(), "rendering views: 1,200 of 4,080 (29 %), 40/s, 1 min 12 s left"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// The rate follows the last seconds, not the whole past.
	for range 20 { // 10/s for 20 s
		wait(time.Second)
		m.Add(10)
	}
	if s := m.State(); math.Abs(s.Rate-10) > 0.8 {
		t.Errorf("20 s at 10/s after 30 s at 40/s give a rate of %.2f, want about 10", s.Rate)
	}
	// Without steps the rate falls.
	wait(15 * time.Second)
	if s := m.State(); s.Rate > 6 {
		t.Errorf("after 15 s without a step the rate is still %.2f", s.Rate)
	}
	m.Done()
	wait(time.Hour)
	if got, want := m.State().String(), "rendering views: 1,400 of 4,080 (34 %), 22/s, stopped after 1 min 5 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMeterKeepsFewSamples(t *testing.T) {
	m, wait := clocked()
	m.Start(1_000_000, "")
	for range 100_000 {
		wait(time.Millisecond)
		m.Add(1)
	}
	if n := len(m.samples); n > 200 {
		t.Errorf("100,000 steps keep %d samples", n)
	}
	if s := m.State(); math.Abs(s.Rate-1000) > 1 {
		t.Errorf("the rate is %g, want 1000", s.Rate)
	}
}

func TestMeterBeginsAnew(t *testing.T) {
	m, wait := clocked()
	if m.Add(1) || m.Done() {
		t.Error("a meter that was not started counts")
	}
	m.Start(10, "first")
	wait(time.Second)
	m.Add(10)
	if !m.Done() || m.Done() || m.Add(1) {
		t.Error("Done must end the count once")
	}
	if got, want := m.State().String(), "first: 10 of 10 (100 %), 10/s, took 1.0 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	m.Start(0, "second")
	wait(2 * time.Second)
	m.Add(1)
	if got, want := m.State().String(), "second: 1, 2.0 s each"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		40 * time.Millisecond:            "0.0 s",
		9940 * time.Millisecond:          "9.9 s",
		9960 * time.Millisecond:          "10 s",
		59600 * time.Millisecond:         "1 min 0 s",
		64 * time.Second:                 "1 min 4 s",
		59*time.Minute + 59*time.Second:  "59 min 59 s",
		2*time.Hour + 5*time.Minute:      "2 h 5 min",
		3599600 * time.Millisecond:       "1 h 0 min",
		26*time.Hour + 29*time.Second:    "26 h 0 min",
		119*time.Minute + 40*time.Second: "2 h 0 min",
	} {
		t.Run(want, func(t *testing.T) {
			if got := Duration(d); got != want {
				t.Errorf("Duration(%v) = %q, want %q", d, got, want)
			}
		})
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -123: "-123"} {
		t.Run(want, func(t *testing.T) {
			if got := thousands(n); got != want {
				t.Errorf("thousands(%d) = %q, want %q", n, got, want)
			}
		})
	}
}

func TestPlainWritesNowAndThen(t *testing.T) {
	var b bytes.Buffer
	p := &Plain{W: &b, Every: time.Hour}
	p.Add(3) // before Start: nothing
	p.Start(10, "mapping")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { p.Add(1) })
	}
	wg.Wait()
	if b.Len() != 0 {
		t.Errorf("lines came before their time: %q", b.String())
	}
	p.Done()
	p.Done()
	if got := b.String(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "mapping: 10 of 10 (100 %)") {
		t.Errorf("the last line is %q", got)
	}
	b.Reset()
	p = &Plain{W: &b, Every: time.Nanosecond}
	p.Start(2, "again")
	time.Sleep(time.Millisecond)
	p.Add(1)
	if got := b.String(); !strings.HasPrefix(got, "again: 1 of 2 (50 %)") {
		t.Errorf("the line is %q", got)
	}
}

func TestOr(t *testing.T) {
	if Or(nil) != None {
		t.Error("no progress is not None")
	}
	p := &Plain{}
	if Or(p) != Progress(p) {
		t.Error("a progress is not kept")
	}
	None.Start(1, "x")
	None.Add(1)
	None.Done()
}
