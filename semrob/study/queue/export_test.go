package queue

import (
	"encoding/json"
	"testing"
	"time"
)

// SetStall changes how long a transfer may stall, until the test ends.
func SetStall(t *testing.T, d time.Duration) {
	before := stall
	stall = d
	t.Cleanup(func() { stall = before })
}

// ClaimOf is the claim of a run of another process on this machine.
func ClaimOf(pid int) string {
	l := newLeader()
	l.PID = pid
	text, _ := json.Marshal(l)
	return string(text)
}
