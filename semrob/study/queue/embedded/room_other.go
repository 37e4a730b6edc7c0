//go:build !unix

package embedded

// available is unknown on this system.
func available(string) (int64, bool) { return 0, false }
