//go:build !unix

package embedded

// available does not know.
func available(string) (int64, bool) { return 0, false }
