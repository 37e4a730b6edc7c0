// Command labelgen extracts torchvision's 1000 ImageNet labels into a text file
// with one label per line:
//
//	pip download torchvision==0.20.1 --no-deps
//	unzip torchvision-0.20.1-*.whl torchvision/models/_meta.py
//	go run ./semrob/network/internal/labelgen torchvision/models/_meta.py > semrob/network/imagenet.txt
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const header = `# The labels of the 1000 classes of ImageNet (ILSVRC 2012), in the order of the
# classes, one a line. Generated from _IMAGENET_CATEGORIES in
# torchvision/models/_meta.py of torchvision 0.20.1 (BSD-3-Clause, Copyright (c)
# Soumith Chintala 2016) by
#   go run ./semrob/network/internal/labelgen torchvision/models/_meta.py > semrob/network/imagenet.txt
`

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: labelgen torchvision/models/_meta.py")
		os.Exit(2)
	}
	labels, err := categories(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "labelgen:", err)
		os.Exit(1)
	}
	fmt.Print(header, strings.Join(labels, "\n"), "\n")
}

// categories returns the strings of the list _IMAGENET_CATEGORIES.
func categories(path string) ([]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var labels []string
	inside := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSuffix(strings.TrimSpace(lines.Text()), ",")
		switch {
		case strings.HasPrefix(line, "_IMAGENET_CATEGORIES"):
			inside = true
		case inside && line == "]":
			if len(labels) != 1000 {
				return nil, fmt.Errorf("%s lists %d classes, not 1000", path, len(labels))
			}
			return labels, nil
		case inside:
			label, err := strconv.Unquote(line)
			if err != nil {
				return nil, fmt.Errorf("%s: %s is not a double-quoted string", path, line)
			}
			labels = append(labels, label)
		}
	}
	return nil, fmt.Errorf("%s has no complete list _IMAGENET_CATEGORIES: is it torchvision/models/_meta.py?", path)
}
