package network

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/network/hub"
)

// homes are the model-hub repositories with the usual ImageNet weights of an
// architecture: torchvision's (tv_in1k) if timm publishes them, otherwise timm's
// default. The identifiers are from timm 1.0's tables of pretrained models.
var homes = map[string]string{
	"vgg11": "timm/vgg11.tv_in1k", "vgg11-bn": "timm/vgg11_bn.tv_in1k",
	"vgg13": "timm/vgg13.tv_in1k", "vgg13-bn": "timm/vgg13_bn.tv_in1k",
	"vgg16": "timm/vgg16.tv_in1k", "vgg16-bn": "timm/vgg16_bn.tv_in1k",
	"vgg19": "timm/vgg19.tv_in1k", "vgg19-bn": "timm/vgg19_bn.tv_in1k",
	"resnet18":           "timm/resnet18.tv_in1k",
	"resnet34":           "timm/resnet34.tv_in1k",
	"resnet50":           "timm/resnet50.tv_in1k",
	"resnet101":          "timm/resnet101.tv_in1k",
	"resnet152":          "timm/resnet152.tv_in1k",
	"wide-resnet50-2":    "timm/wide_resnet50_2.tv_in1k",
	"inception-v3":       "timm/inception_v3.tv_in1k",
	"mobilenet-v2":       "timm/mobilenetv2_100.ra_in1k",
	"mobilenet-v3-large": "timm/mobilenetv3_large_100.ra_in1k",
	"mobilenet-v3-small": "timm/mobilenetv3_small_100.lamb_in1k",
	"efficientnet-b0":    "timm/efficientnet_b0.ra_in1k",
	"efficientnet-b1":    "timm/efficientnet_b1.ft_in1k",
	"efficientnet-b2":    "timm/efficientnet_b2.ra_in1k",
	"efficientnet-b3":    "timm/efficientnet_b3.ra2_in1k",
	"efficientnet-b4":    "timm/efficientnet_b4.ra2_in1k",
	"efficientnet-lite3": "timm/tf_efficientnet_lite3.in1k",
	"efficientnet-lite4": "timm/tf_efficientnet_lite4.in1k",
	"convnext-tiny":      "timm/convnext_tiny.fb_in1k",
	"convnext-small":     "timm/convnext_small.fb_in1k",
	"convnext-base":      "timm/convnext_base.fb_in1k",
	"vit-b-16":           "timm/vit_base_patch16_224.augreg_in1k",
	"vit-b-32":           "timm/vit_base_patch32_224.augreg_in1k",
	"vit-l-16":           "timm/vit_large_patch16_224.augreg_in21k_ft_in1k",
}

// home returns the repository of an architecture's usual weights, "" if there
// is none.
func home(name string) string {
	if id, ok := homes[name]; ok {
		return hub.Prefix + id
	}
	return ""
}

// atHome reports whether an architecture's usual weights are in the model hub's
// cache.
func atHome(name string) bool {
	r, err := hub.Parse(home(name))
	return err == nil && r.Cached(repositoryFiles)
}

// noWeights is the error for an architecture without weights on disk; it says
// how to get them.
func noWeights(name string) error {
	if from := home(name); from != "" {
		return fmt.Errorf("%w: run `semrob network fetch %s` (from %s), or name a weights file, as in %[2]s=weights.safetensors", ErrNoWeights, name, from)
	}
	return fmt.Errorf("%w: name a weights file, as in %s=weights.safetensors, or a model-hub repository, as in hf:owner/name", ErrNoWeights, name)
}
