package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fake is a server whose model returns the mean red, green and blue of each image.
type fake struct {
	shape    []int
	datatype string
	binary   bool
	// metadata replaces the model's; answer changes an answer before it is sent, and
	// trouble may answer a request for inference instead.
	metadata string
	answer   func(*inference)
	trouble  func(w http.ResponseWriter, r *http.Request, request int32) bool
	most     int
	token    string

	requests, images, together, peak atomic.Int32
	mu                               sync.Mutex
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.token != "" && r.Header.Get("Authorization") != "Bearer "+f.token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case "/v2":
		extensions := []string{}
		if f.binary {
			extensions = append(extensions, "binary_tensor_data")
		}
		json.NewEncoder(w).Encode(map[string]any{"name": "fake", "extensions": extensions})
	case "/v2/models/mean":
		if f.metadata != "" {
			io.WriteString(w, f.metadata)
			return
		}
		json.NewEncoder(w).Encode(about{Name: "mean", Platform: "fake",
			Inputs: []tensorAbout{{"x", f.datatype, f.shape}}, Outputs: []tensorAbout{{"y", "FP32", []int{-1, 3}}}})
	case "/v2/models/mean/infer":
		f.infer(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (f *fake) infer(w http.ResponseWriter, r *http.Request) {
	now := f.together.Add(1)
	defer f.together.Add(-1)
	for before := f.peak.Load(); now > before && !f.peak.CompareAndSwap(before, now); before = f.peak.Load() {
	}
	if f.trouble != nil && f.trouble(w, r, f.requests.Add(1)) {
		return
	}
	body, _ := io.ReadAll(r.Body)
	text, raw := body, []byte(nil)
	if length := r.Header.Get(lengthHeader); length != "" {
		n, _ := strconv.Atoi(length)
		text, raw = body[:n], body[n:]
	}
	var in inference
	if err := json.Unmarshal(text, &in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	values, err := read(in.Inputs[0], raw)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	shape := in.Inputs[0].Shape
	if len(shape) == 3 {
		shape = append([]int{1}, shape...)
	}
	if f.most > 0 && shape[0] > f.most {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error": "at most %d images"}`, f.most)
		return
	}
	f.images.Add(int32(shape[0]))
	f.reply(w, values, shape, in)
}

func (f *fake) reply(w http.ResponseWriter, values []float64, shape []int, in inference) {
	scores := make([]float32, 3*shape[0])
	each := len(values) / shape[0]
	for i, v := range values {
		c := i % 3
		if shape[1] == 3 {
			c = i % each / (each / 3)
		}
		scores[i/each*3+c] += float32(v) / float32(each/3)
	}
	out := tensor{Name: "y", Datatype: "FP32", Shape: []int{shape[0], 3}}
	if len(in.Inputs[0].Shape) == 3 {
		out.Shape = []int{3}
	}
	wanted, _ := in.Outputs[0].Parameters["binary_data"].(bool)
	var raw []byte
	if wanted {
		raw = encode(scores, "FP32")
		out.Parameters = map[string]any{"binary_data_size": len(raw)}
	} else {
		out.Data, _ = json.Marshal(scores)
	}
	answer := inference{ModelVersion: "1", Outputs: []tensor{out}}
	if f.answer != nil {
		f.mu.Lock()
		f.answer(&answer)
		f.mu.Unlock()
	}
	text, _ := json.Marshal(answer)
	if wanted {
		w.Header().Set(lengthHeader, strconv.Itoa(len(text)))
	}
	w.Write(append(text, raw...))
}

// read decodes an input independently of encode.
func read(t tensor, raw []byte) (values []float64, err error) {
	if raw == nil {
		return values, json.Unmarshal(t.Data, &values)
	}
	in := bytes.NewReader(raw)
	for in.Len() > 0 {
		switch t.Datatype {
		case "FP32":
			var v float32
			err = binary.Read(in, binary.LittleEndian, &v)
			values = append(values, float64(v))
		case "FP64":
			var v float64
			err = binary.Read(in, binary.LittleEndian, &v)
			values = append(values, v)
		case "UINT8":
			var v uint8
			err = binary.Read(in, binary.LittleEndian, &v)
			values = append(values, float64(v))
		case "FP16":
			var v uint16
			err = binary.Read(in, binary.LittleEndian, &v)
			exponent, fraction := int(v>>10&31), float64(v&1023)
			x := math.Ldexp(1+fraction/1024, exponent-15)
			if exponent == 0 {
				x = math.Ldexp(fraction/1024, -14)
			}
			values = append(values, x)
		}
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}

func serve(t *testing.T, f *fake) (address string) {
	t.Helper()
	if f.shape == nil {
		f.shape = []int{-1, 3, 8, 8}
	}
	if f.datatype == "" {
		f.datatype = "FP32"
	}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	t.Setenv(TokenVariable, "")
	before := patience
	patience = 1500 * time.Millisecond
	t.Cleanup(func() { patience = before })
	return s.URL + "/v2/models/mean"
}

// TestScores compares the scores of every layout and type with a closed form.
func TestScores(t *testing.T) {
	for _, shape := range [][]int{{-1, 3, 8, 8}, {-1, 8, 8, 3}, {-1, -1, -1, 3}, {4, 3, 8, 8}, {3, 8, 8}} {
		for _, datatype := range inputTypes {
			for _, binary := range []bool{true, false} {
				if datatype == "FP16" && !binary {
					continue
				}
				t.Run(fmt.Sprint(shape, datatype, binary), func(t *testing.T) {
					f := &fake{shape: shape, datatype: datatype, binary: binary}
					n, err := Open(t.Context(), serve(t, f), Options{InputSize: 8})
					if err != nil {
						t.Fatal(err)
					}
					const batch = 41
					scale := 1.0
					if n.Bytes {
						scale = 255
					}
					images := make([]float32, batch*8*8*3)
					for i := range images {
						images[i] = float32(math.Round(float64(i*37%256)) / 255 * scale)
					}
					scores, err := n.Scores(t.Context(), images, batch)
					if err != nil {
						t.Fatal(err)
					}
					for i := range batch {
						for c := range 3 {
							want := 0.0
							for p := range 64 {
								want += float64(images[(i*64+p)*3+c]) / 64
							}
							if got := float64(scores[i*3+c]); math.Abs(got-want) > 2e-4*scale {
								t.Fatalf("image %d, colour %d: %g, want %g", i, c, got, want)
							}
						}
					}
				})
			}
		}
	}
}

// TestMisbehaviour checks that each thing that a server can do wrong is one sentence.
func TestMisbehaviour(t *testing.T) {
	metadata := func(inputs, outputs string) string {
		return fmt.Sprintf(`{"name": "mean", "inputs": [%s], "outputs": [%s]}`, inputs, outputs)
	}
	const x, y = `{"name": "x", "datatype": "FP32", "shape": [-1, 3, 8, 8]}`, `{"name": "y", "datatype": "FP32", "shape": [-1, 3]}`
	output := func(change func(*tensor)) func(*inference) { return func(a *inference) { change(&a.Outputs[0]) } }
	status := func(code int, body string) func(http.ResponseWriter, *http.Request, int32) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ int32) bool {
			w.WriteHeader(code)
			io.WriteString(w, body)
			return true
		}
	}
	for _, c := range []struct {
		name, want string
		fake       *fake
	}{
		{"html", `not the JSON of the protocol .*: is .* the address of a model\?`, &fake{metadata: "<html>welcome</html>"}},
		{"no inputs", `it has 0 inputs \(\) instead of one`, &fake{metadata: metadata("", y)}},
		{"two inputs", `it has 2 inputs \(x, x\) instead of one`, &fake{metadata: metadata(x+","+x, y)}},
		{"text input", `its input x has the type "BYTES"`, &fake{datatype: "BYTES"}},
		{"vectors", `the shape \[-1 10\]: images have`, &fake{shape: []int{-1, 10}}},
		{"grey", `the axis of the three colours is not where it has to be`, &fake{shape: []int{-1, 1, 8, 8}}},
		{"any layout", `does not tell where the colours are: give --layout`, &fake{shape: []int{-1, 3, 3, 3}}},
		{"any size", `takes images of any size: give --input-size`, &fake{shape: []int{-1, 3, -1, -1}}},
		{"oblong", `images have 8×6 pixels: only square ones`, &fake{shape: []int{-1, 3, 8, 6}}},
		{"two outputs", `2 outputs \(y, y\): name that of the scores with --output`, &fake{metadata: metadata(x, y+","+y)}},
		{"half", `FP16, which needs binary tensors`, &fake{datatype: "FP16"}},
		{"crash", `the server answers 500 Internal Server Error: "out of memory"`, &fake{trouble: status(500, `{"error": "out of\nmemory"}`)}},
		{"busy", `answers 503 Service Unavailable: "loading", and did so for 1.5s`, &fake{trouble: status(503, "loading")}},
		{"forbidden", `refuses access \(403 Forbidden\): give its token in \$SEMROB_SERVER_TOKEN`, &fake{trouble: status(403, "")}},
		{"gone", `the server has no such model \(404 Not Found\)`, &fake{trouble: status(404, "")}},
		{"no json", `it is not the JSON of the protocol`, &fake{trouble: status(200, "nothing")}},
		{"no output", `it has no output y`, &fake{answer: func(a *inference) { a.Outputs = nil }}},
		{"another type", `output y has the type "INT64" instead of`, &fake{answer: output(func(o *tensor) { o.Datatype = "INT64" })}},
		{"another batch", `output y has the shape \[1 3\] for 2 images instead of \[2, classes\]`, &fake{answer: output(func(o *tensor) { o.Shape = []int{1, 3} })}},
		{"huge shape", `output y has the shape \[2 1073741824\]`, &fake{answer: output(func(o *tensor) { o.Shape = []int{2, 1 << 30} })}},
		{"few numbers", `output y has 1 numbers instead of 6`, &fake{answer: output(func(o *tensor) { o.Data = json.RawMessage("[1]") })}},
		{"words", `output y: "a" is not a number`, &fake{answer: output(func(o *tensor) { o.Data = json.RawMessage(`["a"]`) })}},
		{"no numbers", `output y: its data are not numbers|has 0 numbers`, &fake{answer: output(func(o *tensor) { o.Data = nil })}},
		{"few bytes", `output y has 20 bytes, and \d+ are left|has 20 bytes instead of 24`, &fake{binary: true, answer: output(func(o *tensor) { o.Parameters["binary_data_size"] = 20 })}},
		{"many bytes", `output y has 1e\+09 bytes, and 24 are left`, &fake{binary: true, answer: output(func(o *tensor) { o.Parameters["binary_data_size"] = 1e9 })}},
		{"cut off", `broke off its answer .*, and did so for 1.5s`, &fake{trouble: func(w http.ResponseWriter, _ *http.Request, _ int32) bool {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, "{")
			return true
		}}},
		{"hangs up", `does not answer .*, and did so for 1.5s`, &fake{trouble: func(w http.ResponseWriter, _ *http.Request, _ int32) bool {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
			return true
		}}},
		{"endless", `the server's answer is longer than the \d+ bytes`, &fake{trouble: func(w http.ResponseWriter, r *http.Request, _ int32) bool {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					break
				}
			}
			return true
		}}},
		{"redirect", `the server redirects to elsewhere.example: name that address if you trust it`, &fake{trouble: func(w http.ResponseWriter, r *http.Request, _ int32) bool {
			http.Redirect(w, r, "http://elsewhere.example/v2", http.StatusTemporaryRedirect)
			return true
		}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(t.Context(), serve(t, c.fake), Options{})
			if err == nil || !regexp.MustCompile(`^opening the network at http.*: .*(`+c.want+`)`).MatchString(err.Error()) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
		})
	}
}

// TestNaN refuses scores that are not numbers: JSON has none, binary tensors do.
func TestNaN(t *testing.T) {
	f := &fake{binary: true}
	n, err := Open(t.Context(), serve(t, f), Options{})
	if err != nil {
		t.Fatal(err)
	}
	images := make([]float32, 2*8*8*3)
	images[200] = float32(math.NaN())
	if _, err := n.Scores(t.Context(), images, 2); err == nil || !strings.Contains(err.Error(), "the score of class 2 of image 2 is NaN") {
		t.Errorf("the error is %v", err)
	}
}

// TestTriesAgain goes on after the server was busy, and after it hung up.
func TestTriesAgain(t *testing.T) {
	f := &fake{trouble: func(w http.ResponseWriter, _ *http.Request, request int32) bool {
		if request%3 == 0 {
			return false
		}
		if request%3 == 1 {
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
		return true
	}}
	address := serve(t, f)
	patience = 20 * time.Second
	if _, err := Open(t.Context(), address, Options{}); err != nil {
		t.Error(err)
	}
}

// TestSmallerBatches learns how many images the server takes.
func TestSmallerBatches(t *testing.T) {
	f := &fake{most: 3}
	n, err := Open(t.Context(), serve(t, f), Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.images.Store(0)
	scores, err := n.Scores(t.Context(), make([]float32, 40*8*8*3), 40)
	if err != nil || len(scores) != 120 || f.images.Load() != 40 || n.most.Load() != 2 {
		t.Errorf("%d scores of %d images, at most %d at a time, %v", len(scores), f.images.Load(), n.most.Load(), err)
	}
}

// TestAtOnce sends several requests at the same time, and stops with its context.
func TestAtOnce(t *testing.T) {
	f := &fake{trouble: func(http.ResponseWriter, *http.Request, int32) bool { time.Sleep(50 * time.Millisecond); return false }}
	n, err := Open(t.Context(), serve(t, f), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Scores(t.Context(), make([]float32, 160*8*8*3), 160); err != nil || f.peak.Load() < 2 || f.peak.Load() > atOnce {
		t.Errorf("%d requests at once, %v", f.peak.Load(), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(60*time.Millisecond, cancel)
	if _, err := n.Scores(ctx, make([]float32, 1600*8*8*3), 1600); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// TestToken sends the token, and never without TLS to another machine.
func TestToken(t *testing.T) {
	f := &fake{token: "secret"}
	address := serve(t, f)
	if _, err := Open(t.Context(), address, Options{}); err == nil || !strings.Contains(err.Error(), "give its token in $SEMROB_SERVER_TOKEN") {
		t.Errorf("without a token the error is %v", err)
	}
	t.Setenv(TokenVariable, "secret")
	if _, err := Open(t.Context(), address, Options{}); err != nil {
		t.Error(err)
	}
	if _, err := Open(t.Context(), "http://models.example/v2/models/mean", Options{}); err == nil || !strings.Contains(err.Error(), "would travel without encryption") {
		t.Errorf("the error is %v", err)
	}
}

// TestTLS refuses a certificate that nobody trusts, at once.
func TestTLS(t *testing.T) {
	f := &fake{shape: []int{-1, 3, 8, 8}, datatype: "FP32"}
	s := httptest.NewTLSServer(f)
	defer s.Close()
	began := time.Now()
	_, err := Open(t.Context(), s.URL+"/v2/models/mean", Options{})
	if err == nil || !strings.Contains(err.Error(), "is not secure") || time.Since(began) > 20*time.Second {
		t.Errorf("after %v the error is %v", time.Since(began), err)
	}
}

// TestVersions refuses an answer of another version of the model.
func TestVersions(t *testing.T) {
	f := &fake{}
	n, err := Open(t.Context(), serve(t, f), Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.answer = func(a *inference) { a.ModelVersion = "2" }
	f.mu.Unlock()
	if _, err := n.Scores(t.Context(), make([]float32, 8*8*3), 1); err == nil || !strings.Contains(err.Error(), `version "2" of the model answers, and it was "1" before`) {
		t.Errorf("the error is %v", err)
	}
}

// TestNoVersionAtFirst refuses a version from a server that gave none before: the
// fingerprint has none.
func TestNoVersionAtFirst(t *testing.T) {
	f := &fake{answer: func(a *inference) { a.ModelVersion = "" }}
	n, err := Open(t.Context(), serve(t, f), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Scores(t.Context(), make([]float32, 64*8*8*3), 64); err != nil { // in several requests at a time
		t.Fatal(err)
	}
	f.mu.Lock()
	f.answer = func(a *inference) { a.ModelVersion = "2" }
	f.mu.Unlock()
	if _, err := n.Scores(t.Context(), make([]float32, 8*8*3), 1); err == nil || !strings.Contains(err.Error(), `it was "" before`) {
		t.Errorf("the error is %v", err)
	}
}
