package study

import (
	"encoding/json"
	"math"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// MethodSRVR is the semantic robustness volume ratio of one method's regions.
//
// As JSON it is {"method", "srvr_percent", "regions", "left_out"}, NaN as
// null.
type MethodSRVR struct {
	// Method is the method's name, such as "oir-b".
	Method string
	// Percent is 100 · the mean of vol(region ∩ domain)/vol(domain) over the
	// finished regions, 0…100; NaN where there are none.
	Percent float64
	// Regions counts the finished regions, LeftOut those with a bound that is
	// NaN.
	Regions, LeftOut int
}

// MarshalJSON writes the object described at MethodSRVR.
func (m MethodSRVR) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Method  string   `json:"method"`
		Percent *float64 `json:"srvr_percent"`
		Regions int      `json:"regions"`
		LeftOut int      `json:"left_out"`
	}{m.Method, orNull(m.Percent), m.Regions, m.LeftOut})
}

// orNull returns nil, JSON's null, for a NaN, which JSON does not have.
func orNull(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}

// SRVR returns the semantic robustness volume ratio of every method over all
// objects and starts (Hamdi & Ghanem 2020, section 5). The domain is azimuth
// 0…360° and elevation −10…90°; azimuth is clipped to it, not wrapped, as the
// authors did. An inverted region counts 0, whatever its iterations; one with
// a NaN is left out.
func (p *PublishedRegions) SRVR() []MethodSRVR {
	space := objective.Viewpoints()
	out := make([]MethodSRVR, len(p.Methods))
	for method, name := range p.Methods {
		m, sum := MethodSRVR{Method: name}, 0.0
		for class := range p.Classes {
			for object := range p.Objects {
				for start := range p.Starts {
					b := p.Bounds(class, object, method, start)
					if unfinished(b) {
						m.LeftOut++
						continue
					}
					m.Regions++
					sum += b.ClippedFraction(space)
				}
			}
		}
		m.Percent = 100 * sum / float64(m.Regions)
		out[method] = m
	}
	return out
}

// SRVRFile returns the semantic robustness volume ratios of a file of regions:
// one that the authors published (see PublishedRegions.SRVR), or one that
// region.Result.Save wrote, which has one method and whose wrapped regions
// count by their full width (see region.Result.SRVR).
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
