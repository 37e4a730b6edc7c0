package backend

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
)

func TestCheckTellsWhatIsWrong(t *testing.T) {
	good := compilePlugin(t, hollowPlugin)
	other := bytes.Clone(good)
	other[18], other[19] = 243, 0 // e_machine: RISC-V
	tests := map[string]struct {
		content []byte
		want    string
	}{
		"sound":          {good, ""},
		"empty":          {nil, "is empty"},
		"text":           {[]byte("not found\n"), "not a shared library"},
		"short":          {[]byte("EL"), "not a shared library"},
		"header only":    {good[:40], "truncated"},
		"half":           {good[:len(good)/2], "truncated"},
		"a byte missing": {good[:len(good)-1], "truncated"},
		"no entry":       {compilePlugin(t, `int f(void) { return 1; }`), "lacks the function GetPjrtApi"},
		"entry wanted":   {compilePlugin(t, `extern void *GetPjrtApi(void); void *f(void) { return GetPjrtApi(); }`), "lacks the function GetPjrtApi"},
		"other machine":  {other, "for EM_RISCV"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pjrt_c_api_cpu_plugin.so")
			writeTestFile(t, path, test.content)
			err := pluginAt(path).Check()
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantError(t, err, path, test.want)
			if e := new(PluginError); !errors.As(err, &e) || e.Path != path {
				t.Errorf("error %v is not a *PluginError of the file", err)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "absent.so")
	if err := pluginAt(missing).Check(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want fs.ErrNotExist", err)
	}
	folder := t.TempDir()
	wantError(t, pluginAt(folder).Check(), folder, "not a file")
}

func TestPluginNames(t *testing.T) {
	tests := map[string]struct {
		name      string
		cpu, cuda bool
	}{
		"/a/pjrt_c_api_cpu_plugin.so":          {"cpu", true, false},
		"/a/pjrt_c_api_cpu_v0.114.0_plugin.so": {"cpu_v0.114.0", true, false},
		"/cpu/pjrt_c_api_cuda_plugin.so":       {"cuda", false, true},
		"/a/pjrt-plugin-tpu.so":                {"tpu", false, false},
		"/cuda/mine.so":                        {"mine", false, false},
	}
	for path, want := range tests {
		t.Run(path, func(t *testing.T) {
			got := pluginAt(path)
			if got.Name != want.name || got.IsCPU() != want.cpu || got.IsCUDA() != want.cuda || got.Path != path {
				t.Errorf("%+v, CPU %v, CUDA %v; want %+v", got, got.IsCPU(), got.IsCUDA(), want)
			}
		})
	}
}

func TestFindOrder(t *testing.T) {
	home := isolate(t)
	first, second := t.TempDir(), t.TempDir()
	alone := filepath.Join(t.TempDir(), "mine.so")
	for _, path := range []string{
		filepath.Join(home, "pjrt_c_api_cpu_plugin.so"),
		filepath.Join(home, "nvidia", "pjrt_c_api_cuda_plugin.so"),
		filepath.Join(first, "pjrt_c_api_cpu_v0.9.0_plugin.so"),
		filepath.Join(first, "pjrt_c_api_cpu_v0.114.0_plugin.so"),
		filepath.Join(first, "readme.so"),
		filepath.Join(second, "pjrt_c_api_cpu_v0.115.0_plugin.so"),
		filepath.Join(second, "pjrt_c_api_cpu_plugin.so"),
		alone,
	} {
		writeTestFile(t, path, []byte("x"))
	}
	absent := filepath.Join(first, "absent.so")
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", first+":"+alone+"::"+absent+":/no/such/folder:"+second+":"+first)
	var got []string
	for _, plugin := range Find() {
		got = append(got, plugin.Path)
	}
	want := []string{
		filepath.Join(first, "pjrt_c_api_cpu_v0.114.0_plugin.so"),
		filepath.Join(first, "pjrt_c_api_cpu_v0.9.0_plugin.so"),
		alone,
		absent,
		filepath.Join(second, "pjrt_c_api_cpu_plugin.so"),
		filepath.Join(second, "pjrt_c_api_cpu_v0.115.0_plugin.so"),
		filepath.Join(home, "pjrt_c_api_cpu_plugin.so"),
		filepath.Join(home, "nvidia", "pjrt_c_api_cuda_plugin.so"),
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%q\nwant\n%q", got, want)
	}
}

func TestLoaderFolders(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "ld.so.conf")
	writeTestFile(t, config, []byte("# comment\ninclude "+dir+"/d/*.conf\n/opt/last\nrelative\n"))
	writeTestFile(t, filepath.Join(dir, "d", "a.conf"), []byte("  /opt/a  \n/opt/b\ninclude "+config+"\n"))
	got := loaderFolders(config, 4) // at the depth's limit: the include is left out
	if want := []string{"/opt/last"}; !slices.Equal(got, want) {
		t.Errorf("at the limit: %q, want %q", got, want)
	}
	got = loaderFolders(config, 3)
	if want := []string{"/opt/a", "/opt/b", "/opt/last"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
