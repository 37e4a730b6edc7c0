package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// lookFlags say what the object looks like besides the semantic parameters.
type lookFlags struct {
	materials  bool
	shading    string
	lights     []string
	background string
}

func (f *lookFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.materials, "materials", false, "draw the colours and textures of the mesh's file, which object-r, -g and -b then multiply (default: white)")
	flags.StringVar(&f.shading, "shading", string(render.Flat), fmt.Sprintf("%s, as in the paper, or %s", render.Flat, render.Smooth))
	flags.StringArrayVar(&f.lights, "light", nil, "`x,y,z[,intensity[,r,g,b]]` of a further light: the direction towards it, 0.5 and white by default (repeatable)")
	flags.StringVar(&f.background, "background", "", "`image` to stand behind the object, cropped and resized to fill the picture: PNG, JPEG or GIF")
}

// read puts what the flags say into a subject.
func (f *lookFlags) read(s *semrob.Subject) error {
	var err error
	if s.Shading, err = render.ParseShading(f.shading); err != nil {
		return err
	}
	s.Materials, s.Background = f.materials, f.background
	for _, text := range f.lights {
		light, err := render.ParseLight(text)
		if err != nil {
			return err
		}
		s.Lights = append(s.Lights, light)
	}
	return nil
}
