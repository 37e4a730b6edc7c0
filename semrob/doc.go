// Package semrob is the short public face of the library, for notebook cells and
// small programs. It shows for which points of a semantic parameter space
// (viewpoint, distance, light, colour) an image classifier recognises an object.
//
//	var lab semrob.Lab
//	teapot := semrob.Subject{Mesh: "teapot", Class: "teapot"}
//	m, err := lab.Map(ctx, teapot, semrob.MapOptions{})
//	regions, err := lab.Regions(ctx, teapot, semrob.RegionOptions{})
//	views, err := lab.Views(ctx, teapot, m.Lowest(5, nil))
//
// Results are kept on disk under a key of everything that decides them, so the
// same call returns at once the second time.
//
// The method is that of Hamdi & Ghanem, "Towards Analyzing Semantic Robustness
// of Deep Neural Networks" (ECCV Workshops 2020). The packages below have one
// idea each: mesh, render, network, rendered, objective, subject, question,
// classset, semmap, region, guarantee, verify, worst, sensitivity, slice, calibrate,
// analytic, study, figure, store, backend.
package semrob
