"""Exports image classifiers to ONNX and compares semrob with ONNX Runtime and PyTorch.

    python3 -m venv venv && venv/bin/pip install -r benchmarks/onnx/requirements.txt
    go build -o OUT/ours ./benchmarks/onnx/ours
    venv/bin/python benchmarks/onnx/table.py OUT [WORDS]   # WORDS: only models whose name has one of them
    venv/bin/python benchmarks/onnx/table.py OUT --print   # the table, from the rows so far

Every row is written to OUT/rows.jsonl as it is finished; run again, it continues.
Weights are PyTorch's initial ones, from a seed, with statistics of batch
normalisation from random images, and with values that begin as 0 or 1 moved from
there, so that every part counts. Models are exported

    legacy     by the TorchScript exporter, opset 17, for any number of images
    dynamo     by the newer exporter with its defaults, for one image
    optimum    by the TorchScript exporter with every size left open, as optimum does

and run on two images. A row has the largest difference of a probability from ONNX
Runtime's, and the largest error of the gradient of a score, relative to its largest
value, from that of PyTorch in float64; PyTorch's own error in float32 stands beside it.
A unit of ReLU within rounding of its kink moves a gradient, in PyTorch too: one that
differs is compared with other images, and is wrong if it differs for all of them.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import time
import traceback

EXPORTERS = ("legacy", "dynamo", "optimum")
CLASS, IMAGES = 3, 2
# Right are probabilities and gradients within these. Some gradients are ill-conditioned
# in float32: a few times PyTorch's own error is allowed.
PROBABILITY, GRADIENT, OWN = 1e-5, 1e-3, 5
DRAWS = 5  # of images, for a gradient that differs
LIMIT = 900  # seconds of CPU time for each step of a row


def prepare(row):
    """The module of a row with generated weights."""
    import torch

    torch.manual_seed(0)
    module = row.make()
    for name, p in module.named_parameters():
        with torch.no_grad():
            if p.ndim <= 1 or p.std() == 0:
                small = p.abs().max() < 0.01
                p += 0.1 * torch.randn(p.shape) if small and "bias" in name else 0.0
                p += 0.5 + 0.1 * torch.randn(p.shape) if small and "bias" not in name else 0.1 * torch.randn(p.shape)
    norms = [m for m in module.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    for m in norms:
        m.momentum = None  # a mean over the batches
    module.eval()
    for m in norms:
        m.train()
    if norms:
        with torch.no_grad():
            for _ in range(2):
                module(torch.rand(4, 3, row.size, row.size))
    return module.eval()


def gradient(module, images):
    """The scores, and the gradient of the sum of a class's."""
    x = images.clone().requires_grad_(True)
    y = module(x)
    y[:, CLASS].sum().backward()
    return y.detach().numpy(), x.grad.numpy()


def export(row, exporter, folder, draw):
    """Exports the model of a row, with scores and gradient of images in scores.npz, and returns what is known of it."""
    import numpy as np
    import onnx
    import onnxruntime
    import torch

    torch.set_num_threads(1)
    module = prepare(row)
    torch.manual_seed(draw)
    images = torch.rand(IMAGES, 3, row.size, row.size)
    path = str(folder / "model.onnx")
    one = images[:1]
    if exporter == "dynamo":
        torch.onnx.export(module, (one,), path, dynamo=True, verbose=False)
    else:
        axes = {0: "batch"} if exporter == "legacy" else {0: "batch_size", 1: "num_channels", 2: "height", 3: "width"}
        torch.onnx.export(
            module, (one,), path, dynamo=False, opset_version=17, input_names=["pixel_values"], output_names=["logits"],
            dynamic_axes={"pixel_values": axes, "logits": {0: "batch"}},
        )
    model = onnx.load(path, load_external_data=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    step = 1 if exporter == "dynamo" else IMAGES
    arrays = images.numpy()
    output = np.concatenate([session.run(None, {name: arrays[i : i + step]})[0] for i in range(0, IMAGES, step)])
    single, slope = gradient(module, images)
    known = {"torch_output": relative(output, single), "size": row.size, "opset": max(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))}
    known["bytes"] = sum(f.stat().st_size for f in folder.iterdir())
    try:
        exact, exact_slope = gradient(module.double(), images.double())
        known["own"] = relative(slope, exact_slope)
        known["ort"] = relative(output, exact)
    except Exception as why:  # a module with float32 written into its code
        exact_slope = slope
        known["single"] = str(why).splitlines()[0][:80]
    np.savez(folder / "scores.npz", input=arrays, output=output, gradient=exact_slope, gradient_class=CLASS)
    return known


def relative(got, want):
    """The largest error relative to the largest value."""
    import numpy as np

    return float(np.abs(np.asarray(got, float) - want).max() / np.abs(want).max())


def limited():
    """Limits the CPU time of this process: wall time says little on a busy machine."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))


def apart(work, folder):
    """Runs work in another process, and returns its result, or why there is none."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        log = os.open(folder / "export.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        limited()
        try:
            result = work()
        except BaseException as why:
            traceback.print_exc()
            result = {"export": f"{type(why).__name__}: {why}".splitlines()[0][:200]}
        sys.stdout.flush()
        os.write(writer, json.dumps(result).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else {"export": f"the exporter ended with status {status}"}


def compare(out, folder, exporter, size):
    """What semrob makes of the model."""
    command = [str(out / "ours")]
    if exporter == "optimum":
        command += ["-input-size", str(size)]
    command += [str(folder / "model.onnx"), str(folder / "scores.npz")]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limited)
    if done.returncode != 0:
        return {"died": f"status {done.returncode}: " + (done.stderr.strip().splitlines() or [""])[0][:200]}
    return json.loads(done.stdout)


def verdict(row):
    """equal, refused, wrong, died, or not exported."""
    if "export" in row:
        return "not exported"
    if "died" in row:
        return "died"
    if "refused" in row or "failed" in row:
        return "refused"
    # Compared with ONNX Runtime, whose own error counts where the model amplifies rounding.
    if row["probability"] > max(PROBABILITY, OWN * row.get("ort", 0)):
        return "wrong"
    if row["gradient"] > max(GRADIENT, OWN * row.get("own", 0)):
        return "wrong gradient"
    return "equal"


def run(out, words):
    """Runs the rows that are missing."""
    import onnxruntime  # noqa: F401  loaded once, before the forks
    import timm  # noqa: F401
    import torch  # noqa: F401
    import transformers  # noqa: F401

    import models

    file = out / "rows.jsonl"
    done = {(r["model"], r["exporter"]) for r in read(file)}
    folder = out / "row"
    folder.mkdir(exist_ok=True)
    for row, exporter in order(list(models.rows())):
        if (row.name, exporter) in done or words and not any(w in row.name for w in words):
            continue
        start = time.time()
        for draw in range(1, DRAWS + 1):
            for old in folder.iterdir():
                old.unlink()
            result = {"model": row.name, "exporter": exporter, "draw": draw, **apart(lambda: export(row, exporter, folder, draw), folder)}
            if "export" not in result:
                result.update(compare(out, folder, exporter, row.size))
            result["verdict"] = verdict(result)
            if result["verdict"] != "wrong gradient":
                break
        with file.open("a") as f:
            f.write(json.dumps(result) + "\n")
        if result["verdict"] not in ("equal", "not exported"):
            kept = out / "kept" / f"{row.name} {exporter}".replace(" ", "-")
            kept.mkdir(parents=True, exist_ok=True)
            for f in folder.iterdir():
                f.replace(kept / f.name)
        why = next((result[k] for k in ("export", "died", "refused", "failed") if k in result), "")
        print(f"{row.name} {exporter}: {result['verdict']} {why} ({time.time() - start:.0f} s)", flush=True)


def order(rows):
    """Each model with one exporter, in turn, then with the others: a run that ends early has many models."""
    possible = [EXPORTERS if row.name.startswith("transformers") else EXPORTERS[:2] for row in rows]
    for turn in range(len(EXPORTERS)):
        for i, row in enumerate(rows):
            # The libraries are in turn, so the exporter changes with the library's own number too.
            if turn < len(possible[i]):
                yield row, possible[i][(i + i // 3 + turn) % len(possible[i])]


def read(file):
    """The rows so far; of a model's several the last."""
    rows = {}
    if file.exists():
        for line in file.read_text().splitlines():
            row = json.loads(line)
            rows[row["model"], row["exporter"]] = row
    return list(rows.values())


def table(out):
    """Prints the rows as a table of Markdown."""
    rows = read(out / "rows.jsonl")
    print("| model | pixels | exporter | opset | Δp | gradient | PyTorch's own | opened in s | memory / file |")
    print("|---|---|---|---|---|---|---|---|---|")
    for r in rows:
        r["verdict"] = verdict(r)
        start = f"| {r['model']} | {r.get('size', '')} | {r['exporter']} | {r.get('opset', '')} "
        if r["verdict"] == "not exported":
            continue
        if r["verdict"] in ("refused", "died"):
            why = r.get("refused") or r.get("failed") or r.get("died")
            print(start + f"| {r['verdict']}: {why.split('model.onnx: ')[-1]} | | | | |")
            continue
        mark = "" if r["verdict"] == "equal" else f" **{r['verdict']}**"
        if r.get("draw", 1) > 1:
            mark += f", images {r['draw']}"
        own = f"{r['own']:.1g}" if "own" in r else "–"
        print(start + f"| {r['probability']:.0e} | {r['gradient']:.0e}{mark} | {own} | {r['seconds']:.2f} | {r['memory'] / 2**20:.0f} / {r['bytes'] / 2**20:.1f} MB |")
    counts = {}
    for r in rows:
        counts[r["verdict"]] = counts.get(r["verdict"], 0) + 1
    print()
    print(f"{len({r['model'] for r in rows})} models, {len(rows)} exports:", ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    failed = [f"{r['model']} ({r['exporter']})" for r in rows if r["verdict"] == "not exported"]
    if failed:
        print("Not exported by PyTorch:", ", ".join(failed))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[2:] == ["--print"]:
        table(pathlib.Path(sys.argv[1]))
    else:
        run(pathlib.Path(sys.argv[1]), sys.argv[2:])
