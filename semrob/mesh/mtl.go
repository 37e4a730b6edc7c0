package mesh

import (
	"bufio"
	"bytes"
	"errors"
	"math"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxMTL bounds the material files of a mesh together, in bytes.
const maxMTL = 16 << 20

// mtlMaterial is a material as an MTL file describes it.
type mtlMaterial struct {
	Material
	texture mtlTexture
	// mask is the image of map_d: there are holes where it is dark or transparent.
	mask mtlTexture
	// transparent is set by d and Tr.
	transparent bool
}

// mtlTexture is the arguments of map_Kd.
type mtlTexture struct {
	// name is the image's file, relative to the OBJ file's folder; "" for none.
	name string
	line int
	// scale and offset change texture coordinates, with v upwards as in OBJ
	// files: u·scale + offset.
	scale, offset [2]float64
	wrap          Wrap
}

// mtlOptions are the options of map_Kd and the number of their arguments; -o, -s
// and -t take 1 to 3 numbers.
var mtlOptions = map[string]int{
	"-blendu": 1, "-blendv": 1, "-boost": 1, "-mm": 2, "-texres": 1, "-clamp": 1,
	"-bm": 1, "-imfchan": 1, "-type": 1, "-cc": 1, "-o": 3, "-s": 3, "-t": 3,
}

// mtlParser is the state of reading one MTL file.
type mtlParser struct {
	file string // for warnings
	dir  string // of the file, relative to the OBJ file's folder
	line int

	materials map[string]*mtlMaterial
	current   *mtlMaterial
	warn      *warnings
}

// readMTL adds the materials of an MTL file to materials, replacing earlier ones
// of the same name. Statements that it cannot read are warnings.
func readMTL(data []byte, file, dir string, materials map[string]*mtlMaterial, warn *warnings) {
	p := mtlParser{file: file, dir: dir, materials: materials, warn: warn}
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, maxMTL+1)
	scanner.Split(splitLine)
	for scanner.Scan() {
		p.line++
		text := scanner.Bytes()
		if p.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		keyword, rest := nextField(text)
		p.statement(strings.ToLower(string(keyword)), strings.TrimSpace(string(rest)))
	}
}

func (p *mtlParser) statement(keyword, rest string) {
	switch keyword {
	case "newmtl":
		rest = unquoted(rest)
		p.current = &mtlMaterial{Material: Material{Name: rest, Diffuse: [3]float32{1, 1, 1}}}
		p.materials[rest] = p.current
	case "kd", "map_kd", "map_d", "d", "tr":
		switch {
		case p.current == nil:
			p.warn.addLook("%s:%d: %s comes before newmtl and is skipped.", p.file, p.line, keyword)
		case keyword == "kd":
			p.diffuse(rest)
		case keyword == "map_kd":
			p.current.texture = p.texture("map_Kd", rest, p.current.texture)
		case keyword == "map_d":
			p.current.mask = p.texture("map_d", rest, p.current.mask)
		default:
			fields := strings.Fields(strings.TrimPrefix(rest, "-halo"))
			if len(fields) > 0 {
				value, err := strconv.ParseFloat(fields[0], 64)
				p.current.transparent = err == nil && (keyword == "d" && value < 1 || keyword == "tr" && value > 0 && value < 1)
			}
		}
	}
}

// diffuse reads "r g b", or "r" for all three.
func (p *mtlParser) diffuse(rest string) {
	fields := strings.Fields(rest)
	if len(fields) == 1 {
		fields = []string{fields[0], fields[0], fields[0]}
	}
	var colour [3]float32
	for k := range colour {
		value := math.NaN()
		if k < len(fields) {
			if parsed, err := strconv.ParseFloat(fields[k], 32); err == nil || errors.Is(err, strconv.ErrRange) {
				value = parsed
			}
		}
		if math.IsNaN(value) {
			p.warn.addLook("%s:%d: the colour Kd %s is not three numbers and is skipped.", p.file, p.line, quote([]byte(rest)))
			return
		}
		colour[k] = float32(min(max(value, 0), 1))
	}
	p.current.Diffuse = colour
}

// texture reads "[options] file" after a keyword, and returns otherwise if there is
// no file.
func (p *mtlParser) texture(keyword, rest string, otherwise mtlTexture) mtlTexture {
	t := mtlTexture{line: p.line, scale: [2]float64{1, 1}}
	for {
		option, after := cutField(rest)
		arguments, known := mtlOptions[strings.ToLower(option)]
		if !known {
			break
		}
		rest = p.option(&t, strings.ToLower(option), arguments, after)
	}
	if rest == "" {
		p.warn.addLook("%s:%d: %s names no file and is skipped.", p.file, p.line, keyword)
		return otherwise
	}
	name, local := localName(rest)
	if local {
		name = path.Join(p.dir, name)
	}
	t.name = name
	return t
}

// option reads the arguments of an option and returns what follows them.
func (p *mtlParser) option(t *mtlTexture, option string, most int, rest string) string {
	numbers := most == 3
	var values []float64
	first := ""
	for i := range most {
		field, after := cutField(rest)
		value, err := strconv.ParseFloat(field, 64)
		// The last field of the line is the file, even if it is a number.
		if numbers && i > 0 && (err != nil || after == "") {
			break
		}
		if i == 0 {
			first = strings.ToLower(field)
		}
		if err != nil || math.IsNaN(value) || math.Abs(value) > 1e6 {
			value = math.NaN()
		}
		values = append(values, value)
		rest = after
	}
	switch {
	case option == "-clamp":
		if first == "on" {
			t.wrap = Clamp
		}
	case option == "-mm" || option == "-t" || option == "-cc" && first == "on" || option == "-imfchan" && first != "m":
		p.warn.addLook("%s:%d: the option %s of map_Kd is not supported and is ignored.", p.file, p.line, option)
	case option == "-o" || option == "-s":
		for d := range min(2, len(values)) {
			if math.IsNaN(values[d]) {
				p.warn.addLook("%s:%d: the option %s of map_Kd needs numbers and is ignored.", p.file, p.line, option)
				return rest
			}
		}
		for d := range min(2, len(values)) {
			if option == "-o" {
				t.offset[d] = values[d]
			} else {
				t.scale[d] = values[d]
			}
		}
	}
	return rest
}

// cutField splits a trimmed text at the first run of blanks.
func cutField(text string) (field, rest string) {
	blank := func(r rune) bool { return r < utf8.RuneSelf && isBlank(byte(r)) }
	end := strings.IndexFunc(text, blank)
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimLeftFunc(text[end:], blank)
}
