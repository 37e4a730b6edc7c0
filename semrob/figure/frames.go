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
	if size.X == 0 || size.Y == 0 {
		return fmt.Errorf("writing an animation: its frames have %v pixels", size)
	}
	return writeAPNG(w, len(frames), false, func(int) time.Duration { return every }, func(i int) (*image.RGBA, error) {
		frame := frames[i].Bounds()
		img := image.NewRGBA(image.Rectangle{Max: frame.Size()})
		draw.Draw(img, img.Rect, image.Black, image.Point{}, draw.Src)
		draw.Draw(img, img.Rect, frames[i], frame.Min, draw.Over)
		return img, nil
	})
}
