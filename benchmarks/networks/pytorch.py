"""How fast PyTorch runs an image classifier: the best of several ways.

Weights are random: they do not change how long it takes.
"""
import time

import torch
import torchvision

# Sides of the images of those that are not for 224 pixels.
SIZES = {
    "inception-v3": 299,
    "efficientnet-b1": 240, "efficientnet-b2": 288, "efficientnet-b3": 300, "efficientnet-b4": 380,
    "efficientnet-lite1": 240, "efficientnet-lite2": 260, "efficientnet-lite3": 280, "efficientnet-lite4": 300,
}


def model(name):
    """The PyTorch module of one of our names, and its input size."""
    if name.startswith("efficientnet-lite"):
        from efficientnet_lite_pytorch import EfficientNet

        return EfficientNet.from_name(name), SIZES.get(name, 224)
    extra = {"init_weights": False, "aux_logits": True} if name == "inception-v3" else {}
    make = getattr(torchvision.models, name.replace("-", "_"))
    return make(weights=None, **extra), SIZES.get(name, 224)


def ways(module, images, only=None):
    """Descriptions, functions of images and images: each a way to run the module, in one layout or both."""
    for layout, memory in (("NCHW", torch.contiguous_format), ("NHWC", torch.channels_last)):
        if only not in (None, layout):
            continue
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


# With this many images the ways are told apart.
FEW = 4


def seconds(run):
    """The shorter of two runs after one to warm up."""
    run()
    took = []
    for _ in range(2):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return min(took)


def fastest(name, direction, batch):
    """The fastest way to run so many images, ready to run, and which it was."""
    torch.manual_seed(0)
    module, size = model(name)
    module.eval()
    for p in module.parameters():
        p.requires_grad_(False)
    what = {"forward": forward, "gradient": gradient}[direction]
    # Its fast path of attention has no derivative.
    torch.backends.mha.set_fastpath_enabled(direction == "forward")
    few = torch.rand(min(batch, FEW), 3, size, size)
    _, layout, way = min((seconds(lambda: what(run, x)), way.split()[1], way) for way, run, x in ways(module, few))
    images = torch.rand(batch, 3, size, size)
    for way_again, run, x in ways(module, images, layout):
        if way_again == way:
            if batch <= FEW * 4:  # a frozen graph is compiled on its first runs
                for _ in range(2):
                    what(run, x)
            else:
                what(run, x[: FEW * 4])
            return (lambda: what(run, x)), way
    raise RuntimeError(f"{way} is gone")
