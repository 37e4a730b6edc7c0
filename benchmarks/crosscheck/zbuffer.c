// A z-buffer on its own terms: nothing of the library's renderer is in it.
//
// Draws flat-shaded triangles of one camera, in double precision, one triangle
// after another, by edge functions over the triangle's bounding box.
//
//   cc -O2 -shared -fPIC -o zbuffer.so zbuffer.c -lm

#include <math.h>
#include <stddef.h>

static double edge(const double *a, const double *b, double x, double y) {
	return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
}

static void normal(const double *a, const double *b, const double *c, double n[3]) {
	double u[3], v[3];
	for (int k = 0; k < 3; k++) {
		u[k] = a[k] - b[k];
		v[k] = c[k] - b[k];
	}
	n[0] = u[1] * v[2] - u[2] * v[1];
	n[1] = u[2] * v[0] - u[0] * v[2];
	n[2] = u[0] * v[1] - u[1] * v[0];
	double length = sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
	for (int k = 0; k < 3; k++) n[k] /= length > 1e-5 ? length : 1e-5;
}

// triangles: [count][3][3], in the mesh's axes. axes: the camera's right, up and
// forward as rows; the eye is at -distance * forward. grey and depth: [size][size],
// row 0 at the top; depth holds a large number where nothing was drawn yet.
//
// Light from above: 0.5 + 0.5 max(0, n.y), on the side that the camera sees.
void draw(const double *triangles, size_t count, const double *axes, double distance, double tangent, int size, double *grey, double *depth) {
	for (size_t t = 0; t < count; t++) {
		const double *vertices = triangles + 9 * t;
		double p[3][2], z[3];
		int behind = 0;
		for (int i = 0; i < 3; i++) {
			double camera[3];
			for (int k = 0; k < 3; k++)
				camera[k] = axes[3 * k] * vertices[3 * i] + axes[3 * k + 1] * vertices[3 * i + 1] + axes[3 * k + 2] * vertices[3 * i + 2];
			z[i] = camera[2] + distance;
			behind |= z[i] < 0.1;
			p[i][0] = (camera[0] / (z[i] * tangent) + 1) * size / 2 - 0.5;
			p[i][1] = (1 - camera[1] / (z[i] * tangent)) * size / 2 - 0.5;
		}
		double area = edge(p[0], p[1], p[2][0], p[2][1]);
		if (behind || area == 0) continue;

		double n[3];
		normal(vertices, vertices + 3, vertices + 6, n);
		// The normal that belongs to the side the camera sees points against the
		// ray from the eye to the triangle.
		double towards = 0;
		for (int k = 0; k < 3; k++) towards += n[k] * (vertices[k] + distance * axes[6 + k]);
		double light = towards < 0 ? n[1] : -n[1];
		double value = 0.5 + 0.5 * (light > 0 ? light : 0);

		int left = (int)ceil(fmax(0, fmin(p[0][0], fmin(p[1][0], p[2][0]))));
		int right = (int)floor(fmin(size - 1, fmax(p[0][0], fmax(p[1][0], p[2][0]))));
		int top = (int)ceil(fmax(0, fmin(p[0][1], fmin(p[1][1], p[2][1]))));
		int bottom = (int)floor(fmin(size - 1, fmax(p[0][1], fmax(p[1][1], p[2][1]))));
		for (int y = top; y <= bottom; y++) {
			for (int x = left; x <= right; x++) {
				double a = edge(p[1], p[2], x, y) / area, b = edge(p[2], p[0], x, y) / area, c = edge(p[0], p[1], x, y) / area;
				if (a < 0 || b < 0 || c < 0) continue;
				double here = 1 / (a / z[0] + b / z[1] + c / z[2]);
				if (here < depth[y * size + x]) {
					depth[y * size + x] = here;
					grey[y * size + x] = value;
				}
			}
		}
	}
}
