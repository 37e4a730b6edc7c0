package timm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// blocks are the inverted residual blocks of timm's EfficientNets and
// MobileNets: "blocks.STAGE.NUMBER.PART".
type blocks struct {
	set weights.Set
	// first is the number of blocks before each stage.
	first map[int]int
	total int
}

var blockName = regexp.MustCompile(`^blocks\.(\d+)\.(\d+)\.(\w+)\.(.+)$`)

func newBlocks(set weights.Set) *blocks {
	b := &blocks{set: set, first: map[int]int{}}
	counts := map[int]int{}
	for name := range set {
		if parts := blockName.FindStringSubmatch(name); parts != nil {
			stage, number := atoi(parts[1]), atoi(parts[2])
			counts[stage] = max(counts[stage], number+1)
		}
	}
	for stage := 0; counts[stage] > 0; stage++ {
		b.first[stage] = b.total
		b.total += counts[stage]
	}
	return b
}

// atoi parses digits; 1000 is larger than the number of any block.
func atoi(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil || n > 1000 {
		return 1000
	}
	return n
}

// part is the position of a parameter in a block.
type part struct {
	stage, number, index int // index counts all earlier blocks
	// role is expand, depthwise, squeeze, project or single; norm is whether it is
	// the normalisation after the convolution.
	role                  string
	norm                  bool
	hasExpand, hasSqueeze bool   // of the block
	rest                  string // of the name
}

// parse parses the name of a block's parameter; ok is false for other names.
func (b *blocks) parse(name string) (p part, ok bool) {
	parts := blockName.FindStringSubmatch(name)
	if parts == nil {
		return p, false
	}
	p = part{stage: atoi(parts[1]), number: atoi(parts[2]), rest: parts[4]}
	p.index = b.first[p.stage] + p.number
	prefix := fmt.Sprintf("blocks.%s.%s.", parts[1], parts[2])
	has := func(layer string) bool { _, ok := b.set[prefix+layer+".weight"]; return ok }
	p.hasExpand, p.hasSqueeze = has("conv_pwl"), has("se.conv_reduce")
	roles := map[string]string{"conv_dw": "depthwise", "bn1": "depthwise", "conv_pw": "project", "bn2": "project", "se": "squeeze"}
	switch {
	case p.hasExpand:
		roles = map[string]string{"conv_pw": "expand", "bn1": "expand", "conv_dw": "depthwise", "bn2": "depthwise", "conv_pwl": "project", "bn3": "project", "se": "squeeze"}
	case !has("conv_dw"):
		roles = map[string]string{"conv": "single", "bn1": "single"}
	}
	p.role, ok = roles[parts[3]]
	p.norm = strings.HasPrefix(parts[3], "bn")
	return p, ok
}

// layer returns the index of the role among those of the block.
func (p part) layer() int {
	n := 0
	for _, of := range []struct {
		role string
		has  bool
	}{{"expand", p.hasExpand}, {"depthwise", true}, {"squeeze", p.hasSqueeze}, {"project", true}} {
		if of.role == p.role {
			return n
		}
		if of.has {
			n++
		}
	}
	return n
}

// oneIf returns 1 for true.
func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// squeezed turns conv_reduce and conv_expand into fc1 and fc2.
var squeezed = strings.NewReplacer("conv_reduce.", "fc1.", "conv_expand.", "fc2.")

// inBlock names a parameter in torchvision's "block" of a module.
func (p part) inBlock(module string) string {
	if p.role == "squeeze" {
		return fmt.Sprintf("%s.block.%d.%s", module, p.layer(), squeezed.Replace(p.rest))
	}
	return fmt.Sprintf("%s.block.%d.%d.%s", module, p.layer(), oneIf(p.norm), p.rest)
}

// aroundTorchvision names the layers before and after the blocks of EfficientNet
// and MobileNet v2.
var aroundTorchvision = rules(
	`conv_stem\.`, "features.0.0.", `bn1\.`, "features.0.1.",
	`conv_head\.`, "features.HEAD.0.", `bn2\.`, "features.HEAD.1.",
	`classifier\.`, "classifier.1.",
)

// around names the layers before and after the blocks; head is the number of the
// module after them.
func around(name string, head int) string {
	return strings.Replace(apply(aroundTorchvision, name), ".HEAD.", fmt.Sprintf(".%d.", head), 1)
}

var aroundMobileNetV3 = rules(
	`conv_stem\.`, "features.0.0.", `bn1\.`, "features.0.1.",
	`conv_head\.`, "classifier.0.", `classifier\.`, "classifier.3.",
)

var aroundLite = rules(
	`conv_stem\.`, "_conv_stem.", `bn1\.`, "_bn0.",
	`conv_head\.`, "_conv_head.", `bn2\.`, "_bn1.", `classifier\.`, "_fc.",
)

func (b *blocks) efficientNet(name string) string {
	if p, ok := b.parse(name); ok {
		return p.inBlock(fmt.Sprintf("features.%d.%d", p.stage+1, p.number))
	}
	return around(name, 8)
}

func (b *blocks) mobileNetV2(name string) string {
	p, ok := b.parse(name)
	if !ok {
		return around(name, b.total+1)
	}
	module := fmt.Sprintf("features.%d.conv.", p.index+1)
	if p.role == "project" { // convolution and normalisation are on one level
		return fmt.Sprintf("%s%d.%s", module, p.layer()+oneIf(p.norm), p.rest)
	}
	return fmt.Sprintf("%s%d.%d.%s", module, p.layer(), oneIf(p.norm), p.rest)
}

func (b *blocks) mobileNetV3(name string) string {
	p, ok := b.parse(name)
	switch {
	case ok && p.role == "single": // the last stage is one convolution
		return fmt.Sprintf("features.%d.%d.%s", p.index+1, oneIf(p.norm), p.rest)
	case ok:
		return p.inBlock(fmt.Sprintf("features.%d", p.index+1))
	}
	return apply(aroundMobileNetV3, name)
}

// lite returns the names of efficientnet-lite-pytorch.
func (b *blocks) lite(name string) string {
	p, ok := b.parse(name)
	if !ok {
		return apply(aroundLite, name)
	}
	layer := map[string]string{"expand": "_expand_conv", "depthwise": "_depthwise_conv", "project": "_project_conv"}[p.role]
	if p.norm {
		layer = map[string]string{"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[p.role]
	}
	return fmt.Sprintf("_blocks.%d.%s.%s", p.index, layer, p.rest)
}
