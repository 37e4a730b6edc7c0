package semrob_test

import (
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/internal/pythontest"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/network"
)

// mlServerVariable names an interpreter with MLServer.
const mlServerVariable = "SEMROB_MLSERVER"

// lightServed is light for MLServer.
const lightServed = `
import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse
class Light(MLModel):
    async def load(self):
        return True
    async def predict(self, payload):
        images = NumpyCodec.decode_input(payload.inputs[0])
        light = images.mean(axis=(1, 2, 3))
        scores = 40 * np.stack([0.05 - light, light - 0.05], axis=1)
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=[NumpyCodec.encode_output("scores", scores.astype(np.float32))])
`

// startMLServer serves light and returns the address of the model.
func startMLServer(t *testing.T, python string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"light.py":      lightServed,
		"settings.json": fmt.Sprintf(`{"http_port": %d, "grpc_port": %d, "metrics_endpoint": null, "parallel_workers": 0, "host": "127.0.0.1"}`, port, port+1),
		"model-settings.json": `{"name": "light", "implementation": "light.Light", "parameters": {"version": "1"},
			"inputs": [{"name": "images", "datatype": "FP32", "shape": [-1, 32, 32, 3]}], "outputs": [{"name": "scores", "datatype": "FP32", "shape": [-1, 2]}]}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(python, "-c", "from mlserver.cli import main; main()", "start", folder)
	command.Dir = folder
	said := &strings.Builder{}
	command.Stdout, command.Stderr = said, said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Log(said)
		}
	})
	for until := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return fmt.Sprintf("http://127.0.0.1:%d/v2/models/light", port)
		}
		if time.Now().After(until) {
			t.Fatal("MLServer does not start")
		}
	}
}

// TestMapThroughMLServer compares a map through MLServer with that of the same function
// in Python.
func TestMapThroughMLServer(t *testing.T) {
	python := os.Getenv(mlServerVariable)
	if python == "" {
		t.Skipf("set %s to a Python interpreter with MLServer", mlServerVariable)
	}
	lab := newLab(t)
	defer lab.Close()
	labels := filepath.Join(t.TempDir(), "labels.txt")
	if err := os.WriteFile(labels, []byte("dark\nbright\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	axes := grid(t, "azimuth=0:360:20", "elevation=0:60:20")
	var maps [2][]float64
	for i, name := range []string{inPython(t, pythontest.NumPy(t), lightPython), startMLServer(t, python)} {
		s := semrob.Subject{Mesh: "teapot", Class: "bright", Network: name, Open: network.OpenOptions{Labels: labels}}
		m, err := lab.Map(t.Context(), s, semrob.MapOptions{Axes: axes})
		if err != nil {
			t.Fatal(err)
		}
		maps[i] = m.Z
	}
	apart := 0.0
	for k := range maps[0] {
		apart = max(apart, math.Abs(maps[0][k]-maps[1][k]))
	}
	t.Logf("%d points, at most %.2g apart", len(maps[0]), apart)
	if len(maps[0]) == 0 || apart > 1e-6 {
		t.Errorf("%d points are %g apart", len(maps[0]), apart)
	}
}
