package kernelspec

import (
	"fmt"
	"strings"
	"testing"
)

// timedImports starts a cell that prints how much of its own time passed before
// main and in main; the rest is the kernel's: goimports, compiling and linking the
// cell.
const timedImports = `import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/semrob/gonb-semrob/kernelext"
	%s
)

// sinceStart is the age of the process, to 10 ms.
func sinceStart() time.Duration {
	stat, _ := os.ReadFile("/proc/self/stat")
	up, _ := os.ReadFile("/proc/uptime")
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
	began, _ := strconv.ParseFloat(fields[19], 64)
	now, _ := strconv.ParseFloat(strings.Fields(string(up))[0], 64)
	return time.Duration((now - began/100) * float64(time.Second)).Round(10 * time.Millisecond)
}

%%%%
begun := time.Now()
before := sinceStart()
%s
fmt.Println("before main", before, "in main", time.Since(begun).Round(10 * time.Millisecond))`

const timedMap = `grid := kernelext.Must(semrob.ParseGrid("azimuth=0:360:30", "elevation=-10:90:30"))
m := kernelext.Must(lab.Map(kernelext.Context(), semrob.Subject{Mesh: "teapot", Class: "teapot"}, semrob.MapOptions{Axes: grid}))
kernelext.Fail(kernelext.ShowMap(m))`

// TestCellTimes logs how long cells take from run to their first picture: one
// that computes a small map (Lite0, 30° grid), one that shows it again from the
// cache, and one that shows it from a file without linking renderer and
// network. Times are logged and not judged: they depend on what else runs.
func TestCellTimes(t *testing.T) {
	if testing.Short() {
		t.Skip("runs cells through the kernel, which takes longer than a moment")
	}
	if err := Install(t.Context(), Options{Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	o, err := Options{}.resolve()
	if err != nil {
		t.Fatal(err)
	}
	o.Python = o.venvPython()
	t.Setenv("SEMROB_CACHE", t.TempDir())
	const lab, file = `"github.com/semrob/gonb-semrob/semrob"`, `"github.com/semrob/gonb-semrob/semrob/semmap"`
	compute := fmt.Sprintf(timedImports, lab, "var lab semrob.Lab\n"+timedMap+"\n"+`kernelext.Fail(m.Save("map.npz"))`)
	show := fmt.Sprintf(timedImports, lab, "var lab semrob.Lab\n"+timedMap)
	read := fmt.Sprintf(timedImports, file, `kernelext.Fail(kernelext.ShowMap(kernelext.Must(semmap.Load("map.npz"))))`)
	cells := [][2]string{
		{"new map, 48 views", compute},
		{"the same from the cache", show},
		{"the same cell again", show},
		{"from a file, kernelext and semmap alone", read},
		{"the same cell again ", read},
	}
	// Each cell declares its imports anew, as a notebook of its own would.
	var whole [][2]string
	for _, c := range cells {
		whole = append(whole, [2]string{"reset", "%reset"}, c)
	}
	printed, err := runCells(t.Context(), o, t.TempDir(), whole)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, s := range readSteps(printed) {
		if !s.OK {
			t.Fatalf("%s: %s", s.Name, s.Text)
		}
		if s.FirstPicture > 0 {
			shown++
			lines := strings.Split(s.Text, "\n")
			t.Logf("%-40s first picture after %4.1f s, cell over after %4.1f s; %s", s.Name, s.FirstPicture.Seconds(), s.Took.Seconds(), lines[len(lines)-1])
		}
	}
	if shown != len(cells) {
		t.Errorf("%d of %d cells showed a picture:\n%s", shown, len(cells), printed)
	}
}
