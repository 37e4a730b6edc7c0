package subject

import (
	"math"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/render/device"
)

// Views that are answered on the device have the values of those that are drawn on the
// host, and keep what they use.
func TestPoolAnswersOnTheDevice(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the rasteriser, which takes seconds")
	}
	registerBright(t, "bright")
	s := Subject{Mesh: "cup", Class: "teapot", Network: "bright"}
	host := &Pool{}
	defer host.Close()
	want := value(t, open(t, host, s))

	p := &Pool{Rasterizer: device.Device, Networks: 1, Objects: 1, onDevice: true}
	first := open(t, p, s)
	if first.Objective.Direct == nil {
		t.Fatal("views are drawn on the host")
	}
	if got := value(t, first); math.Abs(got-want) > 1e-4 || want == 0 {
		t.Errorf("f is %g on the device, %g on the host", got, want)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	// Another object does not take away what the first one's views use.
	registerBright(t, "bright2")
	other := open(t, p, Subject{Mesh: "teapot", Class: "teapot", Network: "bright2"})
	again := open(t, p, s)
	if again.Objective.Direct != first.Objective.Direct {
		t.Error("the views were made again")
	}
	if got := value(t, again); math.Abs(got-want) > 1e-4 {
		t.Errorf("f is %g again, %g on the host", got, want)
	}
	for _, o := range []*Opened{other, again} {
		if err := o.Release(); err != nil {
			t.Error(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if n := len(p.networks.entries) + len(p.objects.entries) + len(p.directs.entries); n != 0 {
		t.Errorf("%d parts are left after Close", n)
	}
}
