// Package sensitivity tells which factors of a semantic space matter: how much of the
// variance of f, and of whether the network is right, each axis or group of axes
// explains.
//
// Sobol indices split the variance of f over uniform points of a box (Sobol 2001).
// The first-order index S of a factor is the share that the factor explains alone,
//
//	S = Var(E[f | factor]) / Var(f),
//
// and its total index T the share that it has a part in, alone or together with
// others:
//
//	T = 1 − Var(E[f | all other factors]) / Var(f).
//
// S ≤ T; without interactions the S add up to 1 and equal the T. The estimators are
// Jansen's (1999) on Saltelli's scheme (Saltelli et al. 2010, table 2): two sets of
// points A and B, and for each factor the set A with the factor's coordinates from B:
// N·(factors + 2) evaluations. The points are several independently scrambled Halton
// sequences. Each of these replicates is an unbiased sample of its own, so their
// scatter shows the error: intervals are bootstrap-t intervals over replicates
// (Efron & Tibshirani 1993, chapter 12), with the jackknife's standard error.
//
// The same evaluations are counterfactuals: where the view at a point of A is right,
// the view at the same point with one factor moved is right or not. Conserved is the
// share that stays right (Ibrahim et al., Counterfactual Simulation Testing, NeurIPS
// 2022).
//
// Where f has a gradient, ν = E[(∂f/∂u)²] bounds total indices from above: T ≤ C·ν/V
// with the Poincaré constant C of the uniform distribution (Sobol & Kucherenko 2009;
// Lamboni et al. 2013): (w/π)² for an axis of width w, (w/2π)² around a whole period.
// The bound holds for a differentiable f; a picture made of pixels changes f in small
// jumps as well, of which its gradient knows nothing.
package sensitivity
