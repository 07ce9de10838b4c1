"""The metric of homework 13: the upload is a network; it is weighed, run on hidden pictures, and scored.

A network is a list of layers and its numbers. Both are packed into one text, and the text is cut into PIECES
pieces, each of which stands in two rows: one of them is public and the other private, so that either half of
the rows holds the whole network. Students get this file as tinynet.py: `pack` writes what `score` reads.

    layers = [
        {"kind": "conv", "out": 8, "size": 3, "relu": True},       # to 8 channels, the picture keeps its size
        {"kind": "depthwise", "size": 3, "relu": False},           # each channel on its own
        {"kind": "conv", "out": 8, "size": 1, "relu": True, "add": 2},  # plus the input of the layer before
        {"kind": "maxpool"},                                       # half as high, half as wide
        {"kind": "mean"},                                          # each channel's mean: (batch, channels)
        {"kind": "linear", "out": 11},
    ]

"add": 1 would add the layer's own input, and so on backwards; the relu comes after it. The numbers are the
weights and then the biases of each layer, one layer after the other. Weights have these shapes: of a
convolution (size, size, before, out), of a depthwise one (size, size, channels), of a linear layer (before,
out).
"""

import base64
import binascii
import json
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

PIECES = 64  # of a packed network; row 2 k and row 2 k + 1 hold piece k
FILLER = "."  # fills the last pieces; no letter of Base64
CLASSES = 11
MOST_LAYERS, MOST_CHANNELS, LARGEST = 60, 1024, 7  # layers, channels, and the size of a convolution
AT_A_TIME = 100  # pictures that go through the network together
KEYS = {
    "conv": {"kind", "out", "size", "relu", "add"},
    "depthwise": {"kind", "size", "relu", "add"},
    "maxpool": {"kind"},
    "mean": {"kind"},
    "linear": {"kind", "out"},
}
Layer = dict[str, Any]


class ParticipantVisibleError(Exception):
    """What is wrong with the upload, for the student to read."""


class Stage(NamedTuple):
    """A layer with its numbers, and what it costs: multiplications and additions for one picture."""

    layer: Layer
    weights: np.ndarray
    biases: np.ndarray
    work: int


def pack(layers: list[Layer], arrays: list[np.ndarray]) -> list[str]:
    """The PIECES pieces of a network: its layers, and weights and biases of each in turn."""
    numbers = np.concatenate([np.asarray(array, dtype="<f4").ravel() for array in arrays])
    text = base64.b64encode(json.dumps(layers).encode() + b"\0" + numbers.tobytes()).decode()
    width = -(-len(text) // PIECES)
    text = text.ljust(width * PIECES, FILLER)
    return [text[start : start + width] for start in range(0, len(text), width)]


def rows(pieces: list[str]) -> pd.DataFrame:
    """The submission: each piece in two rows that follow each other."""
    return pd.DataFrame({"Id": np.arange(2 * PIECES), "Network": np.repeat(pieces, 2)})


def score(
    solution: pd.DataFrame,
    submission: pd.DataFrame,
    row_id_column_name: str,
    cap: int,
    million_operations: int = 30,
) -> float:
    """The share of hidden pictures that the uploaded network names right; larger is better, 1 at most.

    solution: Id, Pictures (Base64 of square RGB pictures, one after the other), Labels (numbers parted by
    spaces). submission: Id, Network (a piece). cap: how many numbers the network may have, biases and all.
    million_operations: how many millions of multiplications and additions it may take for a picture.
    Raises ParticipantVisibleError for a network that cannot be read, or is too large.
    """
    pictures, labels = _hidden(solution)
    pieces = submission.sort_values(row_id_column_name)["Network"].astype(str).tolist()
    if not "".join(pieces).strip(FILLER):
        return float(np.mean(labels == 0))  # the sample: no network, which names class 0
    layers, numbers = unpack(pieces)
    stages = build(layers, numbers, side=pictures.shape[1])
    if len(numbers) > cap:
        raise ParticipantVisibleError(
            f"The network has {len(numbers):,} numbers and may have {cap:,}. Make it narrower or shallower; "
            "batch normalisation costs nothing once it is folded into the convolution before it."
        )
    work = sum(stage.work for stage in stages)
    if work > million_operations * 1e6:
        raise ParticipantVisibleError(
            f"The network takes {work / 1e6:.1f} million operations for a picture and may take "
            f"{million_operations}. Halve the picture earlier."
        )
    scores = [run(stages, pictures[n : n + AT_A_TIME]) for n in range(0, len(pictures), AT_A_TIME)]
    return float(np.mean(np.concatenate(scores).argmax(axis=1) == labels))


def _hidden(solution: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The pictures (n, side, side, 3) from -1 to 1 and their labels (n,)."""
    data = b"".join(base64.b64decode(text) for text in solution["Pictures"])
    labels = np.array(" ".join(solution["Labels"].astype(str)).split(), dtype=int)
    side = round((len(data) / len(labels) / 3) ** 0.5)
    pixels = np.frombuffer(data, dtype=np.uint8).reshape(len(labels), side, side, 3)
    return pixels.astype(np.float32) / 127.5 - 1, labels


def unpack(pieces: list[str]) -> tuple[list[Layer], np.ndarray]:
    """The layers and numbers of a packed network; raises ParticipantVisibleError."""
    try:
        data = base64.b64decode("".join(pieces).rstrip(FILLER), validate=True)
        head, mark, numbers = data.partition(b"\0")
        layers = json.loads(head)
    except (binascii.Error, ValueError, RecursionError):
        layers, mark, numbers = None, b"", b""
    if not mark or not isinstance(layers, list) or len(numbers) % 4:
        raise ParticipantVisibleError(
            f"The pieces are no packed network. Rows 2 k and 2 k + 1 hold piece k of {PIECES}, as pack() of "
            "tinynet.py makes them."
        )
    values = np.frombuffer(numbers, dtype="<f4")
    if not np.isfinite(values).all():
        raise ParticipantVisibleError("The network has numbers that are not finite: its training diverged.")
    return layers, values


def build(layers: list[Layer], numbers: np.ndarray, *, side: int) -> list[Stage]:
    """The stages of a network for pictures of this side; raises ParticipantVisibleError."""
    if not 1 <= len(layers) <= MOST_LAYERS:
        raise ParticipantVisibleError(f"The network has {len(layers)} layers; it has 1 to {MOST_LAYERS}.")
    stages: list[Stage] = []
    shapes: list[tuple[int, ...]] = [(side, side, 3)]
    for place, layer in enumerate(layers, start=1):
        _require_known(layer, place)
        weights, after = _shapes(layer, shapes[-1], place)
        count, ends = int(np.prod(weights)), weights[-1]  # there is a bias for each output
        if count + ends > len(numbers):
            needs = f"Layer {place} needs {count + ends} numbers; {len(numbers)} are left."
            raise ParticipantVisibleError(needs)
        _require_addable(layer, after, shapes, place)
        area = after[0] * after[1] if len(after) == 3 else 1
        work = 2 * area * count + int(np.prod(after))
        stages.append(Stage(layer, numbers[:count].reshape(weights), numbers[count : count + ends], work))
        numbers = numbers[count + ends :]
        shapes.append(after)
    if len(numbers) or shapes[-1] != (CLASSES,):
        raise ParticipantVisibleError(
            f"The network ends with {shapes[-1]} and {len(numbers)} numbers that no layer uses; it ends with "
            f"{CLASSES} scores and uses all its numbers."
        )
    return stages


def _require_known(layer: Layer, place: int) -> None:
    kind = layer.get("kind") if isinstance(layer, dict) else None
    if not isinstance(kind, str) or kind not in KEYS or not set(layer) <= KEYS[kind]:
        known = ", ".join(KEYS)
        raise ParticipantVisibleError(f"Layer {place} is no layer that there is; these are: {known}.")
    for key, most in (("out", MOST_CHANNELS), ("size", LARGEST), ("add", MOST_LAYERS)):
        value = layer.get(key, 1)
        if type(value) is not int or not 1 <= value <= most:
            raise ParticipantVisibleError(f"Layer {place}: '{key}' is a whole number from 1 to {most}.")
    if layer.get("size", 1) % 2 == 0:
        raise ParticipantVisibleError(f"Layer {place}: 'size' is odd, so that the picture keeps its size.")


def _shapes(layer: Layer, before: tuple[int, ...], place: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shape of the layer's weights, (0,) where it has none, and that of what it makes."""
    kind, is_map = layer["kind"], len(before) == 3
    if kind == "linear" and not is_map and "out" in layer:
        return (before[0], layer["out"]), (layer["out"],)
    if is_map:
        height, width, channels = before
        match kind:
            case "conv" if "out" in layer and "size" in layer:
                return (layer["size"], layer["size"], channels, layer["out"]), (height, width, layer["out"])
            case "depthwise" if "size" in layer:
                return (layer["size"], layer["size"], channels), before
            case "maxpool" if min(height, width) >= 2:
                return (0,), (height // 2, width // 2, channels)
            case "mean":
                return (0,), (channels,)
    raise ParticipantVisibleError(f"Layer {place}, {layer}, cannot follow what has the shape {before}.")


def _require_addable(layer: Layer, after: tuple[int, ...], shapes: list[tuple[int, ...]], place: int) -> None:
    if "add" in layer and (layer["add"] > len(shapes) or shapes[-layer["add"]] != after):
        raise ParticipantVisibleError(
            f"Layer {place} adds an earlier input, 'add' is {layer['add']}, that has not its shape {after}."
        )


def run(stages: list[Stage], pictures: np.ndarray) -> np.ndarray:
    """The scores (n, CLASSES) of pictures (n, side, side, 3) from -1 to 1."""
    outputs = [pictures]
    for stage in stages:
        values = _forward(stage, outputs[-1])
        if "add" in stage.layer:
            values = values + outputs[-stage.layer["add"]]
        outputs.append(np.maximum(values, 0) if stage.layer.get("relu") is True else values)
    return outputs[-1]


def _forward(stage: Stage, values: np.ndarray) -> np.ndarray:
    match stage.layer["kind"]:
        case "maxpool":
            n, height, width, channels = values.shape
            even = values[:, : height // 2 * 2, : width // 2 * 2]
            return even.reshape(n, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))
        case "mean":
            return values.mean(axis=(1, 2))
        case "linear":
            return values @ stage.weights + stage.biases
    size, (_, height, width, _) = stage.layer["size"], values.shape
    edge = size // 2
    padded = np.pad(values, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    total: np.ndarray = np.zeros(1, dtype=np.float32) + stage.biases
    for down in range(size):
        for right in range(size):
            part = padded[:, down : down + height, right : right + width]
            tap = stage.weights[down, right]
            total = total + (part @ tap if stage.layer["kind"] == "conv" else part * tap)
    return total
