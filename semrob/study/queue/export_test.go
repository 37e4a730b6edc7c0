package queue

import (
	"testing"
	"time"
)

// SetStall changes how long a transfer may stall, until the test ends.
func SetStall(t *testing.T, d time.Duration) {
	before := stall
	stall = d
	t.Cleanup(func() { stall = before })
}
