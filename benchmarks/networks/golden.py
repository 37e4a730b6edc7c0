"""Writes golden files: the outputs of PyTorch's architectures with generated weights.

    .build/pytorch/bin/python benchmarks/networks/golden.py FOLDER resnet101 vit-b-32 inception-v3:224
    semrob network check FOLDER/resnet101.json

A name may be followed by a colon and the size of the images. Names that torchvision does not
have are timm's. Without names it writes all of torchvision's and EfficientNet-Lite. Package semrob/network/internal/reference generates
the same weights and images. PyTorch computes in float64, so that its gradient is on the same
side of every kink as ours in float64.
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch

import pytorch

NAMES = (
    "alexnet vgg11 vgg11-bn vgg13 vgg13-bn vgg16 vgg16-bn vgg19 vgg19-bn resnet18 resnet34 resnet50 resnet101 resnet152 "
    "wide-resnet50-2 wide-resnet101-2 inception-v3 mobilenet-v2 mobilenet-v3-large mobilenet-v3-small efficientnet-b0 "
    "efficientnet-b1 efficientnet-b2 efficientnet-b3 efficientnet-b4 efficientnet-lite0 efficientnet-lite1 efficientnet-lite2 "
    "efficientnet-lite3 efficientnet-lite4 convnext-tiny convnext-small convnext-base vit-b-16 vit-b-32 vit-l-16"
).split()
IMAGES, LOGIT, SAMPLES, STRIDE = 2, 7, 64, 4801


def uniform(name, count):
    """count numbers in [-1, 1): splitmix64, seeded with the name's FNV-1a hash."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return ((z ^ z >> np.uint64(31)) >> np.uint64(11)) / 2**52 - 1


def parameter(name, shape):
    """The values of a parameter, rounded to float32."""
    offset, scale = 1, 0.1
    if name.endswith(("running_mean", "bias")):
        offset = 0
    elif len(shape) >= 2 and not name.endswith("running_var"):
        offset, scale = 0, math.sqrt(6 / math.prod(shape[1:]))
    values = offset + scale * uniform(name, math.prod(shape))
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def golden(name, module, size):
    """The content of a golden file for a module under one of our names."""
    shapes = {key: list(value.shape) for key, value in module.state_dict().items() if not key.endswith("num_batches_tracked")}
    module.load_state_dict({key: parameter(key, shape) for key, shape in shapes.items()}, strict=False)
    module = module.double().eval().requires_grad_(False)
    images = ((uniform("image", IMAGES * 3 * size * size) + 1) / 2).astype(np.float32)
    x = torch.from_numpy(images.reshape(IMAGES, 3, size, size)).double().requires_grad_(True)
    logits = module(x)
    logits[:, LOGIT].sum().backward()
    gradient = x.grad.flatten()
    index = [i * STRIDE % gradient.numel() for i in range(SAMPLES)]
    return {
        "arch": name.replace("-", "_"), "input_size": size, "torch": torch.__version__,
        "params": [{"name": key, "shape": shape} for key, shape in shapes.items()],
        "logits": logits.tolist(), "grad_of": f"sum over the batch of logit {LOGIT}, with respect to the NCHW input",
        "grad_l2": gradient.norm().item(), "grad_index": index, "grad_value": gradient[index].tolist(),
    }


def main(folder, *names):
    torch.backends.mha.set_fastpath_enabled(False)  # it has no derivative
    for argument in names or NAMES:
        name, _, size = argument.partition(":")
        module, usual = pytorch.model(name)
        text = json.dumps(golden(name, module, int(size or usual)))
        pathlib.Path(folder, argument.replace(":", "-") + ".json").write_text(text)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
