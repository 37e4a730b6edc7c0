"""How fast PyTorch runs an image classifier: the best of several ways.

Weights are random: they do not change how long it takes.
"""
import time

import torch
import torchvision

# Names of ours that torchvision writes otherwise.
NAMES = {"wide-resnet50-2": "wide_resnet50_2"}


def model(name):
    """The PyTorch module of one of our names, and its input size."""
    if name.startswith("efficientnet-lite"):
        from efficientnet_lite_pytorch import EfficientNet

        size = {"0": 224, "1": 240, "2": 260, "3": 280, "4": 300}[name[-1]]
        return EfficientNet.from_name(name), size
    size = 299 if name == "inception-v3" else 224
    extra = {"init_weights": False, "aux_logits": True} if name == "inception-v3" else {}
    make = getattr(torchvision.models, NAMES.get(name, name.replace("-", "_")))
    return make(weights=None, **extra), size


def ways(module, images):
    """Pairs of a description and a function of images, each a way to run the module."""
    for layout, memory in (("NCHW", torch.contiguous_format), ("NHWC", torch.channels_last)):
        placed = module.to(memory_format=memory)
        x = images.contiguous(memory_format=memory)
        yield f"eager {layout}", placed, x
        try:
            with torch.no_grad():
                frozen = torch.jit.freeze(torch.jit.trace(placed, x, check_trace=False))
        except Exception as why:  # a module that cannot be traced is timed eagerly only
            print(f"  not traced: {str(why).splitlines()[0]}", flush=True)
            continue
        yield f"frozen {layout}", frozen, x


def forward(run, x):
    with torch.inference_mode():
        return run(x)


def gradient(run, x):
    x = x.detach().requires_grad_(True)
    run(x)[:, 7].sum().backward()
    return x.grad


def rate(what, run, x, seconds):
    """Images per second over at least this many seconds, after two runs to warm up."""
    for _ in range(2):
        what(run, x)
    runs, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < seconds or runs < 2:
        what(run, x)
        runs += 1
    return runs * len(x) / took


def best(name, direction, batch, seconds):
    """The most images per second of all ways, and which way it was."""
    torch.manual_seed(0)
    module, size = model(name)
    module.eval()
    for p in module.parameters():
        p.requires_grad_(False)
    images = torch.rand(batch, 3, size, size)
    what = {"forward": forward, "gradient": gradient}[direction]
    return max((rate(what, run, x, seconds), way) for way, run, x in ways(module, images))
