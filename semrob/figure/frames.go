package figure

import (
	"image"
	"image/draw"
	"io"
	"time"
)

// WriteFrames writes pictures pixel by pixel as an animated PNG that repeats, such
// as an object on a turntable. A GIF would not do: shades and textures have more
// than 256 colours. Frames must have equal sizes; transparency becomes black. Each
// frame is shown for the duration every, at least 1 ms.
func WriteFrames(w io.Writer, frames []image.Image, every time.Duration) error {
	var size image.Point
	if len(frames) > 0 {
		size = frames[0].Bounds().Size()
	}
	if err := checkAnimation(len(frames), size.X, size.Y); err != nil {
		return err
	}
	return writeAPNG(w, len(frames), false, func(int) time.Duration { return every }, func(i int) (*image.RGBA, error) {
		frame := frames[i].Bounds()
		img := image.NewRGBA(image.Rectangle{Max: frame.Size()})
		draw.Draw(img, img.Rect, image.Black, image.Point{}, draw.Src)
		draw.Draw(img, img.Rect, frames[i], frame.Min, draw.Over)
		return img, nil
	})
}
