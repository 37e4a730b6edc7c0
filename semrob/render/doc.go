// Package render turns a mesh and a semantic scene (camera, light, colours)
// into the picture a network sees.
//
// It is the look-at mode of Kato, Ushiku and Harada, "Neural 3D Mesh Renderer"
// (CVPR 2018), whose pictures Hamdi and Ghanem, "Towards Analyzing Semantic
// Robustness of Deep Neural Networks" (ECCV-W 2020), analyse: flat shading,
// every face drawn in both windings, twice the size, box-averaged.
//
// A picture is made in two steps. Visibility says which face covers each
// sample (VisibilityBuffer, [Renderer.Visibility]); it is not differentiable
// and its implementation depends on the device. Shading colours the samples
// and averages them. The two are kept apart so that another shading, such as a
// differentiable graph on an accelerator, can take the same visibility as its
// input.
//
// Beyond the paper's white, flat-shaded object on one colour, all of it optional:
// materials with textures and smooth shading (Options), further lights and an
// image behind the object (Scene). Surface says exactly how they are computed.
// Textures are sampled bilinearly on one mip level for each sample, and averaged
// with the samples of a pixel.
//
// The camera is the reference's, whose x axis points to the left of someone who
// stands there: pictures are mirrored, and letters on a texture read backwards.
//
// The rasteriser here runs on the host. It places every vertex once, tests
// small triangles strip by strip without a branch and fills large ones row by
// row; edges are exact, so neighbouring faces leave no gap. Views, or rows of a
// view, are drawn side by side on all cores.
package render

// Version names the pictures this package makes: it changes whenever a picture
// may differ from what an earlier version made of the same mesh, scene and
// options. Keys of results on disk contain it.
const Version = "1"
