package study

import (
	"encoding/json"
	"math"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// MethodSRVR is the semantic robustness volume ratio of a method's regions.
//
// Its JSON is {"method", "srvr_percent", "regions", "left_out"}, with null for NaN.
type MethodSRVR struct {
	// Method is the method's name, such as "oir-b".
	Method string
	// Percent is the mean of vol(region ∩ domain)/vol(domain) over the finished
	// regions, 0…100; NaN if there are none.
	Percent float64
	// Regions counts the finished regions, LeftOut those with a NaN bound.
	Regions, LeftOut int
}

// MarshalJSON implements json.Marshaler.
func (m MethodSRVR) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Method  string   `json:"method"`
		Percent *float64 `json:"srvr_percent"`
		Regions int      `json:"regions"`
		LeftOut int      `json:"left_out"`
	}{m.Method, orNull(m.Percent), m.Regions, m.LeftOut})
}

// orNull returns nil, JSON's null, for NaN.
func orNull(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}

// SRVR returns the semantic robustness volume ratio of every method over all objects
// and starts (Hamdi & Ghanem 2020, section 5), the mean of Fraction. An inverted
// region counts as 0, whatever its iterations; a region with NaN is left out.
func (p *PublishedRegions) SRVR() []MethodSRVR {
	out := make([]MethodSRVR, len(p.Methods))
	for method, name := range p.Methods {
		m, sum := MethodSRVR{Method: name}, 0.0
		for class := range p.Classes {
			for object := range p.Objects {
				for start := range p.Starts {
					x := p.Fraction(class, object, method, start)
					if math.IsNaN(x) {
						m.LeftOut++
						continue
					}
					m.Regions++
					sum += x
				}
			}
		}
		m.Percent = 100 * sum / float64(m.Regions)
		out[method] = m
	}
	return out
}

// SRVRFile returns the semantic robustness volume ratios of a file of regions, either
// published by the authors (see PublishedRegions.SRVR) or written by
// region.Result.Save. The latter has one method, and regions that wrap count with
// their full width (see region.Result.SRVR).
func SRVRFile(path string) ([]MethodSRVR, error) {
	f, err := npz.Open(path)
	if err != nil {
		return nil, err
	}
	if _, ours := f["meta"]; !ours {
		p, err := LoadRegions(path)
		if err != nil {
			return nil, err
		}
		return p.SRVR(), nil
	}
	r, err := region.Load(path)
	if err != nil {
		return nil, err
	}
	m := MethodSRVR{Method: r.Method, Percent: 100 * r.SRVR()}
	for _, run := range r.Runs {
		if run.Bounds.Finite() {
			m.Regions++
		} else {
			m.LeftOut++
		}
	}
	return []MethodSRVR{m}, nil
}
