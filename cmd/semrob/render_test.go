package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// picture renders with these flags and returns the pixels.
func picture(t *testing.T, args ...string) *image.NRGBA {
	t.Helper()
	out := filepath.Join(t.TempDir(), "x.png")
	succeed(t, append([]string{"render", "--size", "32", "--out", out}, args...)...)
	file, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoded, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	pixels := image.NewNRGBA(decoded.Bounds())
	for y := range pixels.Rect.Dy() {
		for x := range pixels.Rect.Dx() {
			pixels.Set(x, y, decoded.At(x, y))
		}
	}
	return pixels
}

// TestEveryParameterCanBeSet renders with each semantic parameter away from its
// default: help must list it, and the picture must change.
func TestEveryParameterCanBeSet(t *testing.T) {
	help, _ := succeed(t, "render", "--help")
	base := []string{"--mesh", "teapot", "--azimuth", "20", "--elevation", "10"}
	plain := picture(t, base...)
	for _, p := range render.Parameters() {
		value := p.DomainMin + 0.3*(p.DomainMax-p.DomainMin)
		if got := picture(t, append(base, "--set", fmt.Sprintf("%s=%g", p.Name, value))...); bytes.Equal(got.Pix, plain.Pix) {
			t.Errorf("--set %s=%g does not change the picture", p.Name, value)
		}
		found := false
		for line := range strings.Lines(help) {
			fields := strings.Fields(line)
			found = found || len(fields) > 2 && fields[0] == p.Name && fields[1] == fmt.Sprintf("%g%s", p.Default, p.Unit) && strings.Contains(line, p.DomainText()) && strings.Contains(line, p.Description)
		}
		if !found {
			t.Errorf("help does not explain %s:\n%s", p.Name, help)
		}
	}
}

// TestLookFlags renders a red triangle before an image, under further light.
func TestLookFlags(t *testing.T) {
	dir := t.TempDir()
	mesh := filepath.Join(dir, "x.obj")
	writeFile(t, mesh, "mtllib x.mtl\nv -1 -1 0\nv 1 -1 0\nv 0 1 0\nvn 0.1 0 1\nvn 1 0 1\nvn 0 1 1\nusemtl red\nf 1//1 2//2 3//3\n")
	writeFile(t, filepath.Join(dir, "x.mtl"), "newmtl red\nKd 1 0.2 0\n")
	behind := filepath.Join(dir, "behind.png")
	blue := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	for i := range blue.Pix {
		blue.Pix[i] = [4]uint8{0, 0, 200, 255}[i%4]
	}
	var file bytes.Buffer
	if err := png.Encode(&file, blue); err != nil {
		t.Fatal(err)
	}
	writeFile(t, behind, file.String())
	centre := func(args ...string) color.NRGBA {
		return picture(t, append([]string{"--mesh", mesh}, args...)...).NRGBAAt(16, 16)
	}
	for name, c := range map[string]struct {
		args []string
		want color.NRGBA
	}{
		"white":       {nil, color.NRGBA{128, 128, 128, 255}},
		"material":    {[]string{"--materials"}, color.NRGBA{128, 26, 0, 255}},
		"multiplied":  {[]string{"--materials", "--set", "object-g=0.5"}, color.NRGBA{128, 13, 0, 255}},
		"light":       {[]string{"--light", "0,0,-1,0.25"}, color.NRGBA{191, 191, 191, 255}},
		"two lights":  {[]string{"--light", "0,0,-1,0.25", "--light", "0,0,-1,0.2,0,1,0"}, color.NRGBA{191, 242, 191, 255}},
		"from behind": {[]string{"--light", "0,0,1"}, color.NRGBA{128, 128, 128, 255}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := centre(c.args...); got != c.want {
				t.Errorf("%s: the middle is %v, want %v", name, got, c.want)
			}
		})
	}
	if flat, smooth := centre("--set", "light-x=-3"), centre("--set", "light-x=-3", "--shading", "smooth"); flat == smooth {
		t.Errorf("smooth shading gives %v, as flat shading does", smooth)
	}
	before := picture(t, "--mesh", mesh, "--background", behind)
	if got := before.NRGBAAt(0, 0); got != (color.NRGBA{0, 0, 200, 255}) {
		t.Errorf("behind the triangle is %v", got)
	}
	if got := before.NRGBAAt(16, 16); got != (color.NRGBA{128, 128, 128, 255}) {
		t.Errorf("the triangle is %v before an image", got)
	}
}

// TestTurntable reads the frames' number and the first frame of an animation.
func TestTurntable(t *testing.T) {
	out := filepath.Join(t.TempDir(), "turn.png")
	succeed(t, "render", "--mesh", "teapot", "--size", "24", "--azimuth", "30", "--turntable", "5", "--out", out)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte("acTL"))
	if at < 0 || binary.BigEndian.Uint32(data[at+4:]) != 5 || bytes.Count(data, []byte("fcTL")) != 5 {
		t.Error("it is not an animation of 5 frames")
	}
	first, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	still := filepath.Join(t.TempDir(), "still.png")
	succeed(t, "render", "--mesh", "teapot", "--size", "24", "--azimuth", "30", "--out", still)
	file, err := os.ReadFile(still)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for y := range 24 {
		for x := range 24 {
			a, b := color.NRGBAModel.Convert(first.At(x, y)), color.NRGBAModel.Convert(want.At(x, y))
			if a != b {
				t.Fatalf("the first frame at (%d, %d) is %v, the view alone %v", x, y, a, b)
			}
		}
	}
}

func TestBadLookGetsOneSentence(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.png")
	writeFile(t, text, "no picture")
	out := filepath.Join(dir, "x.png")
	for says, args := range map[string][]string{
		"round":                    {"--shading", "round"},
		"not a number":             {"--light", "up"},
		"no direction":             {"--light", "0,0,0"},
		"text.png":                 {"--background", text},
		"gone.png":                 {"--background", filepath.Join(dir, "gone.png")},
		"1…720":                    {"--turntable", "0"},
		"--turntable 1000":         {"--turntable", "1000"},
		"both an image and a colo": {"--background", filepath.Join("..", "..", "docs", "teapot.png"), "--set", "background-r=1"},
	} {
		t.Run(says, func(t *testing.T) {
			status, _, stderr := command(t, append([]string{"render", "--mesh", "teapot", "--out", out}, args...)...)
			if status == 0 || !strings.Contains(stderr, says) || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
				t.Errorf("%v: status %d, %q, want one line that says %q", args, status, stderr, says)
			}
			if _, err := os.Stat(out); err == nil {
				t.Errorf("%v: a picture was written", args)
			}
		})
	}
}

// TestSides draws the six sides, and refuses flags that they leave no room for.
func TestSides(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sides.svg")
	succeed(t, "render", "--mesh", "cup", "--up", "z", "--sides", "--size", "16", "--out", out)
	text, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(text), "<svg") {
		t.Errorf("%.100s, %v", text, err)
	}
	for _, flag := range []string{"--azimuth=1", "--elevation=1", "--turntable=3"} {
		if status, _, message := command(t, "render", "--mesh", "cup", "--sides", flag, "--out", out); status == 0 || !strings.Contains(message, "leave out") {
			t.Errorf("%s: %s", flag, message)
		}
	}
}
