package figure

import (
	"bytes"
	"image"
	"image/color"
	"testing"
	"time"
)

// TestFramesComeThroughPixelByPixel plays the written animation.
func TestFramesComeThroughPixelByPixel(t *testing.T) {
	var frames []image.Image
	for i := range 5 {
		frame := image.NewNRGBA(image.Rect(2, 3, 22, 13))
		for y := 3; y < 13; y++ {
			for x := 2; x < 22; x++ {
				frame.SetNRGBA(x, y, color.NRGBA{uint8(12 * x), uint8(20 * y), uint8(50 * i), 255})
			}
		}
		frames = append(frames, frame)
	}
	frames[3] = frames[2] // one that does not change
	var file bytes.Buffer
	if err := WriteFrames(&file, frames, 40*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	p := play(t, file.Bytes())
	if len(p.frames) != len(frames) || p.plays != 0 {
		t.Fatalf("%d frames, %d plays", len(p.frames), p.plays)
	}
	for i, got := range p.frames {
		if p.delays[i] != 40*time.Millisecond {
			t.Errorf("frame %d stays %v", i, p.delays[i])
		}
		for y := range 10 {
			for x := range 20 {
				if want := color.RGBAModel.Convert(frames[i].At(x+2, y+3)); got.At(x, y) != want {
					t.Fatalf("frame %d at (%d, %d) is %v, want %v", i, x, y, got.At(x, y), want)
				}
			}
		}
	}
	for _, bad := range [][]image.Image{nil, {image.NewNRGBA(image.Rectangle{})}, {frames[0], image.NewNRGBA(image.Rect(0, 0, 3, 3))}} {
		if err := WriteFrames(&file, bad, 0); err == nil {
			t.Errorf("no error for %d frames", len(bad))
		}
	}
}
