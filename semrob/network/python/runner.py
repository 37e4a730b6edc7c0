"""Answers semrob's questions about a network in a Python file.

Package python starts it as `python -c THIS`, in its own process group, with two pipes:
file descriptor 3 brings frames, 4 takes the answers. A frame is a header, which has the
length of the payload, and the payload. Standard output and standard error belong to the
person's file: nothing that it prints can get between the frames.
"""
import hashlib
import inspect
import json
import os
import queue
import signal
import struct
import sys
import threading
import traceback
import types

HEADER = struct.Struct("<4sIIIQ")  # magic, kind, id, images, bytes of the payload
MAGIC = b"SRB1"
OPEN, SCORES, GRADIENT, ERROR = 1, 2, 3, 4
MOST = 1 << 33  # bytes of a payload
DEFAULT_NAMES = ("network", "model", "predict")
DEFAULT_SIZE = 224

requests, answers = 3, 4
owner = os.getpid()
parent = os.getppid()
os.set_inheritable(requests, False)
os.set_inheritable(answers, False)


def close_pipes():
    """A fork must not answer."""
    for pipe in (requests, answers):
        try:
            os.close(pipe)
        except OSError:
            pass


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=close_pipes)


class Wrong(Exception):
    """A mistake in the person's file, as a sentence."""


def end():
    """Ends this process and those that it started."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def read_exactly(view):
    while len(view):
        n = os.readv(requests, [view])
        if n == 0:
            end()
        view = view[n:]


def write_all(*parts):
    for part in parts:
        view = memoryview(part).cast("B")
        while len(view):
            view = view[os.write(answers, view) :]


def read_ahead(frames):
    """Reads the next frame while the network computes."""
    while True:
        header = bytearray(HEADER.size)
        read_exactly(memoryview(header))
        magic, kind, number, images, length = HEADER.unpack(header)
        if magic != MAGIC or length > MOST:
            end()
        payload = bytearray(length) if numpy is None else numpy.empty(length, numpy.uint8)
        read_exactly(memoryview(payload))
        while True:
            try:
                frames.put((kind, number, images, payload), timeout=1)
                break
            except queue.Full:
                if os.getppid() != parent:
                    end()


def answer(kind, number, images, *payload):
    if os.getpid() != owner:
        os._exit(0)
    length = sum(memoryview(part).nbytes for part in payload)
    write_all(HEADER.pack(MAGIC, kind, number, images, length), *payload)


def refuse(number, message, kind="", package=""):
    text = json.dumps({"message": message, "kind": kind, "package": package}).encode()
    answer(ERROR, number, 0, text)


def sentence(error, file):
    """Says what went wrong, and on which line of the file."""
    if isinstance(error, Wrong):
        return str(error)
    line = 0
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == file:
            line = frame.lineno
    if isinstance(error, SyntaxError) and error.filename == file:
        return f"line {error.lineno}: {error.msg}"
    if isinstance(error, SystemExit):
        text = f"it calls sys.exit({'' if error.code is None else repr(error.code)})"
    else:
        text = type(error).__name__
        said = " ".join(str(error).split())
        if said:
            text += ": " + (said if len(said) < 400 else said[:400] + " …")
    return f"line {line}: {text}" if line else text


def module_of(file, source):
    """Runs the person's file, from the bytes that were hashed."""
    name = os.path.splitext(os.path.basename(file))[0]
    module = types.ModuleType(name)
    module.__file__ = file
    sys.modules.setdefault(name, module)
    sys.path.insert(0, os.path.dirname(file))
    exec(compile(source, file, "exec"), module.__dict__)
    return module


def torch_module(value):
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def keras_model(value):
    for name in ("keras", "tf_keras"):
        keras = sys.modules.get(name)
        if keras is not None and isinstance(value, keras.Model):
            return True
    return False


def network_of(module, name):
    """Returns the object of a name, or of the first of the usual names."""
    if name:
        if not hasattr(module, name):
            raise Wrong(f"it defines no {name!r}{others(module)}")
        value = getattr(module, name)
    else:
        named = [n for n in DEFAULT_NAMES if hasattr(module, n)]
        if not named:
            raise Wrong(f"it defines none of {', '.join(DEFAULT_NAMES)}: name the network, as in python:FILE.py:NAME{others(module)}")
        name = named[0]
        value = getattr(module, name)
    if makes_network(value):
        value = value()
    if not callable(value):
        raise Wrong(f"{name} is a {type(value).__name__}: it must be a torch.nn.Module, a Keras model, a function of images, or a function that returns one of them")
    return name, value


def others(module):
    found = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_") and getattr(v, "__module__", "") == module.__name__]
    return f" (it defines {', '.join(found[:8])})" if found else ""


def makes_network(value):
    """Whether a value has to be called, without arguments, for the network."""
    if torch_module(value) or keras_model(value) or not callable(value):
        return False
    if inspect.isclass(value):
        return True
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return False
    return not any(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL) for p in parameters)


def first(result):
    """Takes the scores out of what networks return."""
    if isinstance(result, dict) and "logits" in result:
        return result["logits"]
    if not hasattr(result, "shape") and hasattr(result, "logits"):
        return result.logits
    if isinstance(result, (tuple, list)) and len(result) and hasattr(result[0], "shape"):
        return result[0]
    return result


class Network:
    """A network in a file."""

    def __init__(self, file, name, source, size, layout):
        self.file = file
        self.module = module_of(file, source)
        self.name, self.value = network_of(self.module, name)
        self.size = size or self.setting("input_size", int, DEFAULT_SIZE)
        if self.size < 1:
            raise Wrong(f"input_size is {self.size}: it must be a positive number of pixels")
        self.output = self.setting("output", str, "")
        if self.output not in ("", "logits", "probabilities"):
            raise Wrong(f"output is {self.output!r}: write logits or probabilities")
        self.layout = layout or self.setting("layout", str, "")
        if self.layout not in ("", "nchw", "nhwc"):
            raise Wrong(f"layout is {self.layout!r}: write nchw or nhwc")
        self.most = self.setting("batch_size", int, 0)
        self.labels = getattr(self.module, "labels", None)
        if self.labels is not None:
            if isinstance(self.labels, str) or not all(isinstance(l, str) for l in self.labels):
                raise Wrong("labels must be a list of strings, one for each class")
            self.labels = list(self.labels)
        self.preprocess = getattr(self.module, "preprocess", None)
        self.classes = 0
        self.torch = sys.modules.get("torch") if torch_module(self.value) else None
        if self.torch:
            self.value.eval()
            tensors = list(self.value.parameters()) + list(self.value.buffers())
            floating = [t for t in tensors if t.is_floating_point()]
            self.device = tensors[0].device if tensors else self.torch.device("cpu")
            self.dtype = floating[0].dtype if floating else self.torch.float32
            for p in self.value.parameters():
                p.requires_grad_(False)

    def setting(self, name, kind, otherwise):
        value = getattr(self.module, name, otherwise)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise Wrong(f"{name} is {value!r}: it must be of type {kind.__name__}")
        return value

    def kind(self):
        if self.torch:
            return f"a PyTorch module, torch {self.torch.__version__}, on {self.device}"
        if keras_model(self.value):
            return "a Keras model"
        return "a function"

    def differentiable(self):
        return bool(self.torch) or callable(getattr(self.module, "gradient", None))

    def fingerprint(self, source):
        """Hashes the file, the modules beside it, the weights and what fingerprint() returns."""
        total = hashlib.sha256(source)
        total.update(self.name.encode() + b"\n")
        folder = os.path.dirname(os.path.abspath(self.file)) + os.sep
        beside = {}
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if path and path.startswith(folder) and path.endswith(".py") and path != self.file and "site-packages" not in path:
                beside[path[len(folder) :]] = path
        for name in sorted(beside):
            with open(beside[name], "rb") as opened:
                total.update(name.encode() + hashlib.sha256(opened.read()).digest())
        if self.torch:
            for name, tensor in sorted(self.value.state_dict().items()):
                if not hasattr(tensor, "detach"):
                    total.update(repr((name, tensor)).encode())
                    continue
                tensor = tensor.detach().cpu().contiguous()
                total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
                total.update(tensor.flatten().view(self.torch.uint8).numpy().tobytes() if tensor.numel() else b"")
        elif keras_model(self.value):
            for weight in self.value.get_weights():
                total.update(f"{weight.dtype} {weight.shape}\n".encode() + numpy.ascontiguousarray(weight).tobytes())
        own = getattr(self.module, "fingerprint", None)
        if own is not None:
            total.update(repr(own() if callable(own) else own).encode())
        return total.hexdigest()

    def tensor(self, images):
        """Images as a torch module takes them."""
        if self.layout != "nhwc":  # plane by plane, in half of the time of PyTorch's permute
            planes = numpy.empty((len(images), 3, self.size, self.size), numpy.float32)
            for colour in range(3):
                planes[:, colour] = images[..., colour]
            images = planes
        return self.torch.from_numpy(images).to(self.device)

    def of_tensor(self, x):
        if self.preprocess:
            x = self.preprocess(x)
        return first(self.value(x.to(self.dtype)))

    def of_array(self, images):
        x = self.preprocess(images) if self.preprocess else images
        if keras_model(self.value):
            return self.value(x, training=False)
        if self.layout == "nchw":
            x = numpy.ascontiguousarray(numpy.transpose(x, (0, 3, 1, 2)))
        return first(self.value(x))

    def scores(self, images):
        """[images, S, S, 3] float32 in, [images, classes] float32 out."""
        if self.torch:
            with self.torch.inference_mode():
                result = self.of_tensor(self.tensor(images))
        else:
            result = self.of_array(images)
        return self.checked(result, len(images))

    def checked(self, result, images):
        if hasattr(result, "detach"):  # a torch tensor
            result = result.detach().float().cpu().numpy()
        elif hasattr(result, "numpy") and not isinstance(result, numpy.ndarray):
            result = result.numpy()
        try:
            array = numpy.ascontiguousarray(numpy.asarray(result), numpy.float32)
        except (TypeError, ValueError):
            raise Wrong(f"{self.name} returns a {type(result).__name__} for {images} images: it must return numbers of the shape [{images}, classes]") from None
        shape = list(numpy.shape(result))
        if len(shape) != 2 or shape[0] != images or shape[1] < 1:
            raise Wrong(f"{self.name} returns the shape {shape} for {images} images: it must be [{images}, classes]")
        if self.classes and shape[1] != self.classes:
            raise Wrong(f"{self.name} returns {shape[1]} classes, and returned {self.classes} before")
        return array

    def weights(self, scores, of, what):
        """Derivatives of the weighted sum of the probabilities with respect to the scores."""
        if what == "probabilities":
            return numpy.tile(of, (len(scores), 1))
        if scores.shape[1] == 1:
            p = 1 / (1 + numpy.exp(-scores))
            return p * (1 - p) * of
        p = numpy.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return p * (of - (p * of).sum(axis=1, keepdims=True))

    def gradient(self, images, of, what):
        """The scores, and the derivatives of the sum of the probabilities with weights of, [classes]."""
        own = getattr(self.module, "gradient", None)
        if callable(own):
            scores = self.scores(images)
            weights = self.weights(scores, of, what)
            result = own(images, weights)
        else:
            x = self.tensor(images).requires_grad_(True)
            with self.torch.enable_grad():
                result = self.of_tensor(x)
                scores = self.checked(result, len(images))
                weights = self.torch.from_numpy(self.weights(scores, of, what)).to(result.device, result.dtype)
                if not result.requires_grad:
                    raise Wrong(f"{self.name} returns scores without a gradient: it must not detach them from its images")
                (result,) = self.torch.autograd.grad(result, x, weights)
            if self.layout != "nhwc":
                result = result.permute(0, 2, 3, 1)
        if hasattr(result, "detach"):
            result = result.detach().float().cpu().numpy()
        array = numpy.ascontiguousarray(numpy.asarray(result), numpy.float32)
        if array.shape != images.shape:
            raise Wrong(f"its gradient has the shape {list(array.shape)}: it must be that of the images, {list(images.shape)}")
        return scores, array


def opened(request):
    """Opens the file, and tries the network on two images."""
    file = request["file"]
    with open(file, "rb") as binary:
        source = binary.read()
    network = Network(file, request["name"], source, request["input_size"], request["layout"])
    images = numpy.empty((2, network.size, network.size, 3), numpy.float32)
    images[0] = 0.5
    ramp = numpy.linspace(0, 1, network.size, dtype=numpy.float32)
    images[1] = ramp[:, None, None] * numpy.array([1, 0.5, 0.25], numpy.float32) * ramp[None, :, None]
    scores = network.scores(images)
    network.classes = scores.shape[1]
    if network.labels is not None and len(network.labels) != network.classes:
        raise Wrong(f"it has {len(network.labels)} labels, and {network.name} returns {network.classes} classes")
    about = {
        "name": network.name, "input_size": network.size, "classes": network.classes, "labels": network.labels,
        "output": network.output, "gradient": network.differentiable(), "preprocess": network.preprocess is not None,
        "batch_size": network.most, "kind": network.kind(), "fingerprint": network.fingerprint(source),
        "finite": bool(numpy.isfinite(scores).all()),
        "like_probabilities": bool((scores >= 0).all() and numpy.allclose(scores.sum(axis=1), 1, atol=1e-3) and scores.shape[1] > 1),
    }
    return network, about


def work(frames):
    network, file, what = None, "", "logits"
    while True:
        kind, number, images, payload = frames.get()
        try:
            if kind == OPEN:
                request = json.loads(bytes(payload))
                file = request["file"]
                network, about = opened(request)
                what = request["output"] or network.output or "logits"
                answer(OPEN, number, 0, json.dumps(about).encode())
                continue
            batch = numpy.frombuffer(payload, numpy.float32)
            if kind == GRADIENT:
                of, batch = batch[: network.classes], batch[network.classes :]
            if batch.size != images * network.size * network.size * 3:
                end()
            batch = batch.reshape(images, network.size, network.size, 3)
            if kind == SCORES:
                answer(SCORES, number, images, network.scores(batch))
            else:
                scores, gradient = network.gradient(batch, of, what)
                answer(GRADIENT, number, images, scores, gradient)
        except ModuleNotFoundError as error:
            traceback.print_exc()
            refuse(number, sentence(error, file), "package", (error.name or "").partition(".")[0])
        except BaseException as error:  # the person's code may raise anything
            if os.getpid() == owner and not isinstance(error, Wrong):
                traceback.print_exc()
            refuse(number, sentence(error, file))


try:
    import numpy
except ModuleNotFoundError:
    numpy = None
    refuse(0, "", "package", "numpy")
    end()
waiting = queue.Queue(1)
threading.Thread(target=read_ahead, args=(waiting,), daemon=True).start()
work(waiting)
