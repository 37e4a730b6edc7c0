"""Compares operators in many forms with ONNX Runtime, values and gradients.

    venv/bin/pip install -r benchmarks/onnx/requirements.txt
    go build -o OUT/ours ./benchmarks/onnx/ours
    venv/bin/python benchmarks/onnx/forms.py OUT [COUNT [WORD [FIRST]]]

Each model has one operator with attributes, sizes, layout, type and opset drawn from a
seed, followed by a linear layer, unless ONNX Runtime cannot run it. semrob must return
its scores to 1e-4 and, to 5 %, the gradient that central differences of ONNX Runtime's
scores give, or refuse the model with the operator's name. Wrong ones are kept in OUT/forms.
"""

import collections
import json
import pathlib
import random
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)
SIDE, STEP = 8, 1e-3


class Model:
    """A model in the making: x is the value so far, shape its shape."""

    def __init__(self, r, opset):
        self.r, self.opset, self.nodes, self.constants = r, opset, [], []
        self.x, self.shape, self.what = "images", [2, 3, SIDE, SIDE], ""

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def weights(self, *shape, scale=1.0, shift=0.0):
        n = np.random.default_rng(self.r.randrange(1 << 30))
        return self.constant((n.standard_normal(shape) * scale + shift).astype(np.float32))

    def add(self, op, *more, outputs=1, x=None, **attributes):
        """Adds a node whose first input is the value so far."""
        name = f"v{len(self.nodes)}"
        names = [name] + [f"{name}_{i}" for i in range(1, outputs)]
        domain = attributes.pop("domain", "")
        self.nodes.append(helper.make_node(op, [self.x if x is None else x, *more], names, domain=domain, **attributes))
        self.what = self.what or f"{op} " + " ".join(f"{k}={v}" for k, v in attributes.items())
        self.x = name
        return names


def chance(r, p=0.5):
    return r.random() < p


def spatial(r, window=True):
    """Attributes of a window."""
    k = [r.randint(1, 4), r.randint(1, 4)]
    a = {"kernel_shape": k, "strides": [r.randint(1, 3), r.randint(1, 3)]}
    if chance(r, 0.3):
        a["auto_pad"] = r.choice(["SAME_UPPER", "SAME_LOWER", "VALID"])
    elif chance(r, 0.7):
        a["pads"] = [r.randint(0, k[0] - 1), r.randint(0, k[1] - 1), r.randint(0, k[0] - 1), r.randint(0, k[1] - 1)]
    return a


def conv(m):
    r = m.r
    a = spatial(r)
    a["group"] = r.choice([1, 1, 3])
    if chance(r, 0.4) and "auto_pad" not in a:
        a["dilations"] = [r.randint(1, 2), r.randint(1, 2)]
    out = a["group"] * r.randint(1, 3)
    inputs = [m.weights(out, 3 // a["group"], *a["kernel_shape"])]
    if chance(r):
        inputs.append(m.weights(out))
    m.add("Conv", *inputs, **a)


def conv_transpose(m):
    r = m.r
    a = spatial(r)
    a["group"] = r.choice([1, 1, 3])
    if a.get("auto_pad") == "VALID":
        del a["auto_pad"]
    if chance(r, 0.3):
        a["output_padding"] = [r.randint(0, s - 1) for s in a["strides"]]
    if chance(r, 0.3):
        a["dilations"] = [r.randint(1, 2), r.randint(1, 2)]
    m.add("ConvTranspose", m.weights(3, r.randint(1, 2), *a["kernel_shape"]), **a)


def pool(m):
    r = m.r
    op = r.choice(["MaxPool", "AveragePool", "LpPool"])
    a = spatial(r)
    if chance(r, 0.4) and (m.opset >= 10 and op != "LpPool" or m.opset >= 18):
        a["ceil_mode"] = 1
    if op == "AveragePool" and chance(r):
        a["count_include_pad"] = 1
    if chance(r, 0.3) and "auto_pad" not in a and (op == "MaxPool" and m.opset >= 10 or op == "AveragePool" and m.opset >= 19 or op == "LpPool" and m.opset >= 18):
        a["dilations"] = [r.randint(1, 2), r.randint(1, 2)]
    if op == "LpPool":
        a["p"] = r.choice([1, 2, 3])
    m.add(op, **a)


def resize(m):
    r = m.r
    if m.opset < 10:
        mode = r.choice(["nearest", "linear"])
        scales = [1.0, 1.0, r.choice([1.0, 2.0, 1.5]), r.choice([2.0, 3.0, 1.3])]
        if m.opset < 9:
            m.add("Upsample", mode=mode, scales=scales)
        else:
            m.add("Upsample", m.constant(np.array(scales, np.float32)), mode=mode)
        return
    if m.opset == 10:
        scales = [1.0, 1.0, r.choice([1.0, 2.0, 0.5]), r.choice([2.0, 3.0, 0.6])]
        m.add("Resize", m.constant(np.array(scales, np.float32)), mode=r.choice(["nearest", "linear"]))
        return
    mode = r.choice(["nearest", "linear", "cubic"])
    a = {"mode": mode}
    kinds = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]
    if m.opset >= 19:
        kinds.append("half_pixel_symmetric")
    if chance(r, 0.8):
        a["coordinate_transformation_mode"] = r.choice(kinds)
    if mode == "nearest":
        a["nearest_mode"] = r.choice(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
    if mode == "cubic" and chance(r):
        a["cubic_coeff_a"] = r.choice([-0.5, -0.75])
    if mode == "cubic" and chance(r, 0.3):
        a["exclude_outside"] = 1
    if m.opset >= 18 and mode != "nearest" and chance(r):
        a["antialias"] = 1
    sizes = [r.choice([3, 5, 8, 12, 17]), r.choice([3, 5, 8, 12, 17])]
    scales = [r.choice([0.4, 0.5, 1.0, 1.7, 2.0]), r.choice([0.4, 0.5, 1.0, 1.7, 2.0])]
    lead = [1.0, 1.0]
    if m.opset >= 18 and chance(r, 0.3):
        a["axes"], lead = [2, 3], []
    if chance(r):
        whole = sizes if not lead else [1, 3, *sizes]
        if lead:  # the batch is free: sizes are of the whole
            whole = [2, 3, *sizes]
        m.add("Resize", "", "", m.ints(*whole), **a)
    else:
        m.add("Resize", "", m.constant(np.array(lead + scales, np.float32)), **a)


def slices(m):
    r = m.r
    axes = r.sample([1, 2, 3, -1, -2], 1) if chance(r) else r.choice([[2, 3], [-1, -2], [1, 2]])
    starts, ends, steps = [], [], []
    for _ in axes:
        step = r.choice([1, 1, 2, 3, -1, -1, -2])
        lo, hi = sorted(r.sample(range(0, SIDE + 1), 2))
        if step > 0:
            s, e = r.choice([lo, 0, -SIDE, 1 - 2**31]), r.choice([hi, 2**62, SIDE])
        else:
            s, e = r.choice([hi, -1, 2**62, SIDE - 1]), r.choice([-(2**63), lo - 1 - SIDE - 1, -SIDE - 1])
        starts.append(s), ends.append(e), steps.append(step)
    if m.opset < 10:
        if any(s != 1 for s in steps):
            starts, ends = [0] * len(axes), [2] * len(axes)
        m.add("Slice", axes=axes, starts=starts, ends=ends)
    else:
        more = [m.ints(*starts), m.ints(*ends), m.ints(*axes)]
        if any(s != 1 for s in steps) or chance(r):
            more.append(m.ints(*steps))
        m.add("Slice", *more)
        m.what = f"Slice {starts} {ends} {axes} {steps}"


def split(m):
    r = m.r
    axis = r.choice([2, 3, -1, -2])
    sizes = r.choice([[2, 6], [4, 4], [1, 3, 4], [8]])
    n, which = len(sizes), r.randrange(len(sizes))
    if m.opset < 13:
        a = {"split": sizes} if chance(r, 0.7) else {}
        if not a and 8 % n:
            a = {"split": sizes}
        names = m.add("Split", outputs=n, axis=axis, **a)
    elif m.opset >= 18 and chance(r, 0.3):
        names = m.add("Split", outputs=3, axis=axis, num_outputs=3)
    else:
        names = m.add("Split", m.ints(*sizes), outputs=n, axis=axis)
    m.x = names[which % len(names)]


def pad(m):
    r = m.r
    modes = ["constant", "reflect", "edge"] + (["wrap"] if m.opset >= 19 else [])
    mode = r.choice(modes)
    low = -2 if chance(r, 0.3) else 0
    if mode == "wrap":
        low = 0
    pads = [0, 0, r.randint(low, 3), r.randint(low, 3), 0, 0, r.randint(low, 3), r.randint(low, 3)]
    if m.opset < 11:
        a = {"value": 0.5} if chance(r) else {}
        m.add("Pad", mode=mode, pads=pads, **a)
        return
    axes = m.opset >= 18 and chance(r)
    more = [m.ints(*(pads[2:4] + pads[6:] if axes else pads))]
    fill = chance(r) and mode == "constant"
    if fill or axes:
        more.append(m.constant(np.float32(0.5)) if fill else "")
    if axes:
        more.append(m.ints(2, 3) if chance(r) else m.ints(-2, -1))
    m.add("Pad", *more, mode=mode)


def reduce(m):
    r = m.r
    op = "Reduce" + r.choice(["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"])
    if op in ("ReduceLogSum", "ReduceProd"):
        m.add("Abs")
        m.add("Add", m.constant(np.float32(0.5)))
        m.what = ""
    axes = r.choice([[1], [2, 3], [-1], [3], [1, 2], [-2]])
    a = {"keepdims": r.choice([0, 1])}
    if m.opset >= 18 or op == "ReduceSum" and m.opset >= 13:
        m.add(op, m.ints(*axes), **a)
        m.what += f" axes {axes}"
    else:
        m.add(op, axes=axes, **a)


def softmax(m):
    op = m.r.choice(["Softmax", "LogSoftmax"])
    a = {"axis": m.r.choice([1, 2, 3, -1, -2])} if chance(m.r, 0.8) else {}
    m.add(op, **a)


def activation(m):
    r = m.r
    free = {
        "Elu": {"alpha": 0.7}, "Selu": {"alpha": 1.5, "gamma": 0.9}, "LeakyRelu": {"alpha": 0.2}, "HardSigmoid": {"alpha": 0.3, "beta": 0.4},
        "ThresholdedRelu": {"alpha": 0.3}, "Softplus": {}, "Softsign": {}, "Sigmoid": {}, "Tanh": {}, "Relu": {}, "Abs": {}, "Neg": {}, "Exp": {}, "Erf": {},
        "Sin": {}, "Cos": {}, "Atan": {}, "Sinh": {}, "Cosh": {}, "Asinh": {}, "Reciprocal": {}, "Sqrt": {}, "Log": {}, "Floor": {}, "Ceil": {}, "Sign": {},
    }
    since = {"Celu": (12, {"alpha": 0.7}), "HardSwish": (14, {}), "Mish": (18, {}), "Gelu": (20, {"approximate": "tanh"}), "Shrink": (9, {"bias": 0.1, "lambd": 0.3}), "Round": (11, {}), "Swish": (24, {"alpha": 0.7})}
    free.update({k: a for k, (v, a) in since.items() if m.opset >= v})
    op = r.choice(sorted(free))
    if op in ("Reciprocal", "Sqrt", "Log"):
        m.add("Abs")
        m.add("Add", m.constant(np.float32(0.3)))
        m.what = ""
    m.add(op, **(free[op] if chance(r, 0.7) else {}))


def clip(m):
    r = m.r
    if m.opset < 11:
        a = {k: v for k, v in (("min", -0.5), ("max", 0.4)) if chance(r, 0.7)}
        m.add("Clip", **a)
    else:
        low, high = (m.constant(np.float32(-0.5)) if chance(r, 0.7) else ""), (m.constant(np.float32(0.4)) if chance(r, 0.7) else "")
        m.add("Clip", low, high)


def normalise(m):
    r = m.r
    ops = ["BatchNormalization", "InstanceNormalization", "LRN", "LpNormalization", "MeanVarianceNormalization"]
    if m.opset >= 17:
        ops.append("LayerNormalization")
    if m.opset >= 18:
        ops.append("GroupNormalization")
    if m.opset >= 23:
        ops.append("RMSNormalization")
    op = r.choice(ops)
    if op == "BatchNormalization":
        m.add(op, m.weights(3, shift=1), m.weights(3), m.weights(3), m.constant(np.array([0.5, 1, 2], np.float32)), epsilon=r.choice([1e-5, 1e-2]))
    elif op == "InstanceNormalization":
        m.add(op, m.weights(3, shift=1), m.weights(3), epsilon=r.choice([1e-5, 1e-2]))
    elif op == "LRN":
        m.add(op, size=r.choice([1, 2, 3, 5]), alpha=0.5, beta=r.choice([0.5, 0.75]), bias=r.choice([1.0, 2.0]))
    elif op == "LpNormalization":
        m.add(op, axis=r.choice([1, 2, -1]), p=r.choice([1, 2]))
    elif op == "MeanVarianceNormalization":
        m.add(op, **({"axes": r.choice([[2, 3], [1, 2, 3]])} if m.opset >= 9 else {"axes": [2, 3]}))
    elif op == "GroupNormalization":
        n = 3
        m.add("Conv", m.weights(6, 3, 1, 1))
        m.what = ""
        c = n if m.opset < 21 else 6
        m.add(op, m.weights(c, shift=1), m.weights(c), num_groups=n, epsilon=r.choice([1e-5, 1e-2]))
    else:
        axis = r.choice([-1, 2, 3, 1, -2])
        shape = [3, SIDE, SIDE][(axis if axis > 0 else axis + 4) - 1 :]
        more = [m.weights(*shape, shift=1)]
        if op == "LayerNormalization" and chance(r):
            more.append(m.weights(*shape))
        m.add(op, *more, axis=axis, epsilon=r.choice([1e-5, 1e-2]))


def shapes(m):
    r = m.r
    op = r.choice(["Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Expand", "Tile", "DepthToSpace", "SpaceToDepth", "Concat", "Trilu"])
    if op == "Flatten":
        m.add(op, axis=r.choice([1, 1, -3]) if m.opset >= 11 else 1)
    elif op == "Reshape":
        m.add(op, m.ints(*r.choice([[0, -1], [0, 0, -1], [-1, 3, 64], [0, 3, 4, 16], [-1, 192]])))
    elif op == "Transpose":
        p = [1, 2, 3]
        r.shuffle(p)
        m.add(op, perm=[0, *p])
    elif op in ("Squeeze", "Unsqueeze"):
        axes = r.choice([[1], [-1], [2, 4], [1, -1]])
        if m.opset < 13:
            m.add("Unsqueeze", axes=[a for a in axes if a > 0] or [1])
        else:
            m.add("Unsqueeze", m.ints(*axes))
        if op == "Squeeze":
            m.what = ""
            if m.opset < 13:
                m.add("Squeeze", axes=[a for a in axes if a > 0] or [1])
            else:
                m.add("Squeeze", m.ints(*axes))
    elif op == "Expand":
        m.add("ReduceMean", axes=[2], keepdims=1) if m.opset < 18 else m.add("ReduceMean", m.ints(2), keepdims=1)
        m.what = ""
        m.add(op, m.ints(*r.choice([[1, 1, 4, 1], [4, 1], [1, 3, 5, 8]])))
    elif op == "Tile":
        m.add(op, m.ints(1, 1, r.randint(1, 3), r.randint(1, 2)))
    elif op == "DepthToSpace":
        m.add("Conv", m.weights(8, 3, 1, 1))
        m.what = ""
        m.add(op, blocksize=2, **({"mode": r.choice(["DCR", "CRD"])} if m.opset >= 11 else {}))
    elif op == "SpaceToDepth":
        m.add(op, blocksize=r.choice([2, 4]))
    elif op == "Trilu" and m.opset >= 14:
        m.add(op, *([m.constant(np.int64(r.randint(-2, 2)))] if chance(r) else []), upper=r.choice([0, 1]))
    else:
        m.add("Concat", m.x, axis=r.choice([1, 2, -1]))


def indices(m):
    r = m.r
    op = r.choice(["Gather", "GatherElements", "GatherND", "ScatterElements", "ScatterND", "TopK", "CumSum", "Where", "Compress"])
    if op == "Gather":
        m.add(op, m.constant(np.array(r.choice([[0, 2], [[0, -1], [1, 1]], 1]), np.int64)), axis=r.choice([1, 2, 3, -1]))
        return
    # The batch is fixed in most of these: pictures are joined first.
    if op == "GatherElements" and m.opset >= 11:
        i = np.random.default_rng(r.randrange(99)).integers(-8, 8, (2, 3, 8, 4))
        m.add(op, m.constant(i.astype(np.int64)), axis=3)
    elif op == "TopK" and m.opset >= 11:
        m.add(op, m.ints(r.choice([1, 3])), outputs=2, axis=r.choice([-1, 2]), largest=r.choice([0, 1]))
    elif op == "CumSum" and m.opset >= 11:
        m.add(op, m.constant(np.int64(r.choice([1, 2, -1]))), exclusive=r.choice([0, 1]), reverse=r.choice([0, 1]))
    elif op == "Where" and m.opset >= 9:
        x = m.x
        (more,) = m.add("Greater", m.constant(np.float32(0.1)))
        m.what = ""
        m.add(op, x, m.weights(8), x=more)
    elif op == "ScatterND" and m.opset >= 11:
        m.add("Transpose", perm=[1, 2, 3, 0])
        m.what = ""
        (y,) = m.add("Identity")
        m.add("Slice", m.ints(0), m.ints(2), m.ints(0))
        (u,) = m.add("ReduceMean", axes=[1], keepdims=0) if m.opset < 18 else m.add("ReduceMean", m.ints(1), keepdims=0)
        a = {"reduction": r.choice(["none", "add", "mul"] + (["max", "min"] if m.opset >= 18 else []))} if m.opset >= 16 else {}
        m.what = ""
        m.add(op, m.constant(np.array([[0, 1], [2, -1]], np.int64)), u, x=y, **a)
        what = m.what
        m.add("Transpose", perm=[3, 0, 1, 2])
        m.what = what
    else:
        m.add("Gather", m.constant(np.array(1, np.int64)), axis=1)


def einsum(m):
    r = m.r
    if m.opset < 12:
        return matmul(m)
    eq, shape = r.choice([("bchw,hk->bcwk", (8, 4)), ("bchw,wk", (8, 4)), ("...w,wk->...k", (8, 5)), ("b c h w, c d -> b d h w", (3, 4)), ("bchw,bcvw->bchv", None), ("bchw->bhc", None), ("bchh->bch", None), ("bchw,chw->bc", (3, 8, 8))])
    more = [] if "," not in eq else [m.weights(*shape)] if shape else [m.x]
    m.add("Einsum", *more, equation=eq)


def matmul(m):
    r = m.r
    if chance(r, 0.4):
        m.add("Flatten")
        m.what = ""
        b, t = r.choice([0, 1]), r.choice([0, 1])
        m.add("Gemm", m.weights(*((4, 192) if b else (192, 4))), *([m.weights(*r.choice([(4,), (1, 4), ()]))] if t or m.opset < 11 else []), transB=b, alpha=0.7, beta=1.3)
    else:
        m.add("MatMul", m.weights(*r.choice([(8, 4), (3, 8, 5), (1, 1, 8, 2), (8,)])))


def arithmetic(m):
    r = m.r
    op = r.choice(["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mean", "Sum", "PRelu", "Mod"])
    shape = r.choice([(), (8,), (8, 1), (3, 1, 1), (1, 3, 8, 8)])
    if op == "PRelu":
        m.add(op, m.weights(*r.choice([(3, 1, 1), (1,), (8, 8)])))
    elif op == "Pow":
        m.add("Abs")
        m.add("Add", m.constant(np.float32(0.5)))
        m.what = ""
        m.add(op, m.constant(np.float32(r.choice([2, 3, 0.5, -1, 1.7]))) if m.opset < 12 or chance(r) else m.constant(np.int64(3)))
    elif op == "Mod" and m.opset >= 10:
        m.add(op, m.constant(np.float32(0.7)), fmod=1)
    elif op == "Div" or op == "Mod":
        m.add("Div", m.weights(*shape, scale=0.1, shift=2))
    else:
        m.add(op, m.weights(*shape))


def attention(m):
    r = m.r
    if m.opset < 23:
        return softmax(m)
    m.add("Conv", m.weights(8, 3, 1, 1))  # [b, 8, 8, 8]: heads, sequence, size
    m.what = ""
    x, more = m.x, []
    a = {}
    if chance(r):
        a["scale"] = 0.3
    if chance(r, 0.3):
        a["is_causal"] = 1
    if chance(r, 0.3):
        a["softcap"] = 2.0
    if chance(r, 0.4):
        more.append(m.weights(*r.choice([(8, 8), (1, 1, 8, 8), (8, 8, 8)][:2])))
    m.add("Attention", x, x, *more, **a)


def quantise(m):
    r = m.r
    if m.opset < 13:
        return clip(m)
    kind = r.choice([np.uint8, np.int8])
    zero = {np.uint8: 128, np.int8: 3}[kind]
    if chance(r):
        s, z = m.constant(np.float32(0.03)), m.constant(kind(zero))
        axis = {}
    else:
        s, z = m.constant(np.array([0.03, 0.02, 0.05], np.float32)), m.constant(np.array([zero, 1, 2], kind))
        axis = {"axis": r.choice([1, -3])}
    m.add("QuantizeLinear", s, z, **axis)
    m.add("DequantizeLinear", s, z, **axis)
    if chance(r):
        w = np.random.default_rng(r.randrange(999)).integers(-127, 127, (4, 3, 3, 3)).astype(np.int8)
        scale = m.constant((np.arange(4) + 1).astype(np.float32) / 200)
        (dq,) = m.add("DequantizeLinear", scale, m.constant(np.zeros(4, np.int8)), axis=0, x=m.constant(w))
        m.add("Conv", dq, x=m.nodes[-2].output[0])
        m.add("QuantizeLinear", m.constant(np.float32(0.05)), m.constant(np.uint8(128)))
        m.add("DequantizeLinear", m.constant(np.float32(0.05)), m.constant(np.uint8(128)))


def other(m):
    """Operators that are rare in classifiers: equal or refused."""
    r = m.r
    op = r.choice(["GlobalMaxPool", "GlobalLpPool", "GridSample", "LSTM", "Dropout", "Hardmax", "OneHot", "MaxRoi", "Col2Im", "Loop", "DFT", "Det", "CastLike", "BitShift", "Identity", "Size", "Multinomial"])
    if op == "GridSample" and m.opset >= 16:
        n = np.random.default_rng(1).uniform(-1, 1, (2, 5, 5, 2)).astype(np.float32)
        m.add(op, m.constant(n), mode="bilinear" if m.opset < 20 else "linear", padding_mode=r.choice(["zeros", "border", "reflection"]), align_corners=r.choice([0, 1]))
    elif op == "LSTM":
        m.add("Reshape", m.ints(8, 2, 24))
        m.what = ""
        m.add(op, m.weights(1, 16, 24), m.weights(1, 16, 4), hidden_size=4)
    elif op == "Det" and m.opset >= 11:
        m.add(op)
        m.add("Reshape", m.ints(0, 3))
    elif op == "Col2Im" and m.opset >= 18:
        m.add("Reshape", m.ints(0, 12, 16))
        m.what = ""
        m.add(op, m.ints(8, 8), m.ints(2, 2), strides=[2, 2])
    elif op == "Dropout":
        m.add(op)
    elif op == "Hardmax":
        m.add(op, axis=-1)
        m.add("Add", m.nodes[-1].input[0], x="v0")
    elif op == "GlobalLpPool":
        m.add(op, p=r.choice([1, 2, 3]))
    else:
        m.add("GlobalMaxPool")


KINDS = [conv, conv, conv_transpose, pool, pool, resize, resize, slices, split, pad, reduce, softmax, activation, activation, clip, normalise, normalise, shapes, shapes, indices, einsum, matmul, arithmetic, attention, quantise, other]
OPSETS = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]


def build(seed, word):
    """A random model as bytes, its description and the type of its images."""
    r = random.Random(seed)
    kind = r.choice([k for k in KINDS if not word or word in k.__name__])
    m = Model(r, r.choice(OPSETS))
    nhwc = chance(r, 0.15)
    kind_of = r.choice([TensorProto.FLOAT] * 8 + [TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.UINT8])
    shape = ["batch", 3, SIDE, SIDE] if chance(r) else [2, 3, SIDE, SIDE]
    if kind_of != TensorProto.FLOAT:
        m.add("Cast", to=TensorProto.FLOAT)
        if kind_of == TensorProto.UINT8:
            m.add("Mul", m.constant(np.float32(1 / 255)))
        m.what = ""
    if nhwc:
        m.add("Transpose", perm=[0, 3, 1, 2])
        m.what, shape = "", [shape[0], SIDE, SIDE, 3]
    kind(m)
    what = f"{m.what} | opset {m.opset} {'NHWC' if nhwc else 'NCHW'} {TensorProto.DataType.Name(kind_of)} batch {shape[0]}"
    # The head needs the size of what there is: a model without it tells.
    graph = helper.make_graph(m.nodes, "g", [helper.make_tensor_value_info("images", kind_of, shape)], [helper.make_empty_tensor_value_info(m.x)], m.constants)
    versions = [helper.make_opsetid("", m.opset)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=min(10, 3 + (m.opset > 8) * 3))
    session = open_session(model.SerializeToString())
    x = images(r, kind_of, nhwc)
    y = session.run(None, {"images": x})[0]
    if y.dtype != np.float32 or y.ndim < 1 or y.shape[0] != 2 or y.size == 0 or not np.isfinite(y).all():
        return None
    width = y.size // 2
    m.add("Reshape", m.ints(-1, width))
    m.add("MatMul", m.weights(width, 5, scale=width**-0.5))
    graph = helper.make_graph(m.nodes, "g", graph.input, [helper.make_empty_tensor_value_info(m.x)], m.constants)
    return helper.make_model(graph, opset_imports=versions, ir_version=model.ir_version).SerializeToString(), what, x


def open_session(data):
    """Without the optimiser, whose quantised products saturate on some processors."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def images(r, kind, nhwc):
    n = np.random.default_rng(r.randrange(1 << 30))
    shape = (2, SIDE, SIDE, 3) if nhwc else (2, 3, SIDE, SIDE)
    if kind == TensorProto.UINT8:
        return n.integers(0, 256, shape).astype(np.uint8)
    return n.standard_normal(shape).astype({TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64, TensorProto.FLOAT16: np.float16}[kind])


def differences(session, x, step):
    """The gradient of the sum over the images of score 3 from differences, ahead and behind."""

    def score(x):
        return session.run(None, {"images": x})[0][:, 3].astype(float)

    here, flat = score(x), x.reshape(2, -1)
    ahead, behind = np.zeros(flat.shape), np.zeros(flat.shape)
    for i in range(flat.shape[1]):
        d = np.zeros(flat.shape, x.dtype)
        d[:, i] = step
        d = d.reshape(x.shape)
        ahead[:, i], behind[:, i] = (score(x + d) - here) / step, (here - score(x - d)) / step
    return ahead.reshape(x.shape), behind.reshape(x.shape)


def smooth(session, x):
    """Images like x without a kink nearby, and their gradient; None if there are none."""
    if x.dtype not in (np.float32, np.float64):
        return x, None
    n = np.random.default_rng(0)
    for _ in range(8):
        ahead, behind = differences(session, x, STEP)
        if np.abs(ahead - behind).max() <= 0.03 * np.abs(ahead).max():
            return x, (ahead + behind) / 2
        x = n.standard_normal(x.shape).astype(x.dtype)
    return x, None


def main(out, count=500, word="", first=0):
    counts, wrong = collections.Counter(), 0
    folder = out / "forms"
    folder.mkdir(parents=True, exist_ok=True)
    child = None
    for seed in range(int(first), int(first) + count):
        try:
            made = build(seed, word)
        except Exception as why:  # a form that ONNX Runtime does not run
            counts["not run by ONNX Runtime"] += 1
            if "-v" in sys.argv:
                print(seed, str(why)[:160])
            continue
        if made is None:
            counts["no scores"] += 1
            continue
        data, what, x = made
        try:
            session = open_session(data)
        except Exception:  # its own inference of shapes is wrong for some forms
            counts["not run by ONNX Runtime"] += 1
            continue
        rounds = "Quantize" in what or any(w in what for w in ("Floor", "Ceil", "Round", "Sign ", "Hardmax"))
        slope = None
        if not rounds:
            x, slope = smooth(session, x)
        arrays = {"input": x, "output": session.run(None, {"images": x})[0]}
        if slope is not None:
            arrays.update(gradient=slope, gradient_class=3)
            counts["with a gradient"] += 1
        model, scores = folder / f"{seed}.onnx", folder / f"{seed}.npz"
        model.write_bytes(data)
        np.savez(scores, **arrays)
        if child is None or child.poll() is not None:
            child = subprocess.Popen([out / "ours", "-many", "-input-size", str(SIDE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        child.stdin.write(f"{model} {scores}\n")
        child.stdin.flush()
        line = child.stdout.readline()
        if not line:
            child.wait()
            verdict = f"died: status {child.returncode}"
        else:
            a = json.loads(line)
            why = a.get("refused") or a.get("failed")
            verdict = "refused: " + why.split(".onnx: ")[-1] if why else "equal"
            if not why and not a["output"] <= (1e-4 if x.dtype != np.float16 else 1e-3):
                verdict = f"wrong: {a['output']:.2g}"
            elif not why and "gradient" in a and not a["gradient"] <= 0.05:
                verdict = f"wrong gradient: {a['gradient']:.2g}"
        counts[verdict.split(":")[0]] += 1
        if verdict != "equal":
            print(f"{seed}: {what}: {verdict}", flush=True)
        if verdict == "equal" or verdict.startswith("refused"):
            model.unlink(), scores.unlink()
        else:
            wrong += 1
    print(dict(counts))
    return wrong


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), *(int(a) for a in sys.argv[2:3]), *sys.argv[3:5]) > 0)
