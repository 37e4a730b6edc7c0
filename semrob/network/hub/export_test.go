package hub

import (
	"testing"
	"time"
)

// SetSilence sets how long a hub may send nothing, for a test.
func SetSilence(t *testing.T, d time.Duration) {
	before := silence
	silence = d
	t.Cleanup(func() { silence = before })
}
