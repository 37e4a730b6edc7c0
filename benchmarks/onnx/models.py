"""The image classifiers that benchmarks/onnx/table.py exports.

Large networks are built with fewer blocks and channels: their operators are the same.
"""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Row:
    """A model: its name, the size of its images, and its maker."""

    name: str
    size: int
    make: Callable


def torchvision_rows():
    """Rows of torchvision."""
    import torchvision.models as m

    def row(name, size=64, **options):
        return Row("torchvision " + name, size, lambda: getattr(m, name)(weights=None, num_classes=10, **options))

    def small(name, size, make):
        return Row("torchvision " + name, size, make)

    yield row("resnet18")
    yield row("mobilenet_v2")
    yield small("vit", 64, lambda: m.VisionTransformer(image_size=64, patch_size=16, num_layers=2, num_heads=4, hidden_dim=64, mlp_dim=128, num_classes=10))
    yield small("swin", 64, lambda: m.SwinTransformer(patch_size=[4, 4], embed_dim=24, depths=[2, 2], num_heads=[2, 4], window_size=[4, 4], num_classes=10))
    yield small(
        "swin_v2",
        64,
        lambda: m.SwinTransformer(
            patch_size=[4, 4], embed_dim=24, depths=[2, 2], num_heads=[2, 4], window_size=[4, 4], num_classes=10, stochastic_depth_prob=0.0,
            block=m.swin_transformer.SwinTransformerBlockV2, downsample_layer=m.swin_transformer.PatchMergingV2,
        ),
    )
    yield small(
        "maxvit",
        64,
        lambda: m.MaxVit(
            input_size=(64, 64), stem_channels=16, partition_size=4, block_channels=[16, 32], block_layers=[1, 1],
            head_dim=8, stochastic_depth_prob=0.0, num_classes=10,
        ),
    )
    yield row("alexnet", 96)
    yield row("squeezenet1_1")
    yield row("shufflenet_v2_x0_5")
    yield row("mobilenet_v3_small")
    yield row("mnasnet0_5")
    yield row("efficientnet_b0")
    yield row("regnet_y_400mf")
    yield row("regnet_x_400mf")
    yield row("googlenet", 64, aux_logits=False, init_weights=False)
    yield row("inception_v3", 96, aux_logits=False, init_weights=False)
    yield small("resnext", 64, lambda: m.ResNet(m.resnet.Bottleneck, [1, 1, 1, 1], groups=8, width_per_group=4, num_classes=10))
    yield small(
        "convnext",
        64,
        lambda: m.ConvNeXt([m.convnext.CNBlockConfig(24, 48, 1), m.convnext.CNBlockConfig(48, None, 2)], num_classes=10),
    )
    yield small("vgg11_bn", 64, lambda: _small_vgg(m))
    yield row("densenet121")
    yield row("efficientnet_v2_s")


def _small_vgg(m):
    net = m.vgg11_bn(weights=None, num_classes=10, init_weights=False)
    import torch

    net.avgpool = torch.nn.AdaptiveAvgPool2d(1)
    net.classifier = torch.nn.Linear(512, 10)
    return net


TIMM = """
resnet10t:64 seresnext26d_32x4d:64 resnetv2_50x1_bit:64 skresnet18:64 resnest14d:64
ecaresnet26t:64 gcresnext26ts:64 resnetblur18:64 resnetaa34d:64 test_resnet:96 test_byobnet:96 test_nfnet:96 nf_regnet_b0:64 eca_nfnet_l0:64 repvgg_a0:64 dla46_c:64
ese_vovnet19b_slim:64 selecsls42:64 hgnetv2_b0:64
mobilenetv4_conv_small:64 ghostnet_050:64 ghostnetv2_100:64 lcnet_035:64 tinynet_e:64 fbnetc_100:64 efficientnet_lite0:64
tf_mobilenetv3_small_075:64 tf_efficientnet_b0:64 cs3darknet_s:64 mobileone_s0:64 repvit_m0_9:64 starnet_s1:64 repghostnet_050:64
convnext_atto:64 convnextv2_atto:64 test_convnext2:96 inception_next_atto:96 convmixer_768_32:64:dim=48,depth=2 mambaout_femto:64
convformer_s18:64:depths=(1,1,1,1),dims=(16,32,48,64) caformer_s18:64:depths=(1,1,1,1),dims=(32,32,64,64) mobilevit_xxs:64 mobilevitv2_050:64 fastvit_t8:64
edgenext_xx_small:64 efficientformer_l1:224 efficientformerv2_s0:64:img_size=64 levit_128s:224 coat_lite_tiny:64:img_size=64 pit_ti_224:224:depths=(1,1,1) visformer_tiny:64:img_size=64
vit_tiny_patch16_224:64:img_size=64,depth=2 test_vit:160 test_vit2:64 deit_tiny_distilled_patch16_224:64:img_size=64,depth=2 deit3_small_patch16_224:64:img_size=64,depth=2 vit_relpos_small_patch16_224:64:img_size=64,depth=2
vit_medium_patch16_reg4_gap_256:64:img_size=64,depth=2 vit_base_patch16_siglip_224:64:img_size=64,depth=2,embed_dim=96,num_heads=4 beit_base_patch16_224:64:img_size=64,depth=2,embed_dim=64,num_heads=4
beitv2_base_patch16_224:64:img_size=64,depth=2,embed_dim=64,num_heads=4 eva02_tiny_patch14_224:70:img_size=70,depth=2 cait_xxs24_224:64:img_size=64,depth=2 xcit_nano_12_p16_224:64:img_size=64,depth=2
swin_tiny_patch4_window7_224:64:img_size=64,embed_dim=24,depths=(2,2),num_heads=(2,4),window_size=4 swinv2_tiny_window8_256:64:img_size=64,embed_dim=24,depths=(2,2),num_heads=(2,4),window_size=4
swinv2_cr_tiny_224:64:img_size=64,embed_dim=24,depths=(2,2),num_heads=(2,4),window_size=4 twins_pcpvt_small:64:img_size=64,depths=(1,1,1,1) twins_svt_small:64:img_size=64,depths=(1,1,2,1) crossvit_tiny_240:240:depth=((1,1,0),(1,1,0))
volo_d1_224:224:layers=(1,1,1,1) davit_tiny:64:depths=(1,1,1,1),embed_dims=(24,48,96,192) focalnet_tiny_srf:64:depths=(1,1,1,1),embed_dim=24 gcvit_xxtiny:224:depths=(1,1,1,1) hiera_tiny_224:224:stages=(1,1,1,1)
coatnet_nano_rw_224:224 maxvit_pico_rw_256:256 maxvit_tiny_tf_224:224:depths=(1,1,1,1),embed_dim=(16,32,48,64) coatnext_nano_rw_224:224 nest_tiny:224:depths=(1,1,1),embed_dims=(24,48,96) pvt_v2_b0:64 tiny_vit_5m_224:224:depths=(1,1,1,1)
mixer_s32_224:64:img_size=64,num_blocks=2 gmlp_ti16_224:64:img_size=64,num_blocks=2 resmlp_12_224:64:img_size=64,num_blocks=2 sequencer2d_s:64:layers=(1,1,1,1),img_size=64 convit_tiny:64:img_size=64,depth=2,local_up_to_layer=1
tnt_s_legacy_patch16_224:64:img_size=64,depth=2 efficientvit_b0:64 efficientvit_m0:224 shvit_s1:224 swiftformer_xs:64 vitamin_small_224:224:depth=1 halonet26t:64 botnet26t_256:256 lambda_resnet26t:256 bat_resnext26ts:64 res2net50_26w_4s:64 hrnet_w18_small:64 cspresnet50:64 dpn48b:64 xception41:64 mobilenetv4_hybrid_medium:64 rdnet_tiny:64 nextvit_small:64 poolformer_s12:64 poolformerv2_s12:64 mixnet_s:64 tf_efficientnetv2_b0:64 rexnet_100:64
""".split()


def timm_rows():
    """Rows of timm: NAME:SIZE or NAME:SIZE:OPTIONS."""
    import timm

    for text in TIMM:
        name, size, *options = text.split(":")

        def make(name=name, options=options):
            return timm.create_model(name, pretrained=False, num_classes=10, **eval(f"dict({','.join(options)})"))

        yield Row("timm " + name, int(size), make)


def transformers_rows():
    """Rows of transformers, small configurations."""
    import torch
    import transformers as t

    class Scores(torch.nn.Module):
        """The scores alone, as exporters' wrappers return them."""

        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, pixel_values):
            return self.model(pixel_values=pixel_values).logits

    def row(name, size=64, **options):
        def make():
            config = getattr(t, name + "Config")(num_labels=10, **options)
            return Scores(getattr(t, name + "ForImageClassification")(config))

        return Row("transformers " + name, size, make)

    vit = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96, "image_size": 64, "patch_size": 16}
    yield row("ViT", **vit)
    yield row("Beit", **vit, use_relative_position_bias=True, use_shared_relative_position_bias=False)
    yield row("Dinov2", hidden_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=70, patch_size=14)
    yield row("Dinov2WithRegisters", hidden_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=70, patch_size=14)
    yield row("ConvNext", hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 1, 1])
    yield row("Swin", image_size=64, embed_dim=24, depths=[2, 2], num_heads=[2, 4], window_size=4)
    yield row("Swinv2", image_size=64, embed_dim=24, depths=[2, 2], num_heads=[2, 4], window_size=4)
    yield row("DeiT", **vit)
    yield row("ConvNextV2", hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 1, 1])
    yield row("ResNet", embedding_size=16, hidden_sizes=[32, 48], depths=[1, 1])
    yield row("RegNet", embedding_size=16, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], groups_width=8)
    yield row("MobileNetV1")
    yield row("MobileNetV2")
    yield row("EfficientNet", width_coefficient=0.5, depth_coefficient=0.5, hidden_dim=640, image_size=64)
    yield row("PoolFormer", hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 1, 1])
    yield row("Segformer", hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 4, 8])
    yield row("MobileViT", hidden_sizes=[48, 64, 80], neck_hidden_sizes=[16, 16, 24, 32, 48, 64, 128], image_size=64)
    yield row("MobileViTV2", image_size=64)
    yield row("Levit", 224, hidden_sizes=[32, 48, 64], num_attention_heads=[2, 3, 4], depths=[1, 1, 1])
    yield row("Cvt", embed_dim=[16, 32, 48], depth=[1, 1, 1], num_heads=[1, 2, 3])
    yield row("Data2VecVision", **vit, use_relative_position_bias=True)
    yield row("FocalNet", image_size=64, embed_dim=24, depths=[1, 1, 1, 1])
    yield row("Bit", embedding_size=32, hidden_sizes=[32, 64], depths=[1, 1])
    yield row("ViTMSN", **vit)
    yield row("Pvt", image_size=64, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1])
    yield row("PvtV2", image_size=64, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 4, 8])
    yield row("SwiftFormer", depths=[1, 1, 1, 1], embed_dims=[16, 32, 48, 64])
    yield row("Hiera", 224, embed_dim=24, depths=[1, 1, 1, 1])
    yield row("TextNet")
    yield row("HGNetV2")
    tower = {"vision_config": vit}
    yield row("Siglip", **tower)
    yield row("CLIP", **tower)


def rows():
    """All rows, the libraries in turn, so that a run that ends early has some of each."""
    sources = [torchvision_rows(), transformers_rows(), timm_rows()]
    while sources:
        for source in list(sources):
            row = next(source, None)
            if row is None:
                sources.remove(source)
            else:
                yield row
