//go:build unix

package pip

import (
	"os/exec"
	"syscall"
)

// stopWithChildren puts the command into its own process group, which is killed
// when its context is done.
func stopWithChildren(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
