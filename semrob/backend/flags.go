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

// flagsVariable holds XLA's options. An unknown flag ends the process, so only
// flags that occur in the plugin's file are set.
const flagsVariable = "XLA_FLAGS"

// flag is one of XLA's options.
type flag struct{ name, value string }

func (f flag) String() string { return "--" + f.name + "=" + f.value }

// oneDNNFlags make XLA on an x86 CPU compute convolutions and matrix products,
// fused with bias, residual and activation, with oneDNN instead of YNNPACK, if the
// plugin was built with it. This halves the time of a network's forward pass.
var oneDNNFlags = []flag{
	{"xla_cpu_experimental_onednn_custom_call", "true"},
	{"xla_cpu_experimental_ynn_fusion_type", ""},
}

// oneDNNTarget is XLA's name for oneDNN's convolution; a plugin built without
// oneDNN contains the flags but not this.
const oneDNNTarget = "__onednn$convolution"

// tritonFlag stops XLA on a GPU from trying hundreds of Triton kernels for every
// matrix product: a network compiles in 8 s instead of 50 to 100, and runs as fast
// with cuBLAS.
var tritonFlag = flag{"xla_gpu_enable_triton_gemm", "false"}

// autotuneFlag sets the folder in which XLA on a GPU remembers the fastest
// kernels, which halves the time to compile the same network again.
const autotuneFlag = "xla_gpu_per_fusion_autotune_cache_dir"

// librariesFlag sets the folder of NVIDIA's libraries, as go-xla does for plugins that
// it loads itself.
const librariesFlag = "xla_gpu_cuda_data_dir"

// librariesOf returns the folder "nvidia" beside the CUDA plugin's folder, if it is
// there.
func librariesOf(plugin Plugin) (string, bool) {
	dir := filepath.Join(filepath.Dir(filepath.Dir(plugin.Path)), "nvidia")
	info, err := os.Stat(dir)
	return dir, err == nil && info.IsDir() && !strings.ContainsAny(dir, " \t")
}

// tuning is the settings to apply before loading a plugin.
type tuning struct {
	// The flags of a group are set together or not at all.
	flags [][]flag
	// oneDNN reports whether the flags enable oneDNN.
	oneDNN bool
}

// tuningOf returns the tuning for a plugin, limited to flags that its file contains.
func tuningOf(plugin Plugin) tuning {
	switch {
	case plugin.IsCUDA():
		wanted := []flag{tritonFlag}
		if dir, err := autotuneDir(); err == nil {
			wanted = append(wanted, flag{autotuneFlag, dir})
		}
		if dir, ok := librariesOf(plugin); ok {
			wanted = append(wanted, flag{librariesFlag, dir})
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

// apply adds the flags to $XLA_FLAGS and reports whether all of them are in
// effect. A group is left out if one of its flags is already set differently.
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

// compare returns the flags that are not set, and whether the others have the
// desired values: child processes inherit them.
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

// exactFloat32 prevents CUDA's libraries from rounding the factors of float32
// products to TF32's 10 bits, unless the options request it: rounding moves logits
// by 0.7 %, and gradients by almost half. It returns go-xla's options.
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

// forbidTF32 disables TF32 in cuDNN, which go-xla's option does not reach.
func forbidTF32() error {
	const variable = "NVIDIA_TF32_OVERRIDE"
	if os.Getenv(variable) != "" {
		return nil
	}
	return os.Setenv(variable, "0")
}

// autotuneDir creates and returns the folder for autotuneFlag.
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

// mentions reports whether the constants of a shared library contain all words.
// It reads tens of megabytes.
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
