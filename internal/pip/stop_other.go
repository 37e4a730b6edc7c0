//go:build !unix

package pip

import "os/exec"

// stopWithChildren does nothing: only the command itself is killed when its
// context is done.
func stopWithChildren(*exec.Cmd) {}
