package subject

import "testing"

func TestOpensWith(t *testing.T) {
	for _, c := range [][3]string{
		{"resnet50=a/w.pth", "/x/1.pth", "resnet50=/x/1.pth"}, {"w.safetensors", "/x/2.safetensors", "/x/2.safetensors"},
		{"efficientnet-lite1", "/x/3.pth", "efficientnet-lite1=/x/3.pth"},
	} {
		if got := opensWith(c[0], c[1]); got != c[2] {
			t.Errorf("opensWith(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
