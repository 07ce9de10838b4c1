"""Simple: a plain network that is small enough. Expect private accuracy 0.73 +- 0.02 in 0.1 minutes (CPU).

The sample code of the homework: three convolutions and one linear layer with 5,615 numbers. Batch
normalisation helps the training and is folded into the convolutions for the upload, where it would count.
"""

import importlib.util
import io
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from baselines.training import half_precision, report, seed_everything

DISHES = 11
PHOTO_SIDE = 32  # pixels to which photographs are brought, as in the test; drawn pictures stay as they are
LAYERS: list[dict[str, Any]] = [
    {"kind": "conv", "out": 8, "size": 3, "relu": True},
    {"kind": "maxpool"},
    {"kind": "conv", "out": 16, "size": 3, "relu": True},
    {"kind": "maxpool"},
    {"kind": "conv", "out": 27, "size": 3, "relu": True},
    {"kind": "mean"},
    {"kind": "linear", "out": DISHES},
]  # in the language of tinynet.py
EPOCHS = 30  # passes over the labelled pictures
BATCH = 32  # pictures per step
PEAK_RATE = 1e-2  # the one-cycle schedule climbs to it and falls to zero
WEIGHT_DECAY = 1e-3


class Network(nn.Module):
    """A network from its layers: (batch, 3, side, side) to one score per dish, (batch, 11)."""

    def __init__(self, layers: list[dict[str, Any]]) -> None:
        super().__init__()
        self.layers, self.parts, channels = layers, nn.ModuleList(), 3
        for layer in layers:
            out = layer.get("out", channels)
            match layer["kind"]:
                case "conv":
                    part = nn.Conv2d(channels, out, layer["size"], padding="same", bias=False)
                    self.parts.append(nn.Sequential(part, nn.BatchNorm2d(out)))
                case "maxpool":
                    self.parts.append(nn.MaxPool2d(2))
                case "mean":
                    self.parts.append(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
                case "linear":
                    self.parts.append(nn.Linear(channels, out))
            channels = out

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        for layer, part in zip(self.layers, self.parts, strict=True):
            images = part(images).relu() if layer.get("relu") else part(images)
        return images

    def arrays(self) -> list[np.ndarray]:
        """Return weights and biases of each layer as tinynet.py wants them, batch normalisation folded in."""
        found = []
        for layer, part in zip(self.layers, self.parts, strict=True):
            if layer["kind"] == "conv":
                convolution, norm = part
                scale = norm.weight / (norm.running_var + norm.eps).sqrt()  # (out,)
                weights = convolution.weight * scale[:, None, None, None]  # (out, before, size, size)
                found += [weights.permute(2, 3, 1, 0), norm.bias - norm.running_mean * scale]
            elif layer["kind"] == "linear":
                found += [part.weight.T, part.bias]
        return [array.detach().cpu().numpy() for array in found]


def load(public: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the labelled pictures (n, 3, side, side) of uint8 and their dishes (n,)."""
    stack, dishes = [], []
    with zipfile.ZipFile(public / "food11-hw13.zip") as archive:
        for name in sorted(archive.namelist()):
            if name.split("/")[1] in ("training", "validation") and name[-1] != "/":
                with Image.open(io.BytesIO(archive.read(name))) as picture:
                    side = min(PHOTO_SIDE, picture.width)
                    stack.append(np.asarray(picture.convert("RGB").resize((side, side))))
                dishes.append(int(Path(name).stem.split("_")[0]))
    return torch.from_numpy(np.stack(stack)).permute(0, 3, 1, 2), torch.tensor(dishes)


def load_tinynet(public: Path) -> ModuleType:
    """Return public/tinynet.py as a module: what `import tinynet` does for who has it beside the script."""
    spec = importlib.util.spec_from_file_location("tinynet", public / "tinynet.py")
    assert spec is not None, "the ending .py has a loader"
    assert spec.loader is not None, "and that loader can run it"
    tinynet = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tinynet)
    return tinynet


def scaled(images: torch.Tensor) -> torch.Tensor:
    """Return pixels (batch, 3, side, side) of uint8 as numbers from -1 to 1, as the test has them."""
    return images.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


def fit(model: nn.Module, images: torch.Tensor, dishes: torch.Tensor, *, epochs: int) -> None:
    """Train on pictures (n, 3, side, side) of uint8 and dishes (n,)."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    steps = epochs * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=images.device)
        for batch in torch.randperm(len(images), device=images.device).split(BATCH):
            with half_precision(images.device.type):
                loss = nn.functional.cross_entropy(model(scaled(images[batch])), dishes[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(batch)
        report(epoch=epoch, epochs=epochs, loss=total.item() / len(images))


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train the network and return it, cut into pieces: two rows for each."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    images, dishes = (part.to(device) for part in load(public))
    if dry_run:
        images, dishes = images[:BATCH], dishes[:BATCH]
    model = Network(LAYERS).to(device, memory_format=torch.channels_last)
    fit(model, images, dishes, epochs=1 if dry_run else EPOCHS)
    tinynet = load_tinynet(public)
    submission: pd.DataFrame = tinynet.rows(tinynet.pack(LAYERS, model.eval().arrays()))
    return submission
