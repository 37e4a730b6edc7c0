package semrob

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// isNPZ reports whether a file is a zip archive.
func isNPZ(data []byte) bool { return bytes.HasPrefix(data, []byte("PK")) }

// metaOf returns the record in the archive of a map or of regions.
func metaOf(data []byte) (string, error) {
	f, err := npz.Read(data)
	if err != nil {
		return "", err
	}
	if _, ok := f["region"]; ok {
		found, err := region.Read(data)
		if err != nil {
			return "", err
		}
		return found.Of, nil
	}
	m, err := semmap.Read(data)
	if err != nil {
		return "", err
	}
	return m.Meta, nil
}

// differNPZ compares the arrays of two archives bit for bit.
func differNPZ(old, new []byte) ([]string, error) {
	a, err := npz.Read(old)
	if err != nil {
		return nil, err
	}
	b, err := npz.Read(new)
	if err != nil {
		return nil, err
	}
	var differences []string
	for _, name := range keys(a, b) {
		if _, both := b[name]; !both || a[name].Data == nil {
			differences = append(differences, name+": only in one of the files")
			continue
		}
		if name == "meta" {
			lines, err := differMeta(a, b)
			if err != nil {
				return nil, err
			}
			differences = append(differences, lines...)
			continue
		}
		if line := differArray(a[name], b[name]); line != "" {
			differences = append(differences, name+": "+line)
		}
	}
	return differences, nil
}

// differMeta compares the texts that are not arrays.
func differMeta(a, b npz.File) ([]string, error) {
	old, err := a.Text("meta")
	if err != nil {
		return nil, err
	}
	new, err := b.Text("meta")
	if err != nil {
		return nil, err
	}
	return differJSON([]byte(old), []byte(new))
}

// keys returns the keys of both maps, sorted.
func keys[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func differArray(a, b npz.Array) string {
	if !slices.Equal(a.Shape, b.Shape) {
		return fmt.Sprintf("shape %v, now %v", a.Shape, b.Shape)
	}
	x, y := reflect.ValueOf(a.Data), reflect.ValueOf(b.Data)
	if x.Type() != y.Type() || x.Kind() != reflect.Slice || x.Len() != y.Len() {
		return fmt.Sprintf("%T of %v values, now %T", a.Data, a.Shape, b.Data)
	}
	count, largest := 0, 0.0
	for i := range x.Len() {
		p, q := number(x.Index(i)), number(y.Index(i))
		if math.Float64bits(p) != math.Float64bits(q) && !(math.IsNaN(p) && math.IsNaN(q)) {
			count++
			if d := math.Abs(p - q); !(d <= largest) {
				largest = d
			}
		}
	}
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d values differ, by at most %g", count, x.Len(), largest)
}

// number returns an element of an array, exact for floats and for integers of up to
// 53 bits.
func number(v reflect.Value) float64 {
	switch {
	case v.CanFloat():
		return v.Float()
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	}
	return math.NaN() // a text or a truth value: no array of semrob
}

// differJSON compares two results in JSON, records included but for what
// Comparable compares.
func differJSON(old, new []byte) ([]string, error) {
	var trees [2]any
	for i, data := range [2][]byte{old, new} {
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(&trees[i]); err != nil {
			return nil, err
		}
		top, _ := trees[i].(map[string]any)
		for _, record := range []any{top, top["of"], top["of_certificates"]} {
			if fields, ok := record.(map[string]any); ok {
				delete(fields, "versions")
				delete(fields, "question_version")
				delete(fields, "device")
			}
		}
	}
	var differences []string
	differTree("", trees[0], trees[1], &differences)
	return differences, nil
}

func differTree(at string, a, b any, differences *[]string) {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		for _, name := range keys(x, y) {
			differTree(at+"."+name, x[name], y[name], differences)
		}
		return
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		for i := range x {
			differTree(fmt.Sprintf("%s[%d]", at, i), x[i], y[i], differences)
		}
		return
	}
	if !reflect.DeepEqual(a, b) && !sameNumber(a, b) {
		*differences = append(*differences, fmt.Sprintf("%s: %s, now %s", at[min(1, len(at)):], summary(a), summary(b)))
	}
}

// sameNumber reports whether a and b are one number in two spellings.
func sameNumber(a, b any) bool {
	x, isX := a.(json.Number)
	y, isY := b.(json.Number)
	if !isX || !isY || !strings.ContainsAny(string(x+y), ".eE") {
		return false // integers of more than 53 bits are compared as texts
	}
	p, failed := x.Float64()
	q, failedToo := y.Float64()
	return failed == nil && failedToo == nil && p == q
}

// summary returns a value on a short line.
func summary(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case []any:
		return fmt.Sprintf("%d entries", len(v))
	case map[string]any:
		return "an object"
	}
	return fmt.Sprint(v)
}
