package figure

import (
	"fmt"
	"image"
	"image/draw"
	"io"
	"time"
)

// WriteFrames writes pictures, pixel by pixel, as an animated PNG that begins
// again after the last: a rendered object on a turntable, for instance. It is
// a PNG, not a GIF, because shades and textures have more than 256 colours. All
// frames must have one size; what is transparent in them becomes black. Each is
// shown for every (at least 1 ms).
func WriteFrames(w io.Writer, frames []image.Image, every time.Duration) error {
	if len(frames) == 0 {
		return fmt.Errorf("writing an animation: it has no frames")
	}
	size := frames[0].Bounds().Size()
	if pixels := float64(size.X) * float64(size.Y) * float64(len(frames)); pixels > animationLimit {
		return fmt.Errorf("writing an animation: %d frames of %d × %d pixels are too many: take fewer or smaller ones", len(frames), size.X, size.Y)
	}
	out := &apng{w: w, frames: len(frames)}
	var last *image.RGBA
	for i, frame := range frames {
		if frame.Bounds().Size() != size || size.X == 0 || size.Y == 0 {
			return fmt.Errorf("writing an animation: frame %d has %v pixels, the first %v: all frames must have one size", i+1, frame.Bounds().Size(), size)
		}
		img := image.NewRGBA(image.Rectangle{Max: size})
		draw.Draw(img, img.Rect, image.Black, image.Point{}, draw.Src)
		draw.Draw(img, img.Rect, frame, frame.Bounds().Min, draw.Over)
		if err := out.frame(img, changed(last, img), every); err != nil {
			return fmt.Errorf("writing an animation: %w", err)
		}
		last = img
	}
	if err := out.close(); err != nil {
		return fmt.Errorf("writing an animation: %w", err)
	}
	return nil
}
