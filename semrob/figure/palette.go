package figure

import (
	"encoding/hex"
	"image/color"
	"math"
)

// viridisTable holds the 256 colours of viridis, RRGGBB each, from dark violet to
// yellow: Smith & van der Walt 2015, as published in matplotlib (_cm_listed.py,
// CC0), rounded to 8 bits. Its lightness increases evenly, so it is safe for common
// colour blindness and prints in grey.
const viridisTable = "" +
	"44015444025645045745055946075a46085c460a5d460b5e470d60470e61471063471164471365481467481668481769" +
	"48186a481a6c481b6d481c6e481d6f481f70482071482173482374482475482576482677482878482979472a7a472c7a" +
	"472d7b472e7c472f7d46307e46327e46337f463480453581453781453882443983443a83443b84433d84433e85423f85" +
	"4240864241864142874144874045884046883f47883f48893e49893e4a893e4c8a3d4d8a3d4e8a3c4f8a3c508b3b518b" +
	"3b528b3a538b3a548c39558c39568c38588c38598c375a8c375b8d365c8d365d8d355e8d355f8d34608d34618d33628d" +
	"33638d32648e32658e31668e31678e31688e30698e306a8e2f6b8e2f6c8e2e6d8e2e6e8e2e6f8e2d708e2d718e2c718e" +
	"2c728e2c738e2b748e2b758e2a768e2a778e2a788e29798e297a8e297b8e287c8e287d8e277e8e277f8e27808e26818e" +
	"26828e26828e25838e25848e25858e24868e24878e23888e23898e238a8d228b8d228c8d228d8d218e8d218f8d21908d" +
	"21918c20928c20928c20938c1f948c1f958b1f968b1f978b1f988b1f998a1f9a8a1e9b8a1e9c891e9d891f9e891f9f88" +
	"1fa0881fa1881fa1871fa28720a38620a48621a58521a68522a78522a88423a98324aa8325ab8225ac8226ad8127ad81" +
	"28ae8029af7f2ab07f2cb17e2db27d2eb37c2fb47c31b57b32b67a34b67935b77937b87838b9773aba763bbb753dbc74" +
	"3fbc7340bd7242be7144bf7046c06f48c16e4ac16d4cc26c4ec36b50c46a52c56954c56856c66758c7655ac8645cc863" +
	"5ec96260ca6063cb5f65cb5e67cc5c69cd5b6ccd5a6ece5870cf5773d05675d05477d1537ad1517cd2507fd34e81d34d" +
	"84d44b86d54989d5488bd6468ed64590d74393d74195d84098d83e9bd93c9dd93ba0da39a2da37a5db36a8db34aadc32" +
	"addc30b0dd2fb2dd2db5de2bb8de29bade28bddf26c0df25c2df23c5e021c8e020cae11fcde11dd0e11cd2e21bd5e21a" +
	"d8e219dae319dde318dfe318e2e418e5e419e7e419eae51aece51befe51cf1e51df4e61ef6e620f8e621fbe723fde725"

var viridis = func() (colours [256]color.RGBA) {
	table, err := hex.DecodeString(viridisTable)
	if err != nil || len(table) != 3*len(colours) {
		panic("figure: the table of viridis is damaged")
	}
	for i := range colours {
		colours[i] = color.RGBA{R: table[3*i], G: table[3*i+1], B: table[3*i+2], A: 255}
	}
	return colours
}()

// Viridis returns the colour of t on the colour scale of maps; t is clamped to 0…1.
func Viridis(t float64) color.RGBA {
	if !(t > 0) { // NaN too; maps hatch NaN cells instead
		return viridis[0]
	}
	return viridis[int(math.Round(min(t, 1)*float64(len(viridis)-1)))]
}

// Background and text. Greys are neutral: none looks like a value.
var (
	paper    = color.RGBA{255, 255, 255, 255}
	ink      = color.RGBA{0x22, 0x22, 0x22, 255}
	softInk  = color.RGBA{0x5a, 0x5a, 0x5a, 255}
	gridInk  = color.RGBA{0xe3, 0xe3, 0xe3, 255}
	emptyInk = color.RGBA{0xc9, 0xc9, 0xc9, 255} // a cell not yet computed
	hatchInk = color.RGBA{0xae, 0xae, 0xae, 255} // its hatching
)

// Verdicts, from Okabe & Ito's palette, darkened for text on white; a mark always
// repeats the colour's meaning.
var (
	rightInk = color.RGBA{0x00, 0x7a, 0x5a, 255}
	wrongInk = color.RGBA{0xb8, 0x3c, 0x00, 255}

	verdictInk = map[Verdict]color.RGBA{Right: rightInk, Wrong: wrongInk}
)

// lineLook distinguishes lines by colour and dash. All colours are dark enough to be
// visible on any cell of a map with a white halo.
type lineLook struct {
	color color.RGBA
	dash  []float64
}

var lineLooks = []lineLook{
	{color.RGBA{0x11, 0x11, 0x11, 255}, nil},
	{color.RGBA{0xc2, 0x18, 0x5b, 255}, []float64{9, 4}},
	{color.RGBA{0x1f, 0x4e, 0xb4, 255}, []float64{3, 3}},
	{color.RGBA{0xb3, 0x4a, 0x00, 255}, []float64{10, 3, 3, 3}},
	{color.RGBA{0x6a, 0x3d, 0x9a, 255}, []float64{14, 4}},
	{color.RGBA{0x00, 0x6d, 0x5b, 255}, []float64{6, 3, 2, 3, 2, 3}},
}

func look(i int) lineLook { return lineLooks[i%len(lineLooks)] }

// tint mixes c with white, strength 0…1. It is opaque: the PDF canvas darkens
// translucent colours.
func tint(c color.RGBA, strength float64) color.RGBA {
	mix := func(v uint8) uint8 { return uint8(math.Round(255 + strength*(float64(v)-255))) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}
