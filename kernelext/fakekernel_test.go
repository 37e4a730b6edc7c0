package kernelext

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// The tests run parts of this test binary as the program of a cell, with the two named
// pipes that GoNB gives a cell, and act as the kernel: they decode outputs and confirm
// those that request it.

// cellEnv names the environment variable that turns the test binary into the
// program of a cell.
const cellEnv = "KERNELEXT_TEST_CELL"

func TestMain(m *testing.M) {
	if name := os.Getenv(cellEnv); name != "" {
		cells[name]()
		return
	}
	os.Exit(m.Run())
}

// ran is the outcome of a cell.
type ran struct {
	outputs        []protocol.DisplayData
	stdout, stderr string
	exitCode       int
	took           time.Duration
}

// data returns the form of this type of output i, or "".
func (r ran) data(i int, mime protocol.MIMEType) string {
	switch v := r.outputs[i].Data[mime].(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// runCell runs a cell in a notebook. meanwhile, if not nil, is called with the running
// program after its first output.
func runCell(t *testing.T, name string, meanwhile func(*os.Process)) ran {
	t.Helper()
	dir := t.TempDir()
	toKernel, fromKernel := filepath.Join(dir, "pipe"), filepath.Join(dir, "back")
	for _, path := range []string{toKernel, fromKernel} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Opened for both, so that opening waits for nobody and Close ends reading.
	in, err := os.OpenFile(toKernel, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(fromKernel, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()

	cmd := cellCommand(name)
	cmd.Env = append(cmd.Env, protocol.GONB_PIPE_ENV+"="+toKernel, protocol.GONB_PIPE_BACK_ENV+"="+fromKernel)
	var r ran
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	decoded := make(chan error, 1)
	go func() {
		decoder, encoder := gob.NewDecoder(in), gob.NewEncoder(out)
		for {
			var d protocol.DisplayData
			if err := decoder.Decode(&d); err != nil {
				decoded <- err
				return
			}
			if v, ok := d.Data[protocol.MIMECommValue].(protocol.CommValue); ok && v.Address == protocol.GonbuiSyncAddress {
				if err := encoder.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: v.Value}); err != nil {
					decoded <- err
					return
				}
				continue
			}
			r.outputs = append(r.outputs, d)
			if len(r.outputs) == 1 && meanwhile != nil {
				meanwhile(cmd.Process)
			}
		}
	}()
	r.exitCode = exitCode(t, cmd.Wait())
	r.took = time.Since(start)
	in.Close() // what was not confirmed before the program ended is lost, as in GoNB
	if err := <-decoded; !errors.Is(err, os.ErrClosed) {
		t.Fatalf("decoding what cell %q sent: %v", name, err)
	}
	r.stdout, r.stderr = stdout.String(), stderr.String()
	return r
}

// runPlain runs a cell's program outside a notebook.
func runPlain(t *testing.T, name string) ran {
	t.Helper()
	cmd := cellCommand(name)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	code := exitCode(t, cmd.Run())
	return ran{stdout: stdout.String(), stderr: stderr.String(), exitCode: code}
}

func cellCommand(name string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	for _, v := range os.Environ() {
		if len(v) < 9 || v[:9] != protocol.GONB_PIPE_ENV { // both pipes' names begin so
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%s", cellEnv, name))
	return cmd
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}
