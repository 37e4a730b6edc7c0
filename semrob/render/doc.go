// Package render draws a mesh in a semantic scene (camera, light, colours), as the
// input of an image classifier.
//
// It follows the look-at mode of Kato, Ushiku and Harada, "Neural 3D Mesh
// Renderer" (CVPR 2018), the reference renderer, which Hamdi and Ghanem used in
// "Towards Analyzing Semantic Robustness of Deep Neural Networks" (ECCV-W 2020):
// flat shading, every face drawn in both windings, at twice the size and
// box-averaged.
//
// A picture is made in two steps. Visibility finds which face covers each sample
// ([VisibilityBuffer], [Renderer.Visibility]); it is not differentiable, and its
// implementation depends on the device. Shading colours the samples and averages
// them. The steps are separate so that another shading, such as a differentiable
// graph on an accelerator, can use the same visibility.
//
// The paper's object is white and flat-shaded on one colour. Optional are
// materials with textures and smooth shading ([Options]), further lights and an
// image behind the object ([Scene]); [Surface] defines how they are computed.
// Textures are sampled bilinearly at one mip level for each sample, and averaged
// with the samples of a pixel.
//
// Pictures are as a camera takes them. The reference's camera, which is the choice
// [Paper] of Options.Camera, is at the same place, but its x axis points to the left
// of an observer there: its pictures are mirrored, and letters on a texture read
// backwards. Azimuth and elevation place the camera in both. Growing azimuth moves it
// clockwise around the object, seen from above: the side that faces azimuth 90 is at
// the left of a physical picture from azimuth 0, and at the right of the paper's.
//
// The rasteriser in this package runs on the host. It projects every vertex once,
// tests small triangles strip by strip without a branch, and fills large ones row
// by row; edges are exact, so neighbouring faces leave no gap. Views, or rows of a
// view, are drawn concurrently on all cores.
package render

// Version identifies the pictures that this package makes. It changes whenever a
// picture may differ from that of an earlier version for the same mesh, scene and
// options. Keys of results on disk contain it.
const Version = "4"
