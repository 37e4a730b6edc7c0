"""Compares the speed of our networks with PyTorch's, in one run on one machine.

    python3 -m venv .build/pytorch && .build/pytorch/bin/pip install -r benchmarks/networks/requirements.txt
    .build/pytorch/bin/python benchmarks/networks/compare.py

Prints a Markdown table: images per second of both, and their ratio by wall-clock
time and by CPU time per image (medians over the rounds). PyTorch's fastest mode is
chosen with a few images; then both run in turn, once per round, so that other load
affects both. --compile prints compilation times instead.
"""
import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT = ["efficientnet-lite0", "resnet50", "vgg16", "alexnet", "inception-v3", "vit-b-16", "mobilenet-v2"]
LARGEST = ["convnext-base", "vit-l-16", "resnet152", "vgg19-bn", "efficientnet-b4", "wide-resnet50-2", "inception-v3", "efficientnet-lite4"]


def build(folder):
    binary = os.path.join(folder, "ours")
    subprocess.run(["go", "build", "-o", binary, "./benchmarks/networks/ours"], cwd=ROOT, check=True)
    return binary


class Ours:
    """A process that runs our network on request."""

    def __init__(self, binary, name, direction, execution=0):
        self.process = subprocess.Popen([binary, name, direction, str(execution)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.compile = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"ours ended with {self.process.wait()}")
        return tuple(float(word) for word in line.split()[-2:])

    def run(self, batch):
        """Wall-clock and CPU seconds for a number of images."""
        self.process.stdin.write(f"{batch}\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def timed(run):
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def row(theirs, ours, batch, seconds):
    """Rounds of one run each, at least one, until the seconds are over."""
    mine, other, start = [], [], time.perf_counter()
    while not mine or time.perf_counter() - start < seconds:
        other.append(timed(theirs))
        mine.append(ours.run(batch))
    ratio = [statistics.median(o[i] / m[i] for o, m in zip(other, mine)) for i in (0, 1)]
    rate = [batch / statistics.median(wall for wall, _ in side) for side in (other, mine)]
    return rate, ratio, len(mine)


def compare(binary, args):
    import torch

    import pytorch

    torch.set_num_threads(args.threads)
    print(f"{args.threads} threads, {platform.machine()}, PyTorch {torch.__version__}, fp32; images per second\n")
    print("| network | direction | batch | PyTorch | its mode | ours | ratio | ratio by CPU time | rounds |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in args.networks:
        for direction in args.directions:
            for batch in args.batches:
                # Single images need BatchSize 1; otherwise executions are padded.
                ours = Ours(binary, name, direction, execution=args.execution or (1 if batch == 1 else 0))
                theirs, way = pytorch.fastest(name, direction, batch)
                rate, ratio, rounds = row(theirs, ours, batch, args.seconds)
                print(f"| {name} | {direction} | {batch} | {rate[0]:.1f} | {way} | {rate[1]:.1f} | {ratio[0]:.2f} | {ratio[1]:.2f} | {rounds} |", flush=True)
                ours.end()


def compiling(binary, args):
    print("| network | direction | images per execution | compile s | run s | compile, CPU s |")
    print("|---|---|---|---|---|---|", flush=True)
    for name in args.networks:
        for direction in args.directions:
            for batch in args.batches:
                ours = Ours(binary, name, direction, batch)
                # The first run compiles; the next does not.
                run = ours.run(batch)
                compile = [both - once for both, once in zip(ours.compile, run)]
                print(f"| {name} | {direction} | {batch} | {compile[0]:.1f} | {run[0]:.1f} | {compile[1]:.1f} |", flush=True)
                ours.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+")
    parser.add_argument("--batches", nargs="+", type=int)
    parser.add_argument("--directions", nargs="+", default=["forward", "gradient"])
    parser.add_argument("--seconds", type=float, default=4, help="duration of the rounds for each row, at least one round")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--execution", type=int, default=0, help="images per execution of ours (default: 1 for single images, else the library's choice)")
    parser.add_argument("--compile", action="store_true", help="measure compilation, by default of the largest networks")
    args = parser.parse_args()
    args.networks = args.networks or (LARGEST if args.compile else DEFAULT)
    args.batches = args.batches or ([16] if args.compile else [1, 16, 64])
    with tempfile.TemporaryDirectory() as folder:
        binary = build(folder)
        (compiling if args.compile else compare)(binary, args)


if __name__ == "__main__":
    main()
