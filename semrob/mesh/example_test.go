package mesh_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// A generated mesh needs no file; other names are paths.
func ExampleOpen() {
	cup, err := mesh.Open("cup")
	fmt.Println(cup.Name, len(cup.Faces), "faces", err)

	_, err = mesh.Open("samovar")
	var unknown *mesh.UnknownError
	if errors.As(err, &unknown) {
		fmt.Println("unknown:", unknown.Name, "generated:", unknown.Generated)
	}
	// Output:
	// cup 10992 faces <nil>
	// unknown: samovar generated: [bottle cup teapot vase]
}

// A square that the file has in both windings is one face less after merging.
func ExampleReadOBJ() {
	text := "v 0 0 0\nv 4 0 0\nv 4 2 0\nv 0 2 0\nf 1 2 3 4\nf 3 2 1\n"
	m, err := mesh.ReadOBJ(strings.NewReader(text), "square.obj")
	if err != nil {
		fmt.Println(err)
		return
	}
	m = m.MergeDuplicates().Normalized()
	fmt.Println(m.Faces)
	fmt.Println(m.Vertices)

	_, err = mesh.ReadOBJ(strings.NewReader(text+"f 1 2 9\n"), "square.obj")
	fmt.Println(err)
	// Output:
	// [[0 1 2] [0 2 3]]
	// [[-1 -0.5 0] [1 -0.5 0] [1 0.5 0] [-1 0.5 0]]
	// square.obj:7: a face names vertex 9, but the file has 4: correct the index or add the vertices
}
