"""Runs an image classifier in the fastest of PyTorch's modes.

Weights are random, which does not affect the speed.
"""
import time

import torch
import torchvision

# Image sizes of networks that do not use 224 pixels.
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
    known = name.replace("-", "_")
    if not hasattr(torchvision.models, known):
        import timm

        return timm.create_model(known), timm.get_pretrained_cfg(known).input_size[-1]
    extra = {"init_weights": False, "aux_logits": True} if name == "inception-v3" else {}
    return getattr(torchvision.models, known)(weights=None, **extra), SIZES.get(name, 224)


def ways(module, images, only=None):
    """Ways to run the module, in one layout or both: description, function of images, and images."""
    for layout, memory in (("NCHW", torch.contiguous_format), ("NHWC", torch.channels_last)):
        if only not in (None, layout):
            continue
        placed = module.to(memory_format=memory)
        x = images.contiguous(memory_format=memory)
        yield f"eager {layout}", placed, x
        try:
            with torch.no_grad():
                frozen = torch.jit.freeze(torch.jit.trace(placed, x, check_trace=False))
        except Exception as why:  # without a trace only eager mode is timed
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


# The number of images for choosing the fastest way.
FEW = 4


def seconds(run):
    """The faster of two runs after a warm-up."""
    run()
    took = []
    for _ in range(2):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return min(took)


def fastest(name, direction, batch):
    """The fastest way to run a number of images, ready to run, and its description."""
    torch.manual_seed(0)
    module, size = model(name)
    module.eval()
    for p in module.parameters():
        p.requires_grad_(False)
    what = {"forward": forward, "gradient": gradient}[direction]
    # The fast path of attention has no derivative.
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
