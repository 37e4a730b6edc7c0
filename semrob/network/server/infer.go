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
	"slices"
	"strconv"

	"github.com/gomlx/compute/dtypes/float16"

	"github.com/semrob/gonb-semrob/semrob/network/internal/parallel"
)

const (
	// atOnce is the number of concurrent requests.
	atOnce = 4
	// lengthHeader of the extension for binary tensors is the length of the JSON.
	lengthHeader = "Inference-Header-Content-Length"
)

// inference is a request or an answer.
type inference struct {
	ModelVersion string         `json:"model_version,omitempty"`
	Inputs       []tensor       `json:"inputs,omitempty"`
	Outputs      []tensor       `json:"outputs,omitempty"`
	Parameters   map[string]any `json:"parameters,omitempty"`
}

type tensor struct {
	Name       string          `json:"name"`
	Datatype   string          `json:"datatype,omitempty"`
	Shape      []int           `json:"shape,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Parameters map[string]any  `json:"parameters,omitempty"`
}

// Scores returns the scores, [batch, classes], of images [batch, S, S, 3]: colours
// 0…255 if Bytes, otherwise normalised as the model expects. Several requests are under
// way at the same time.
func (n *Network) Scores(ctx context.Context, images []float32, batch int) ([]float32, error) {
	pixels := n.InputSize * n.InputSize * 3
	pieces, err := n.pieces(ctx, images, batch)
	if err != nil {
		return nil, err
	}
	scores := make([]float32, 0, batch*n.Classes)
	for i, piece := range pieces {
		if piece == nil {
			return nil, fmt.Errorf("request %d of %d has no answer", i+1, len(pieces))
		}
		scores = append(scores, piece...)
	}
	if len(scores) < batch*n.Classes || len(images) != batch*pixels {
		return nil, fmt.Errorf("the server returned %d scores for %d images of %d classes", len(scores), batch, n.Classes)
	}
	return scores[:batch*n.Classes], nil
}

// pieces returns the scores of the requests. A server that refuses a batch gets smaller
// ones from then on: the protocol does not say how many images it takes.
func (n *Network) pieces(ctx context.Context, images []float32, batch int) ([][]float32, error) {
	pixels := n.InputSize * n.InputSize * 3
	for {
		size := int(n.most.Load())
		if n.fixed > 0 {
			size = n.fixed
		}
		pieces := make([][]float32, (batch+size-1)/size)
		one := func(i int) error {
			from, to := i*size, min((i+1)*size, batch)
			part := images[from*pixels : to*pixels]
			if n.fixed > to-from {
				part = append(slices.Clone(part), make([]float32, (n.fixed-to+from)*pixels)...)
			}
			scores, err := n.infer(ctx, part, len(part)/pixels)
			if err == nil {
				pieces[i] = scores[:(to-from)*n.Classes]
			}
			return err
		}
		var err error
		if n.Classes == 0 { // the first answer decides
			err = one(0)
		}
		if err == nil {
			err = parallel.Do(ctx, atOnce, len(pieces), func(i int) error {
				if pieces[i] != nil {
					return nil
				}
				return one(i)
			})
		}
		refused := new(refusedError)
		if errors.As(err, &refused) && (refused.status == http.StatusBadRequest || refused.status == http.StatusRequestEntityTooLarge || refused.status == http.StatusUnprocessableEntity) && n.fixed == 0 && size > 1 && batch > 1 {
			n.most.CompareAndSwap(int64(size), int64(min(size, batch)/2))
			continue
		}
		return pieces, err
	}
}

// infer classifies images in one request.
func (n *Network) infer(ctx context.Context, images []float32, batch int) ([]float32, error) {
	body, headerLength, err := n.request(images, batch)
	if err != nil {
		return nil, err
	}
	classes := max(n.Classes, 1<<16)
	answer, header, err := n.do(ctx, http.MethodPost, n.address.Path+"/infer", body, headerLength, 1<<20+batch*classes*32)
	if err != nil {
		return nil, err
	}
	return n.answer(answer, header, batch)
}

// request returns the body of a request and, if it is binary, the length of the JSON
// at its beginning.
func (n *Network) request(images []float32, batch int) (body []byte, headerLength int, err error) {
	s := n.InputSize
	shape := []int{batch, s, s, 3}
	if n.nchw {
		shape, images = []int{batch, 3, s, s}, channelsFirst(images, batch, s*s)
	}
	if n.single {
		shape = shape[1:]
	}
	in := tensor{Name: n.input.Name, Datatype: n.input.Datatype, Shape: shape}
	out := tensor{Name: n.output, Parameters: map[string]any{"binary_data": n.binary}}
	var raw []byte
	if n.binary {
		raw = encode(images, n.input.Datatype)
		in.Parameters = map[string]any{"binary_data_size": len(raw)}
	} else {
		if in.Data, err = numbers(images, n.Bytes); err != nil {
			return nil, 0, err
		}
		out.Parameters = nil
	}
	body, err = json.Marshal(inference{Inputs: []tensor{in}, Outputs: []tensor{out}})
	if err != nil {
		return nil, 0, fmt.Errorf("writing the request: %w", err)
	}
	if !n.binary {
		return body, 0, nil
	}
	return append(body, raw...), len(body), nil
}

// numbers writes images as a JSON array.
func numbers(images []float32, whole bool) (json.RawMessage, error) {
	text := make([]byte, 0, 12*len(images))
	text = append(text, '[')
	for i, v := range images {
		if i > 0 {
			text = append(text, ',')
		}
		if whole {
			text = strconv.AppendUint(text, uint64(toByte(v)), 10)
		} else {
			text = strconv.AppendFloat(text, float64(v), 'g', -1, 32)
		}
	}
	return append(text, ']'), nil
}

func toByte(v float32) uint8 { return uint8(math.Round(min(max(float64(v), 0), 255))) }

// channelsFirst turns [batch, pixel, 3] into [batch, 3, pixel].
func channelsFirst(images []float32, batch, pixels int) []float32 {
	turned := make([]float32, len(images))
	for b := range batch {
		from, to := images[b*3*pixels:], turned[b*3*pixels:]
		for p := range pixels {
			to[p], to[pixels+p], to[2*pixels+p] = from[3*p], from[3*p+1], from[3*p+2]
		}
	}
	return turned
}

// encode writes numbers as the bytes of a type of inputTypes.
func encode(values []float32, datatype string) []byte {
	raw := make([]byte, 0, len(values)*8)
	for _, v := range values {
		switch datatype {
		case "FP64":
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(float64(v)))
		case "FP16":
			raw = binary.LittleEndian.AppendUint16(raw, uint16(float16.FromFloat32(v)))
		case "UINT8":
			raw = append(raw, toByte(v))
		default:
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
	}
	return raw
}

// widths are the bytes of a number of the types that scores may have.
var widths = map[string]int{"FP32": 4, "FP64": 8, "FP16": 2}

func decode(raw []byte, datatype string) []float32 {
	width := widths[datatype]
	values := make([]float32, len(raw)/width)
	for i := range values {
		at := raw[i*width:]
		switch datatype {
		case "FP64":
			values[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(at)))
		case "FP16":
			values[i] = float16.Float16(binary.LittleEndian.Uint16(at)).Float32()
		default:
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(at))
		}
	}
	return values
}

// answer returns the scores in the body of an answer.
func (n *Network) answer(body []byte, header http.Header, batch int) ([]float32, error) {
	wrong := func(format string, arguments ...any) error {
		return &refusedError{0, "the server's answer: " + fmt.Sprintf(format, arguments...)}
	}
	text, rest := body, []byte(nil)
	if given := header.Get(lengthHeader); given != "" {
		length, err := strconv.Atoi(given)
		if err != nil || length < 0 || length > len(body) {
			return nil, wrong("its JSON has %q of %d bytes", given, len(body))
		}
		text, rest = body[:length], body[length:]
	}
	var said inference
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, wrong("it is not the JSON of the protocol (%v)", err)
	}
	if n.Classes == 0 { // the first answer comes alone
		n.version = said.ModelVersion
	} else if said.ModelVersion != n.version {
		return nil, wrong("version %q of the model answers, and it was %q before: open the network again, or name /versions/%[2]s in its address", said.ModelVersion, n.version)
	}
	var found *tensor
	var raw []byte
	for i := range said.Outputs {
		t := &said.Outputs[i]
		var own []byte
		if size, binary := t.Parameters["binary_data_size"].(float64); binary {
			if size < 0 || size > float64(len(rest)) || size != math.Trunc(size) {
				return nil, wrong("output %s has %g bytes, and %d are left", t.Name, size, len(rest))
			}
			own, rest = rest[:int(size)], rest[int(size):]
		}
		if t.Name == n.output {
			found, raw = t, own
		}
	}
	if found == nil {
		return nil, wrong("it has no output %s", n.output)
	}
	return n.scoresOf(found, raw, batch, wrong)
}

// scoresOf checks an output and returns its numbers.
func (n *Network) scoresOf(t *tensor, raw []byte, batch int, wrong func(string, ...any) error) ([]float32, error) {
	width, known := widths[t.Datatype]
	if !known {
		return nil, wrong("output %s has the type %q instead of FP32, FP64 or FP16", t.Name, t.Datatype)
	}
	shape := slices.Clone(t.Shape)
	if n.single && len(shape) == 1 {
		shape = append([]int{1}, shape...)
	}
	for len(shape) > 2 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	if len(shape) != 2 || shape[0] != batch || shape[1] < 1 || shape[1] > 1<<16 || n.Classes > 0 && shape[1] != n.Classes {
		classes := "classes"
		if n.Classes > 0 {
			classes = strconv.Itoa(n.Classes)
		}
		return nil, wrong("output %s has the shape %v for %d images instead of [%[3]d, %[4]s]", t.Name, t.Shape, batch, classes)
	}
	count := batch * shape[1]
	var scores []float32
	if raw != nil {
		if len(raw) != count*width {
			return nil, wrong("output %s has %d bytes instead of %d", t.Name, len(raw), count*width)
		}
		scores = decode(raw, t.Datatype)
	} else {
		var err error
		if scores, err = flat(t.Data); err != nil {
			return nil, wrong("output %s: %v", t.Name, err)
		}
		if len(scores) != count {
			return nil, wrong("output %s has %d numbers instead of %d", t.Name, len(scores), count)
		}
	}
	for i, v := range scores {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, wrong("the score of class %d of image %d is %g", i%shape[1], i/shape[1]+1, v)
		}
	}
	if n.Classes == 0 { // the first answer comes alone
		n.Classes = shape[1]
	}
	return scores, nil
}

// flat reads numbers in arrays, flat or nested.
func flat(text json.RawMessage) ([]float32, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	var values []float32
	for {
		token, err := decoder.Token()
		switch v := token.(type) {
		case nil:
			if errors.Is(err, io.EOF) {
				return values, nil
			}
			return nil, fmt.Errorf("its data are not numbers (%v)", err)
		case json.Delim:
		case float64:
			values = append(values, float32(v))
		default:
			return nil, fmt.Errorf("%q is not a number", token)
		}
	}
}
