"""Writes golden files of transformers' CLIP, SigLIP and DINOv2 with generated weights.

    .build/pytorch/bin/python benchmarks/networks/towers.py FOLDER
    semrob network check FOLDER/clip.json

The configurations are small, so that the files are. Weights and images are generated as in
golden.py. transformers computes in float64. It also writes small tokenizers, with what
transformers makes of some texts.
"""
import io
import json
import pathlib
import sys
import unicodedata

import numpy as np
import torch
import transformers

from golden import IMAGES, LOGIT, SAMPLES, STRIDE, parameter, uniform

TEXT = dict(vocab_size=96, hidden_size=16, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=12)
VISION = dict(hidden_size=24, intermediate_size=56, num_hidden_layers=2, num_attention_heads=3, image_size=24, patch_size=8)
DINO = dict(hidden_size=24, mlp_ratio=2, num_hidden_layers=2, num_attention_heads=3, image_size=40, patch_size=8, num_labels=9)
BEGIN, END = 94, 95
# DINOv2's published names of what newer versions of transformers rename.
OLDER = {".attention.q_proj.": ".attention.attention.query.", ".attention.k_proj.": ".attention.attention.key.",
         ".attention.v_proj.": ".attention.attention.value.", ".attention.o_proj.": ".attention.output.dense."}


def prompts(count):
    """Tokens of prompts of several lengths, without padding."""
    return [[BEGIN] + [(7 * i + 3 * k) % 90 + 1 for k in range(1 + i % 9)] + [END] for i in range(count)]


def models():
    """Name, config and module, and the size of the images, of each golden file."""
    marks = dict(bos_token_id=BEGIN, eos_token_id=END, pad_token_id=0)
    clip = dict(vision_config=VISION, projection_dim=20)
    yield "clip", transformers.CLIPConfig(text_config=TEXT | marks, **clip), transformers.CLIPModel, 24
    yield "clip-before", transformers.CLIPConfig(text_config=TEXT | marks | dict(eos_token_id=2), **clip), transformers.CLIPModel, 24
    text = TEXT | dict(hidden_size=24, num_attention_heads=3, projection_size=24)
    yield "siglip", transformers.SiglipConfig(text_config=text, vision_config=VISION), transformers.SiglipModel, 24
    for name, config, module in (
        ("dinov2", transformers.Dinov2Config, transformers.Dinov2ForImageClassification),
        ("dinov2-registers", transformers.Dinov2WithRegistersConfig, transformers.Dinov2WithRegistersForImageClassification),
    ):
        for size in (40, 24, 56):
            yield f"{name}-{size}" if size != 40 else name, config(**DINO), module, size


def published(name):
    for newer, older in OLDER.items():
        name = name.replace(newer, older)
    return name


def golden(name, config, make, size):
    config._attn_implementation = "eager"
    module = make(config)
    shapes = {key: list(value.shape) for key, value in module.state_dict().items()}
    module.load_state_dict({key: parameter(published(key), shape) for key, shape in shapes.items()})
    module = module.double().eval().requires_grad_(False)
    images = ((uniform("image", IMAGES * 3 * size * size) + 1) / 2).astype(np.float32)
    x = torch.from_numpy(images.reshape(IMAGES, 3, size, size)).double().requires_grad_(True)
    tokens, pad = [], 0
    if "dinov2" in name:
        logits = module(x).logits
    else:
        tokens = prompts(9)
        length = TEXT["max_position_embeddings"]
        ids = torch.tensor([t + [pad] * (length - len(t)) for t in tokens])
        logits = module(input_ids=ids, pixel_values=x).logits_per_image
    logits[:, LOGIT].sum().backward()
    gradient = x.grad.flatten()
    index = [i * STRIDE % gradient.numel() for i in range(SAMPLES)]
    return {
        "arch": name, "input_size": size, "transformers": transformers.__version__, "hub_config": json.loads(config.to_json_string()),
        "tokens": tokens, "pad": pad,
        "params": [{"name": published(key), "shape": shape} for key, shape in shapes.items() if not key.endswith("mask_token")],
        "logits": logits.tolist(), "grad_of": f"sum over the batch of logit {LOGIT}, with respect to the NCHW input",
        "grad_l2": gradient.norm().item(), "grad_index": index, "grad_value": gradient[index].tolist(),
    }


TEXTS = [
    "a photo of a teapot", "a photo of a folding chair.", "A  Photo of a TEAPOT!", "it's 2 dogs' bowls, isn't it?", "caf\u00e9 au lait",
    "\u00fcber-gro\u00df 1234", "teapot", "x", "a\tphoto\nof", "the weather & the ship (at sea)", "\u8336\u58f6 teapot", "\ufb01sh \u2163", "don't we're they'll",
]
CORPUS = """a photo of a teapot. a photo of a folding chair. the photo of the ship at sea, a drawing of a dog and a cat
in the weather, it is not the cup, they are the bowls of two dogs, an airliner on the ground, a toilet seat, a park bench,
we have seen a street sign and a school bus near the wooden table of the house, coffee with milk"""


def tokenizers(folder):
    """Small tokenizers of CLIP's and SigLIP's kind, and what transformers makes of TEXTS."""
    import sentencepiece
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    words = transformers.CLIPTokenizer()
    backend = words.backend_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|startoftext|>", "<|endoftext|>"], end_of_word_suffix="</w>",
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    )
    trained = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>", continuing_subword_prefix=""))
    trained.normalizer, trained.pre_tokenizer = backend.normalizer, backend.pre_tokenizer
    trained.train_from_iterator(CORPUS.lower().split("\n"), trainer)
    model = json.loads(trained.to_str())["model"]
    for character in pre_tokenizers.ByteLevel.alphabet():
        model["vocab"].setdefault(character + "</w>", len(model["vocab"]))
    clip = transformers.CLIPTokenizer(vocab=model["vocab"], merges=[tuple(m) for m in model["merges"]])
    clip.backend_tokenizer.save(str(folder / "clip.json"))

    file, spoken = io.BytesIO(), CORPUS.replace(",", "").replace(".", "").split()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(spoken[i : i + 4]) for i in range(len(spoken)) for _ in range(5)]), model_writer=file, vocab_size=110, model_type="unigram",
        pad_id=-1, bos_id=-1, eos_id=1, unk_id=2, hard_vocab_limit=False, add_dummy_prefix=False, normalization_rule_name="identity", control_symbols=["<pad>"], minloglevel=2,
    )
    (folder / "spiece.model").write_bytes(file.getvalue())
    siglip = transformers.SiglipTokenizer(str(folder / "spiece.model"))
    expected = [{"text": t, "clip": clip(t)["input_ids"]} for t in TEXTS]
    for one in expected:  # the table of NFKC would make the file large
        if unicodedata.normalize("NFKC", one["text"]) == one["text"]:
            one["siglip"] = siglip(one["text"])["input_ids"]
    (folder / "texts.json").write_text(json.dumps(expected) + "\n")


LABELS = ["teapot", "folding chair", "ship", "school bus", "cat"]


def zeroshot(folder):
    """Probabilities of LABELS as prompts, from text and colours 0..1 on, of CLIP's and SigLIP's kind."""
    vocabulary = json.loads((folder / "clip.json").read_text())["model"]
    clip = transformers.CLIPTokenizer(vocab=vocabulary["vocab"], merges=[tuple(m) for m in vocabulary["merges"]])
    siglip = transformers.SiglipTokenizer(str(folder / "spiece.model"))
    texts = [f"a photo of a {label}" for label in LABELS]
    end = dict(eos_token_id=1, bos_token_id=0, pad_token_id=1, max_position_embeddings=20)
    images = ((uniform("image", IMAGES * 3 * 24 * 24) + 1) / 2).astype(np.float32)
    x = torch.from_numpy(images.reshape(IMAGES, 3, 24, 24)).double()
    answers = {}
    for name, words, config, make, mean, std in (
        ("clip", clip, transformers.CLIPConfig(text_config=TEXT | end | dict(vocab_size=700), vision_config=VISION, projection_dim=20), transformers.CLIPModel,
         [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
        ("siglip", siglip, transformers.SiglipConfig(text_config=TEXT | end | dict(vocab_size=120, hidden_size=24, num_attention_heads=3, projection_size=24), vision_config=VISION),
         transformers.SiglipModel, [0.5] * 3, [0.5] * 3),
    ):
        module = make(config)
        module.load_state_dict({key: parameter(key, list(value.shape)) for key, value in module.state_dict().items()})
        module = module.double().eval()
        ids = torch.tensor([t + [1] * (20 - len(t)) for t in words(texts)["input_ids"]])
        fed = (x - torch.tensor(mean).double()[:, None, None]) / torch.tensor(std).double()[:, None, None]
        with torch.no_grad():
            logits = module(input_ids=ids, pixel_values=fed).logits_per_image
        probabilities = logits.softmax(-1) if name == "clip" else logits.sigmoid()
        answers[name] = {"config": json.loads(config.to_json_string()), "labels": LABELS, "probabilities": probabilities.tolist()}
    (folder / "zeroshot.json").write_text(json.dumps(answers) + "\n")


def main(folder):
    tokenizers(pathlib.Path(folder))
    zeroshot(pathlib.Path(folder))
    for name, config, make, size in models():
        text = json.dumps(golden(name, config, make, size))
        pathlib.Path(folder, name + ".json").write_text(text + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
