package semrob

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// VerifyOptions selects the regions to verify.
type VerifyOptions struct {
	// Space is the semantic space; nil means azimuth and elevation.
	Space objective.Space
	// Regions are verified independently; none means the whole domain.
	Regions []region.Bounds
	// Together makes all bounds and claims of these regions, and of the certificates of the
	// same call, hold together at the confidence; otherwise each holds by itself.
	Together bool
	// Options apply to each region. The seed grows by one from region to region, so
	// that their bounds are independent. Progress defaults to the Lab's.
	verify.Options
}

// CertifyOptions selects the points to certify.
type CertifyOptions struct {
	// Points are certified independently.
	Points objective.Points
	// Together makes all certificates, and the bounds of regions of the same call, hold
	// together at the confidence; otherwise each holds by itself.
	Together bool
	// CertifyOptions apply to each point. The seed grows by one from point to point.
	// Progress defaults to the Lab's.
	verify.CertifyOptions
}

// RegionErrors has an error for each region that could not be verified, nil for the
// others, in the order of the regions.
type RegionErrors []error

// Error counts the regions and names the first error.
func (e RegionErrors) Error() string {
	n, first := 0, -1
	for i, err := range e {
		if err != nil {
			if n++; first < 0 {
				first = i
			}
		}
	}
	if len(e) == 1 {
		return e[0].Error()
	}
	return fmt.Sprintf("%d of %d regions could not be verified: region %d: %v", n, len(e), first+1, e[first])
}

// Unwrap returns the errors.
func (e RegionErrors) Unwrap() []error { return e }

// Verified has reports of regions and certificates of points, as saved to files.
type Verified struct {
	// Reports are in the order of the regions; nil for a region that could not be
	// verified.
	Reports []*verify.Report `json:"reports,omitempty"`
	// Errors has the error of each region, "" for none; nil if all were verified.
	Errors []string `json:"errors,omitempty"`
	// Certificates are in the order of the points.
	Certificates []*verify.Certificate `json:"certificates,omitempty"`
	// Of and OfCertificates are the records of reports and certificates.
	Of             json.RawMessage `json:"of,omitempty"`
	OfCertificates json.RawMessage `json:"of_certificates,omitempty"`
}

// Save writes the results as JSON.
func (v *Verified) Save(path string) error {
	data, err := indented(v)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, data)
}

// LoadVerified reads a file of Verified.Save.
func LoadVerified(path string) (*Verified, error) {
	v := &Verified{}
	return v, loadJSON(path, v)
}

// Verify bounds the fraction of each region in which the network is right, and
// searches for the least probability there. The reports are in the order of the
// regions. If some could not be verified, the error is a RegionErrors and the other
// reports are complete.
func (l *Lab) Verify(ctx context.Context, s Subject, options VerifyOptions) ([]*verify.Report, error) {
	v, err := l.VerifyAll(ctx, s, options, CertifyOptions{})
	if v == nil {
		return nil, err
	}
	return v.Reports, err
}

// Certify bounds how far the view may move from each point without changing the
// answer of the smoothed network. The certificates are in the order of the points.
func (l *Lab) Certify(ctx context.Context, s Subject, options CertifyOptions) ([]*verify.Certificate, error) {
	a, err := l.ask(ctx, s, options.Points.Space)
	if err != nil {
		return nil, err
	}
	v := &Verified{}
	_, options = spend(VerifyOptions{}, options, 0)
	q := &question.Certify{Points: options.Points.At, Options: options.CertifyOptions}
	q.Complete(a.of.Space)
	err = l.certifyEach(ctx, v, keeper{l, a}, q, options.Progress)
	return v.Certificates, err
}

// VerifyAll is Verify and, if there are points, Certify, on the space of the
// regions. The result can be saved.
func (l *Lab) VerifyAll(ctx context.Context, s Subject, regions VerifyOptions, points CertifyOptions) (*Verified, error) {
	a, err := l.ask(ctx, s, regions.Space)
	if err != nil {
		return nil, err
	}
	return l.verifyAll(ctx, keeper{l, a}, a.of.Space, nil, regions, points)
}

// VerifyAllOnMap is VerifyAll on a map instead of the network: at once, and as accurate
// as the map's interpolation. Top-1 answers are those of the nearest points of the map,
// if all of them have one. The spaces of the options are ignored.
func (l *Lab) VerifyAllOnMap(ctx context.Context, m *semmap.Map, regions VerifyOptions, points CertifyOptions) (*Verified, error) {
	f, err := m.Objective()
	if err != nil {
		return nil, err
	}
	of, d, err := onMap(m)
	if err != nil {
		return nil, err
	}
	return l.verifyAll(ctx, plainAnswers{f, question.Record{Description: d, Device: deviceOf(m)}}, m.Space(), of, regions, points)
}

// answers verifies and certifies on one objective.
type answers interface {
	verification(ctx context.Context, q *question.Verify, p progress.Progress) (*verify.Report, error)
	certificate(ctx context.Context, q *question.Certify, p progress.Progress) (*verify.Certificate, error)
	record(q question.Question) (json.RawMessage, error)
}

func (l *Lab) verifyAll(ctx context.Context, on answers, space objective.Space, of *question.OnMap, regions VerifyOptions, points CertifyOptions) (*Verified, error) {
	v := &Verified{}
	var failed RegionErrors
	n := len(regions.Regions)
	if n == 0 && len(points.Points.At) == 0 {
		n = 1 // the whole domain
	}
	regions, points = spend(regions, points, n)
	if n > 0 {
		q := &question.Verify{Regions: regions.Regions, Options: regions.Options, OnMap: of}
		q.Complete(space)
		var err error
		if failed, err = l.verifyEach(ctx, v, on, q, regions.Progress); err != nil {
			return nil, err
		}
	}
	if len(points.Points.At) > 0 {
		q := &question.Certify{Points: points.Points.At, Options: points.CertifyOptions, OnMap: of}
		q.Complete(space)
		if err := l.certifyEach(ctx, v, on, q, points.Progress); err != nil {
			return nil, err
		}
	}
	if failed != nil {
		return v, failed
	}
	return v, nil
}

// spend spends the allowance for error on all bounds and claims of this number of
// regions, and on all certificates, if either asks for it. A region has two bounds, of f
// and of the top-1 answers, known or not.
func spend(regions VerifyOptions, points CertifyOptions, n int) (VerifyOptions, CertifyOptions) {
	if !regions.Together && !points.Together {
		return regions, points
	}
	each := 2
	if regions.AtLeast != 0 {
		each++
	}
	regions.Claims = n*each + len(points.Points.At)
	points.Claims = regions.Claims
	return regions, points
}

// verifyEach verifies regions one by one. An interruption ends the work; other
// errors belong to their region.
func (l *Lab) verifyEach(ctx context.Context, v *Verified, on answers, q *question.Verify, p progress.Progress) (failed RegionErrors, err error) {
	if p == nil {
		p = l.Progress
	}
	all := make(RegionErrors, len(q.Regions))
	for i, one := range q.Each() {
		report, err := on.verification(ctx, one, p)
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
		if all[i] = err; err != nil {
			report, failed = nil, all
		}
		v.Reports = append(v.Reports, report)
	}
	for _, err := range failed {
		text := ""
		if err != nil {
			text = err.Error()
		}
		v.Errors = append(v.Errors, text)
	}
	v.Of, err = on.record(q)
	return failed, err
}

func (l *Lab) certifyEach(ctx context.Context, v *Verified, on answers, q *question.Certify, p progress.Progress) (err error) {
	if p == nil {
		p = l.Progress
	}
	for _, one := range q.Each() {
		c, err := on.certificate(ctx, one, p)
		if err != nil {
			return err
		}
		v.Certificates = append(v.Certificates, c)
	}
	v.OfCertificates, err = on.record(q)
	return err
}

// keeper answers questions about a subject, and stores the results.
type keeper struct {
	lab *Lab
	of  *asked
}

func (k keeper) verification(ctx context.Context, q *question.Verify, p progress.Progress) (*verify.Report, error) {
	return keptJSON(ctx, k.of, q, func(f objective.Objective) (*verify.Report, error) { return q.Answer(ctx, f, p) })
}

func (k keeper) certificate(ctx context.Context, q *question.Certify, p progress.Progress) (*verify.Certificate, error) {
	return keptJSON(ctx, k.of, q, func(f objective.Objective) (*verify.Certificate, error) { return q.Answer(ctx, f, p) })
}

func (k keeper) record(q question.Question) (json.RawMessage, error) {
	r := question.NewRecord(&k.of.of, q)
	r.Device = k.of.device
	return json.Marshal(r)
}

// plainAnswers answers questions on an objective, and stores nothing.
type plainAnswers struct {
	f  objective.Objective
	of question.Record // with another question
}

func (a plainAnswers) verification(ctx context.Context, q *question.Verify, p progress.Progress) (*verify.Report, error) {
	return q.Answer(ctx, a.f, p)
}

func (a plainAnswers) certificate(ctx context.Context, q *question.Certify, p progress.Progress) (*verify.Certificate, error) {
	return q.Answer(ctx, a.f, p)
}

func (a plainAnswers) record(q question.Question) (json.RawMessage, error) {
	r := question.NewRecord(a.of.Description, q)
	r.Device = a.of.Device
	return json.Marshal(r)
}
