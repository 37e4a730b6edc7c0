// Command contact draws all meshes below a folder on one sheet, with their colours
// and textures, to be looked at: no texture should be lost, and nothing lie on its
// side.
//
//	go run ./benchmarks/contact -out sheet.png MESHES
//
// Below each picture stands the mesh's folder or file; those with warnings are
// marked with (!), and the warnings are printed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// endings are those of mesh files.
var endings = []string{".obj", ".glb", ".gltf", ".ply", ".stl"}

func main() {
	scene := render.DefaultScene()
	var options render.Options
	out := flag.String("out", "sheet.png", "PNG, SVG or PDF `file` to write")
	white := flag.Bool("white", false, "draw white objects")
	flag.IntVar(&options.Size, "size", 190, "pixels along each side of a picture")
	flag.Float64Var(&scene.Azimuth, "azimuth", 215, "of the camera, in degrees")
	flag.Float64Var(&scene.Elevation, "elevation", 25, "of the camera, in degrees")
	flag.Func("up", "axis of the files that points up", func(text string) error { return options.Up.UnmarshalText([]byte(text)) })
	flag.Parse()
	options.Materials = !*white
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: contact [flags] FOLDER")
		flag.PrintDefaults()
		os.Exit(2)
	}
	scene.Background, scene.Ambient = [3]float64{0.5, 0.5, 0.5}, 0.6
	if err := sheet(flag.Arg(0), *out, options, scene); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

// sheet draws the meshes below a folder.
func sheet(folder, out string, options render.Options, scene render.Scene) error {
	var paths []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && slices.Contains(endings, strings.ToLower(filepath.Ext(path))) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	strip := &figure.Filmstrip{Title: filepath.Base(folder), Columns: 10, Width: 1500}
	failed, warned := 0, 0
	for _, path := range paths {
		m, err := mesh.Load(path)
		if err != nil {
			failed++
			fmt.Println("not drawn:", err)
			continue
		}
		caption := name(folder, path)
		warnings := options.Visible(m).Warnings
		if len(warnings) > 0 {
			caption = "(!) " + caption
			warned++
			fmt.Println(path + "\n  " + strings.Join(warnings, "\n  "))
		}
		r, err := render.New(m, options)
		if err != nil {
			return err
		}
		picture, err := r.Image(context.Background(), scene)
		if err != nil {
			return err
		}
		strip.Views = append(strip.Views, figure.View{Image: picture, Value: math.NaN(), Caption: caption})
	}
	strip.Subtitle = fmt.Sprintf("%d meshes, %d with warnings, %d not drawn", len(paths), warned, failed)
	fmt.Println(strip.Subtitle)
	return figure.Save(out, strip)
}

// name returns a short name of a mesh: its file, or the first folders below the sheet's.
func name(folder, path string) string {
	within, err := filepath.Rel(folder, path)
	if err != nil {
		return filepath.Base(path)
	}
	parts := strings.Split(filepath.ToSlash(within), "/")
	if len(parts) == 1 {
		return parts[0]
	}
	for i, part := range parts {
		parts[i] = part[:min(len(part), 8)]
	}
	return strings.Join(parts[:min(2, len(parts))], "/")
}
