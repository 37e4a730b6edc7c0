"""Writes golden files of small members of timm's families with generated weights.

    .build/pytorch/bin/python benchmarks/networks/families.py semrob/network/architecture/testdata

They have few blocks, small images and ten classes, so that the tests of every change compare
them. semrob/network/architecture/small_test.go has the same members. Weights and images are
generated as in golden.py.
"""
import json
import pathlib
import sys

import torch
from timm.models import resnet

from golden import golden

CLASSES = 10


def short_resnet(block, **options):
    """A ResNet of two stages."""
    module = resnet.ResNet(block, layers=(2, 1), channels=(64, 128), num_classes=CLASSES, stem_width=32, avg_down=True, **options)
    module.layer3 = module.layer4 = torch.nn.Identity()
    return module


def models():
    """Name, module and size of the images of each golden file."""
    yield "resnet-d", short_resnet(resnet.BasicBlock, stem_type="deep"), 37
    yield "seresnext-t", short_resnet(
        resnet.Bottleneck, stem_type="deep_tiered", cardinality=32, base_width=4, block_args=dict(attn_layer="se")), 32


def main(folder, *names):
    for name, module, size in models():
        if not names or name in names:
            pathlib.Path(folder, name + ".json").write_text(json.dumps(golden(name, module, size)) + "\n")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
