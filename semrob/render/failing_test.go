package render

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// TestFilesAsPeopleHaveThem draws small files of common kinds, each a square or a
// ball, and looks at the middles of its quarters.
func TestFilesAsPeopleHaveThem(t *testing.T) {
	type colour = [3]float64
	red, green, blue, yellow, white, black := colour{1}, colour{0, 1}, colour{0, 0, 1}, colour{1, 1}, colour{1, 1, 1}, colour{}
	all := func(c colour) [4]colour { return [4]colour{c, c, c, c} }
	// As in the file, seen from its front: red, green, blue and yellow, row by row.
	pattern := [4]colour{red, green, blue, yellow}
	grey := math.Pow(0.5, 1/2.4)*1.055 - 0.055
	for name, want := range map[string][4]colour{
		"ply_vertex_colours.ply": all(red), "ply_diffuse_colours.ply": all(red),
		"glb_factor_half_grey_linear.glb":             all(colour{grey, grey, grey}),
		"shapenet_layout/models/model_normalized.obj": pattern, "ycb_no_usemtl/textured.obj": pattern,
		"quoted_names/m.obj": pattern, "quoted_names/quoted_mtllib.obj": pattern, "case_differs/m.obj": pattern, "kd0_with_map/m.obj": pattern,
		"specgloss_diffuseTexture.glb": pattern, "required_KHR_materials_pbrSpecularGlossiness.glb": pattern, "required_KHR_texture_basisu.glb": pattern,
		"emissive_texture_black_base.glb": pattern, "unlit.glb": pattern, "ply_st_texture.ply": pattern, "glb_without_extension": pattern,
		"hull.glb": all(red), "sketchup_two_sided/m.obj": all(red), "sketchup_two_sided/t.obj": all(red),
		"alpha_mask.glb":     {black, green, blue, yellow},
		"obj_concave.obj":    {black, white, black, white},
		"ply_concave.ply":    {black, white, black, white},
		"tex_webp_plain.glb": pattern, "webp_nofallback_optional.glb": pattern, "skin_node_transform_ignored.glb": pattern,
		"stl_two_solids.stl": all(white), "stl_solid_without_name.stl": all(white), "stl_uppercase.stl": all(white), "stl_leading_space.stl": all(white),
		"stl_binary_trailing_bytes.stl": all(white), "obj_two_corner_face.obj": all(white), "obj_nan_unused_vertex.obj": all(white),
		"ply_nan_normals.ply": all(white), "ply_tristrips.ply": all(white),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := mesh.Load(filepath.Join("..", "mesh", "testdata", "failing", filepath.FromSlash(name)))
			if err != nil {
				t.Fatal(err)
			}
			scene := DefaultScene()
			scene.Azimuth, scene.Directional, scene.Ambient = 180, 0, 1
			if name == "unlit.glb" || name == "emissive_texture_black_base.glb" {
				scene.Ambient = 0.2
			}
			r, err := New(m, Options{Size: 64, Materials: true})
			if err != nil {
				t.Fatal(err)
			}
			picture := render(t, r, scene)
			for i, want := range want {
				x, y := 32+10*(2*(i%2)-1), 32+10*(2*(i/2)-1)
				if name == "obj_concave.obj" || name == "ply_concave.ply" {
					x, y = 32+15*(2*(i%2)-1), 32+3*(2*(i/2)-1)
				}
				for k, c := range want {
					if got := float64(picture[3*(64*y+x)+k]); math.Abs(got-c) > 0.02 {
						t.Errorf("quarter %d: channel %d is %.3f, want %.3f", i, k, got, c)
					}
				}
			}
		})
	}
}
