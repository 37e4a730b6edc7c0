"""The network of the benchmark: torchvision's ResNet18, or sums of NumPy without PyTorch.

As a program it runs the network by itself: for each line of input, which is a number of
batches, it prints the seconds and the seconds of processor time that they took.
"""
import os
import sys
import time

import numpy as np

try:
    import torch
    import torchvision
except ModuleNotFoundError:
    torch = None

BATCH = 64
input_size = 224
batch_size = BATCH  # in one frame: the same calls either way, and nothing overlaps

if torch:
    torch.manual_seed(0)
    network = torchvision.models.resnet18(num_classes=10).eval().requires_grad_(False)
else:
    weights = np.random.default_rng(0).normal(size=(input_size * input_size * 3, 10)).astype(np.float32) / 400

    def network(images):
        x = images.reshape(len(images), -1)
        for _ in range(8):
            scores = np.tanh(x) @ weights
        return scores


with open(os.environ["SEMROB_BENCHMARK_PID"], "w") as pid:
    pid.write(str(os.getpid()))


def direct(batches):
    images = np.random.default_rng(1).random((BATCH, input_size, input_size, 3), np.float32)
    if torch:
        images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(batches):
        if torch:
            with torch.inference_mode():
                network(images)
        else:
            network(images)
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    direct(1)
    for line in sys.stdin:
        print(*direct(int(line)), flush=True)
