"""Times our networks and PyTorch's side by side, in one run on one machine.

    python3 -m venv .build/pytorch && .build/pytorch/bin/pip install -r benchmarks/networks/requirements.txt
    .build/pytorch/bin/python benchmarks/networks/compare.py

Prints a Markdown table: images per second of both and their ratio. Each pair
is timed in turn, so that what else the machine does weighs on both.
"""
import argparse
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import torch

import pytorch

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT = ["efficientnet-lite0", "resnet50", "vgg16", "alexnet", "inception-v3", "vit-b-16"]


def build(folder):
    binary = os.path.join(folder, "network.test")
    subprocess.run(["go", "test", "-c", "-o", binary, "./semrob/network"], cwd=ROOT, check=True)
    return binary


def ours(binary, name, direction, batch, seconds):
    """Our images per second and seconds to compile."""
    out = subprocess.run(
        [binary, "-test.run=^$", f"-test.bench=^BenchmarkNetworks$/^{name}$/^{direction}$/^{batch}$", f"-test.benchtime={seconds}s"],
        cwd=ROOT / "semrob" / "network", check=True, capture_output=True, text=True,
    ).stdout
    figures = {unit: float(value) for value, unit in re.findall(r"([\d.]+) (images/s|compile-s)", out)}
    if len(figures) != 2:
        sys.exit(f"no figures for {name} {direction} {batch}:\n{out}")
    return figures["images/s"], figures["compile-s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", default=DEFAULT)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 16, 64])
    parser.add_argument("--directions", nargs="+", default=["forward", "gradient"])
    parser.add_argument("--seconds", type=float, default=5, help="for each measurement")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(f"{args.threads} threads, {platform.machine()}, PyTorch {torch.__version__}, fp32; images per second\n")
    print("| network | direction | batch | PyTorch | its way | ours | ratio | compile s |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        binary = build(folder)
        for name in args.networks:
            for direction in args.directions:
                for batch in args.batches:
                    theirs, way = pytorch.best(name, direction, batch, args.seconds)
                    mine, compile = ours(binary, name, direction, batch, args.seconds)
                    print(f"| {name} | {direction} | {batch} | {theirs:.1f} | {way} | {mine:.1f} | {mine / theirs:.2f} | {compile:.1f} |", flush=True)


if __name__ == "__main__":
    main()
