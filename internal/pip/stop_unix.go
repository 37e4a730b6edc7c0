//go:build unix

package pip

import (
	"os/exec"
	"syscall"
)

// stopWithChildren puts the command into a process group of its own and has the
// end of its context stop the whole group.
func stopWithChildren(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
