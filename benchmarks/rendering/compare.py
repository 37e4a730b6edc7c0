"""Compares the speed of our host renderer and deodr on one machine.

    python3 benchmarks/rendering/compare.py

Creates a virtual environment with deodr in .build/deodr on the first run. Both draw
the same eight views of the same closed mesh, one sample per pixel, in turn, so that
other load on the machine affects both; ours on all cores, deodr as its users run
it. Prints Markdown tables: milliseconds per view and their ratio, and our time and
memory by the number of faces.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENV = ROOT / ".build" / "deodr"


def enter_venv():
    """Runs this script again in the virtual environment, which it creates if missing."""
    if pathlib.Path(sys.prefix).resolve() == VENV.resolve():
        return
    ready = VENV / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        subprocess.run([str(VENV / "bin" / "pip"), "install", "-q", "-r", str(HERE / "requirements.txt")], check=True)
        ready.touch()
    python = str(VENV / "bin" / "python")
    os.execv(python, [python, *sys.argv])


def read_obj(path):
    import numpy as np

    lines = [line.split() for line in open(path)]
    vertices = np.array([line[1:] for line in lines if line[0] == "v"], dtype=np.float64)
    faces = np.array([line[1:] for line in lines if line[0] == "f"], dtype=np.int64) - 1
    return vertices, faces


def cameras(views, size):
    """The views of main.go as cameras of deodr, mirrored as in the paper; see render.Camera."""
    import numpy as np
    from deodr.differentiable_renderer import Camera

    focal = size / 2 / np.tan(np.radians(30))
    intrinsic = np.array([[focal, 0, (size - 1) / 2], [0, focal, (size - 1) / 2], [0, 0, 1]])
    for i in range(views):
        a, e = 2 * np.pi * i / views, np.radians(20)
        forward = np.array([-np.cos(e) * np.sin(a), -np.sin(e), np.cos(e) * np.cos(a)])
        right = np.array([np.cos(a), 0, np.sin(a)])
        rotation = np.stack([right, -np.cross(forward, right), forward])
        yield Camera(np.column_stack([rotation, [0, 0, 2.732]]), intrinsic, size, size, checks=False)


class Deodr:
    """deodr's renderer of a mesh, with a directional light; sigma 0 is without antialiasing."""

    def __init__(self, vertices, faces, size, views, sigma):
        import numpy as np
        from deodr.differentiable_renderer import Scene3D
        from deodr.triangulated_mesh import ColoredTriMesh

        self.scene = Scene3D(sigma=sigma)
        self.scene.set_mesh(ColoredTriMesh(faces, vertices, clockwise=False, colors=np.ones((len(vertices), 3))))
        self.scene.set_light(light_directional=np.array([0.0, -0.5, 0.0]), light_ambient=0.5)
        self.scene.set_background_color([0, 0, 0])
        self.cameras = list(cameras(views, size))

    def draw(self):
        return [self.scene.render(c) for c in self.cameras]

    def ms_per_view(self, seconds):
        start, drawn = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            drawn += len(self.draw())
        return (time.perf_counter() - start) * 1e3 / drawn


def ours(binary, **flags):
    arguments = [f"-{name}={value}" for name, value in flags.items()]
    return json.loads(subprocess.run([binary, *arguments], check=True, capture_output=True, text=True).stdout)


def compare(binary, folder, options):
    obj = os.path.join(folder, "mesh.obj")
    subprocess.run([binary, f"-faces={options.faces}", f"-write={obj}"], check=True)
    vertices, faces = read_obj(obj)
    flags = dict(faces=options.faces, size=options.size, seconds=options.seconds)
    sharp = Deodr(vertices, faces, options.size, 8, 0)
    smooth = Deodr(vertices, faces, options.size, 8, 1)
    # Check that both draw the same object in the same place, by the share of the picture it covers.
    for view, (mine, picture) in enumerate(zip(ours(binary, **flags)["covered"], sharp.draw())):
        theirs = float((picture.sum(axis=2) > 0).mean())
        if abs(mine - theirs) > 0.01:
            sys.exit(f"view {view}: the object covers {mine:.3f} of our picture and {theirs:.3f} of deodr's: the comparison is meaningless")
    rounds = {"semrob": [], "deodr": [], "deodr, antialiased": []}
    for _ in range(options.rounds):
        rounds["semrob"].append(ours(binary, **flags)["ms_per_view"])
        rounds["deodr"].append(sharp.ms_per_view(options.seconds))
        rounds["deodr, antialiased"].append(smooth.ms_per_view(options.seconds))
    print(f"{len(faces)} faces, {options.size}², one sample per pixel, median of {options.rounds} rounds:\n")
    print("| renderer | ms per view | times ours (each round) |\n|---|---|---|")
    for name, times in rounds.items():
        ratios = [t / o for t, o in zip(times, rounds["semrob"])]
        print(f"| {name} | {statistics.median(times):.2f} | {statistics.median(ratios):.1f} ({', '.join(f'{r:.1f}' for r in ratios)}) |")


def growth(binary, options):
    print("\nOurs by the number of faces, at 2×2 samples per pixel (the default):\n")
    print("| faces | ms per view | µs per 1000 faces | MiB per view drawn at a time | MiB of the mesh |\n|---|---|---|---|---|")
    for faces in (1000, 10000, 40000, 100000, 1000000):
        m = ours(binary, faces=faces, size=options.size, supersample=2, seconds=options.seconds)
        print(f"| {m['faces']} | {m['ms_per_view']:.2f} | {m['ms_per_view'] * 1e6 / m['faces']:.0f} "
              f"| {m['bytes_per_view'] / 2**20:.1f} | {m['bytes_of_mesh'] / 2**20:.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=int, default=40000)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="duration of each measurement")
    options = parser.parse_args()
    enter_venv()
    print(f"{os.cpu_count()} cores, {platform.machine()}\n")
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "rendering")
        subprocess.run(["go", "build", "-o", binary, "./benchmarks/rendering"], cwd=ROOT, check=True)
        compare(binary, folder, options)
        growth(binary, options)


if __name__ == "__main__":
    main()
