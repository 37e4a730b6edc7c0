package backend

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// flagsVariable holds XLA's own options. A flag that a plugin does not know ends
// the process, so that only those are set that the plugin's file names.
const flagsVariable = "XLA_FLAGS"

// flag is one of XLA's options.
type flag struct{ name, value string }

func (f flag) String() string { return "--" + f.name + "=" + f.value }

// oneDNNFlags make XLA on an x86 CPU give convolutions and matrix products, with
// the bias, the residual and the activation that follow, to oneDNN, where the
// plugin was built with it, instead of to YNNPACK: a network's forward takes about
// half the time.
var oneDNNFlags = []flag{
	{"xla_cpu_experimental_onednn_custom_call", "true"},
	{"xla_cpu_experimental_ynn_fusion_type", ""},
}

// oneDNNTarget is what XLA calls oneDNN's convolution; a plugin built without
// oneDNN knows the flags but not this.
const oneDNNTarget = "__onednn$convolution"

// tritonFlag keeps XLA on a GPU from trying hundreds of Triton kernels for
// every matrix product: a network compiles in 8 s for 50 to 100, and runs as fast
// with cuBLAS's.
var tritonFlag = flag{"xla_gpu_enable_triton_gemm", "false"}

// autotuneFlag names a folder in which XLA on a GPU remembers which kernels were
// the fastest, which halves the time of compiling the same network again.
const autotuneFlag = "xla_gpu_per_fusion_autotune_cache_dir"

// tuning is what is set before a plugin is loaded.
type tuning struct {
	// flags are set together or not at all within each group.
	flags [][]flag
	// oneDNN tells whether the flags switch oneDNN on.
	oneDNN bool
}

// tuningOf returns what suits a plugin, by what its file says it knows.
func tuningOf(plugin Plugin) tuning {
	switch {
	case plugin.IsCUDA():
		wanted := []flag{tritonFlag}
		if dir, err := autotuneDir(); err == nil {
			wanted = append(wanted, flag{autotuneFlag, dir})
		}
		var t tuning
		for _, f := range wanted {
			if mentions(plugin.Path, f.name) {
				t.flags = append(t.flags, []flag{f})
			}
		}
		return t
	case plugin.IsCPU() && mentions(plugin.Path, oneDNNFlags[0].name, oneDNNFlags[1].name, oneDNNTarget):
		return tuning{flags: [][]flag{oneDNNFlags}, oneDNN: true}
	}
	return tuning{}
}

// apply adds the flags to $XLA_FLAGS and tells whether all of them are in
// effect. A group of which one is set to something else there is left out.
func (t tuning) apply() (all bool, err error) {
	set := strings.Fields(os.Getenv(flagsVariable))
	all = true
	var added []string
	for _, group := range t.flags {
		missing, asWanted := compare(group, set)
		all = all && asWanted
		if asWanted {
			added = append(added, missing...)
		}
	}
	if len(added) == 0 {
		return all, nil
	}
	return all, os.Setenv(flagsVariable, strings.Join(append(added, set...), " "))
}

// compare returns which flags are not set, and whether those that are have the
// values wanted: a process that this one started inherits them.
func compare(group []flag, set []string) (missing []string, asWanted bool) {
	asWanted = true
	for _, f := range group {
		at := slices.IndexFunc(set, func(s string) bool {
			name, _, _ := strings.Cut(strings.TrimLeft(s, "-"), "=")
			return name == f.name
		})
		if at < 0 {
			missing = append(missing, f.String())
		} else if strings.TrimLeft(set[at], "-") != strings.TrimLeft(f.String(), "-") {
			asWanted = false
		}
	}
	return missing, asWanted
}

// exactFloat32 keeps CUDA's libraries from rounding the factors of float32
// products to TF32's 10 bits, unless the options ask for it: it moves logits by
// 0.7 %, and gradients by almost half. It returns go-xla's options.
func exactFloat32(options []string) ([]string, error) {
	for _, o := range options {
		if name, _, _ := strings.Cut(o, "="); name == "tf32" {
			if o == "tf32=false" {
				return options, forbidTF32()
			}
			return options, nil
		}
	}
	return append(slices.Clone(options), "tf32=false"), forbidTF32()
}

// forbidTF32 tells cuDNN, whose convolutions go-xla's option does not reach.
func forbidTF32() error {
	const variable = "NVIDIA_TF32_OVERRIDE"
	if os.Getenv(variable) != "" {
		return nil
	}
	return os.Setenv(variable, "0")
}

// autotuneDir returns the folder for autotuneFlag, and makes it.
func autotuneDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "semrob", "xla-autotune")
	if strings.ContainsAny(dir, " \t") {
		return "", os.ErrInvalid // flags are separated by spaces
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// mentions tells whether the constants of a shared library hold all of some
// words. It reads some tens of megabytes.
func mentions(path string, words ...string) bool {
	library, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer library.Close()
	left := slices.Clone(words)
	for _, section := range library.Sections {
		if !strings.HasPrefix(section.Name, ".rodata") || section.Type == elf.SHT_NOBITS {
			continue
		}
		text, err := io.ReadAll(section.Open())
		if err != nil {
			return false
		}
		left = slices.DeleteFunc(left, func(word string) bool { return bytes.Contains(text, []byte(word)) })
		if len(left) == 0 {
			return true
		}
	}
	return false
}
