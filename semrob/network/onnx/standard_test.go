package onnx

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// casesVariable names the folder that benchmarks/onnx/cases.py writes.
const casesVariable = "SEMROB_ONNX_CASES"

// gradientsVariable makes TestStandard compare gradients too, everyVariable run every
// n-th case only.
const gradientsVariable, everyVariable = "SEMROB_ONNX_GRADIENTS", "SEMROB_ONNX_EVERY"

// TestStandard runs the backend tests of the standard: each is equal or refused,
// none is wrong or ends the process. Cases run in another process, which a plugin
// may end.
func TestStandard(t *testing.T) {
	folder := os.Getenv(casesVariable)
	if folder == "" || os.Getenv("SEMROB_LONG") == "" {
		t.Skip("set SEMROB_LONG=1 and " + casesVariable + " to the folder that benchmarks/onnx/cases.py wrote")
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	pattern := os.Getenv("SEMROB_ONNX_MATCH")
	every, err := strconv.Atoi(cmp.Or(os.Getenv(everyVariable), "1"))
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if strings.Contains(e.Name(), pattern) && i%every == 0 {
			names = append(names, e.Name())
		}
	}
	counts := map[string]int{}
	report, err := os.Create(filepath.Join(os.TempDir(), "onnx-standard.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer report.Close()
	for len(names) > 0 {
		done := runCases(t, folder, names, func(line string) {
			fmt.Fprintln(report, line)
			fields := strings.Fields(line)
			counts[fields[1]]++
			if len(fields) > 2 && strings.HasPrefix(fields[2], "gradient:") {
				counts[fields[2]]++
			}
			if fields[1] == "wrong" || fields[1] == "crashed" || fields[1] == "equal" && len(fields) > 2 && fields[2] == "gradient:wrong" {
				t.Error(line)
			}
		})
		names = names[done:]
	}
	t.Logf("counts: %v, details in %s", counts, report.Name())
}

// runCases runs cases in another process until it ends, and returns how many.
func runCases(t *testing.T, folder string, names []string, report func(line string)) (done int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestStandardChild$", "-test.timeout=1h")
	child.Env = append(os.Environ(), "SEMROB_ONNX_CHILD="+folder)
	child.Stdin = strings.NewReader(strings.Join(names, "\n"))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	stuck := time.AfterFunc(time.Minute, func() { _ = child.Process.Kill() })
	for lines.Scan() {
		if line, ok := strings.CutPrefix(lines.Text(), "case "); ok {
			stuck.Reset(time.Minute)
			report(line)
			done++
		}
	}
	stuck.Stop()
	if err := child.Wait(); err != nil && done < len(names) {
		report(names[done] + " crashed " + err.Error())
		done++
	}
	return done
}

// TestStandardChild is the other process of TestStandard.
func TestStandardChild(t *testing.T) {
	folder := os.Getenv("SEMROB_ONNX_CHILD")
	if folder == "" {
		t.Skip("TestStandard runs this in another process")
	}
	backend := xlatest.Open(t)
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		verdict := judge(backend, filepath.Join(folder, names.Text()))
		fmt.Printf("case %s %s\n", names.Text(), strings.ReplaceAll(verdict, "\n", " "))
	}
}

// judge runs a case.
func judge(backend compute.Backend, folder string) string {
	c, err := readCase(folder)
	if err == nil {
		var verdict string
		for _, only := range []bool{false, true} { // one input as a parameter if not all
			if caught := exceptions.TryCatch[error](func() { verdict, err = c.run(backend, only) }); caught != nil {
				err = caught
			}
			if err == nil {
				return verdict
			}
		}
	}
	return "refused " + firstLine(err)
}

// standardCase is a test of the standard.
type standardCase struct {
	file            *file
	names           []string
	inputs, outputs []*tensors.Tensor
	rtol, atol      float64
}

func readCase(folder string) (c *standardCase, err error) {
	caught := exceptions.TryCatch[error](func() { c, err = caseIn(folder) })
	return c, errors.Join(err, caught)
}

func caseIn(folder string) (*standardCase, error) {
	if _, err := os.Stat(filepath.Join(folder, "sequence")); err == nil {
		return nil, errors.New("sequences and optional values are not supported")
	}
	data, err := os.ReadFile(filepath.Join(folder, "model.onnx"))
	if err != nil {
		return nil, err
	}
	c := &standardCase{}
	if c.file, err = readGraph(data); err != nil {
		return nil, err
	}
	tolerance, err := os.ReadFile(filepath.Join(folder, "tolerance"))
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Sscan(string(tolerance), &c.rtol, &c.atol); err != nil {
		return nil, err
	}
	load := func(pattern string) (names []string, all []*tensors.Tensor, err error) {
		for i := range 100 {
			data, err := os.ReadFile(filepath.Join(folder, fmt.Sprintf(pattern, i)))
			if err != nil {
				break
			}
			t, err := parse(data)
			if err != nil {
				return nil, nil, err
			}
			names, all = append(names, t.text(tensorName)), append(all, (&evaluation{exact: true}).tensor(t, source{folder: folder}))
		}
		return names, all, nil
	}
	if c.names, c.inputs, err = load("input_%d.pb"); err != nil {
		return nil, err
	}
	_, c.outputs, err = load("output_%d.pb")
	return c, err
}

// build adds the case to a graph, with parameters for the floating-point inputs, or
// for the first only.
func (c *standardCase) build(g *graph.Graph, only bool) (outputs []*value, parameters []*graph.Node, given []any) {
	backend, err := folding()
	if err != nil {
		panic(err)
	}
	e := &evaluation{g: g, folder: backend, exact: true, opset: c.file.opset, functions: c.file.functions, values: map[string]*value{}, batch: 1}
	for name, t := range c.file.initializers {
		e.values[name] = &value{constant: e.tensor(t, source{})}
	}
	for i, t := range c.inputs {
		if only && i > 0 || i > 0 && !t.DType().IsFloat() || t.Size() == 0 {
			e.values[c.names[i]] = &value{constant: t}
			continue
		}
		p := graph.Parameter(g, fmt.Sprintf("input%d", i), t.Shape())
		e.values[c.names[i]] = &value{node: p}
		parameters, given = append(parameters, p), append(given, t)
	}
	e.run(c.file.nodes)
	for _, name := range c.file.outputs {
		v := e.values[name]
		if v == nil {
			refuse("its output %q is missing", name)
		}
		outputs = append(outputs, v)
	}
	return outputs, parameters, given
}

func (c *standardCase) run(backend compute.Backend, only bool) (string, error) {
	g := graph.NewGraph(backend, "case")
	defer g.Finalize()
	values, _, given := c.build(g, only)
	got := make([]*tensors.Tensor, len(values))
	var nodes []*graph.Node
	for i, v := range values {
		if got[i] = v.constant; v.constant == nil {
			nodes = append(nodes, v.node)
		}
	}
	if len(nodes) > 0 {
		if err := g.Compile(nodes...); err != nil {
			return "", err
		}
		results := g.Run(given...)
		for i := range got {
			if got[i] == nil {
				got[i], results = results[0], results[1:]
			}
		}
	}
	for i, want := range c.outputs {
		if why := differs(got[i], want, c.rtol, c.atol); why != "" {
			return fmt.Sprintf("wrong output %d: %s", i, why), nil
		}
	}
	if os.Getenv(gradientsVariable) == "" {
		return "equal", nil
	}
	return "equal " + c.gradient(backend, only), nil
}

// differs returns how a tensor differs from the wanted one, "" if it does not.
func differs(got, want *tensors.Tensor, rtol, atol float64) string {
	if !got.Shape().Equal(want.Shape()) {
		return fmt.Sprintf("%s instead of %s", got.Shape(), want.Shape())
	}
	// Half precision: two units in the last place, as the order of sums is free.
	switch want.DType() {
	case dtypes.BFloat16:
		rtol = max(rtol, 1./64)
	case dtypes.Float16:
		rtol = max(rtol, 1./512)
	}
	_, g := numbers(got)
	_, w := numbers(want)
	for i := range w {
		off := math.Abs(g[i] - w[i])
		same := g[i] == w[i] || math.IsNaN(g[i]) && math.IsNaN(w[i])
		if !same && !(off <= atol+rtol*math.Abs(w[i])) {
			return fmt.Sprintf("%g instead of %g at %d", g[i], w[i], i)
		}
	}
	return ""
}

// gradient compares the derivative of a sum of the outputs along a direction of the
// inputs with differences.
func (c *standardCase) gradient(backend compute.Backend, only bool) (verdict string) {
	steps := append([]string{"Round", "Sign", "OneHot"}, rounding...)
	for _, n := range c.file.nodes {
		if slices.Contains(steps, n.op) { // whose slope is 0 but for jumps, on which the cases lie
			return "gradient:nothing"
		}
	}
	err := exceptions.TryCatch[error](func() { verdict = c.slope(backend, only) })
	if err != nil {
		return "gradient:none " + firstLine(err)
	}
	return verdict
}

func (c *standardCase) slope(backend compute.Backend, only bool) string {
	g := graph.NewGraph(backend, "gradient")
	defer g.Finalize()
	values, parameters, given := c.build(g, only)
	var sum *graph.Node
	for _, v := range values {
		if v.node == nil || !v.node.DType().IsFloat() || v.node.Shape().Size() == 0 {
			continue
		}
		weights := make([]float64, v.node.Shape().Size())
		for i := range weights {
			weights[i] = 1 + math.Sin(float64(3*i+1))/2
		}
		w := graph.ConvertDType(graph.Reshape(graph.Const(g, weights), v.node.Shape().Dimensions...), v.node.DType())
		part := graph.ReduceAllSum(graph.ConvertDType(graph.Mul(v.node, w), dtypes.Float32))
		if sum == nil {
			sum = part
		} else {
			sum = graph.Add(sum, part)
		}
	}
	var from []*graph.Node
	var places []int
	if len(parameters) > 0 && parameters[0].DType() == dtypes.Float32 { // what comes from the images; others are weights
		from, places = parameters[:1], []int{0}
	}
	if sum == nil || len(from) == 0 {
		return "gradient:nothing"
	}
	gradients := graph.Gradient(sum, from...)
	if err := g.Compile(append([]*graph.Node{sum}, gradients...)...); err != nil {
		panic(err)
	}
	at := func(step float64) (value, along float64) {
		moved := slices.Clone(given)
		for _, p := range places {
			t := given[p].(*tensors.Tensor)
			_, v := numbers(t)
			shifted := make([]float32, len(v))
			for i := range v {
				shifted[i] = float32(v[i] + step*math.Cos(float64(5*i+2)))
			}
			moved[p] = tensors.FromFlatDataAndDimensions(shifted, t.Shape().Dimensions...)
		}
		results := g.Run(moved...)
		_, v := numbers(results[0])
		for _, r := range results[1:] {
			_, slope := numbers(r)
			for i, s := range slope {
				along += s * math.Cos(float64(5*i+2))
			}
		}
		return v[0], along
	}
	value, analytic := at(0)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return "gradient:nothing"
	}
	closest, seen := math.Inf(1), 0.0
	for _, step := range []float64{1e-2, 1e-3, 3e-4} {
		up, _ := at(step)
		down, _ := at(-step)
		numeric := (up - down) / (2 * step)
		// At a kink, any slope between those of its sides is right.
		low, high := min((up-value)/step, (value-down)/step), max((up-value)/step, (value-down)/step)
		noise := 3e-7 * (math.Abs(value) + 1) / step
		off := min(math.Abs(numeric-analytic), max(low-analytic, analytic-high, 0))
		if off = max(0, off-noise) / (math.Abs(numeric) + math.Abs(analytic) + 1e-3); off < closest {
			closest, seen = off, numeric
		}
	}
	if math.IsInf(closest, 1) { // a function that ends at the inputs, as a power at 0
		return "gradient:nothing"
	}
	if math.IsNaN(analytic) || math.IsInf(analytic, 0) {
		return "gradient:infinite"
	}
	if !(closest < 0.03) {
		return fmt.Sprintf("gradient:wrong %g, differences give %g", analytic, seen)
	}
	return "gradient:equal"
}
