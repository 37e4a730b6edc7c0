package guarantee

import (
	"fmt"
	"strings"
)

// Words says in a sentence what is promised from a start, such as "from [130 30]: in
// azimuth 85.0…131.2°, elevation 12.5…40.0° EfficientNet-Lite0 recognises the teapot in
// at least 99 % of the views (95 % confidence)". The promise is about renderings of this
// object by this renderer, drawn uniformly from the box; not about photographs, not about
// other objects.
func (r *Result) Words(start int, network, object string) string {
	run := r.Runs[start]
	if !run.Status.Proved() {
		return fmt.Sprintf("from %v: nothing is promised (%s)", run.Start, run.Status)
	}
	sides := make([]string, len(r.Space))
	for k, axis := range r.Space {
		sides[k] = fmt.Sprintf("%s %.1f…%.1f%s", axis.Name, run.Bounds.A[k], run.Bounds.B[k], axis.Unit)
	}
	does := "recognises the " + object
	switch s := r.Settings; {
	case s.Right && s.Threshold != 0:
		does += fmt.Sprintf(", with a probability of at least %g,", s.Threshold)
	case !s.Right:
		does = fmt.Sprintf("gives the %s a probability of at least %g", object, s.Threshold)
	}
	return fmt.Sprintf("from %v: in %s %s %s in at least %g %% of the views (%g %% confidence)", run.Start,
		strings.Join(sides, ", "), network, does, 100*(1-r.Settings.Epsilon), 100*r.Settings.Confidence)
}
