//go:build unix

package python

import (
	"os/exec"
	"syscall"
)

// inOwnGroup gives a command a process group, so that Ctrl-C in the terminal reaches
// only this program, which then ends the whole group.
func inOwnGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// endGroup ends a command and the processes that it started.
func endGroup(command *exec.Cmd) { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
