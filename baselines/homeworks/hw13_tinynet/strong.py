"""Strong: a small network with a large teacher. Expect private accuracy 0.88 +- 0.01 in 0.7 minutes (CPU).

The cap holds for what is handed in. A residual network of a hundred thousand numbers is trained beside it, on
pictures turned and recoloured by chance; the small one learns to give the same scores on the same varied
pictures. They say more than a label does: that this might also have been a pancake. (Hinton et al., 2015.)
"""

import importlib.util
import io
import zipfile
from itertools import pairwise
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
    {"kind": "conv", "out": 16, "size": 3, "relu": True},
    {"kind": "maxpool"},
    {"kind": "depthwise", "size": 3, "relu": True},
    {"kind": "conv", "out": 32, "size": 1, "relu": True},
    {"kind": "depthwise", "size": 3, "relu": True},
    {"kind": "conv", "out": 32, "size": 1, "relu": True, "add": 2},
    {"kind": "maxpool"},
    {"kind": "depthwise", "size": 3, "relu": True},
    {"kind": "conv", "out": 48, "size": 1, "relu": True},
    {"kind": "depthwise", "size": 3, "relu": True},
    {"kind": "mean"},
    {"kind": "linear", "out": DISHES},
]  # in the language of tinynet.py
TEACHER_WIDTHS = (16, 32, 64)  # channels of the teacher's stages
TEACHER_EPOCHS, EPOCHS = 30, 45  # passes over the labelled pictures, of the teacher and of its pupil
BATCH = 32  # pictures per step
TEACHER_RATE, RATE = 4e-3, 1e-2  # the one-cycle schedule climbs to it and falls to zero
WEIGHT_DECAY = 1e-3
HEAT = 3.0  # divides the scores that are compared, so that small chances count, too
SHARE = 0.9  # of the loss, what the teacher says; the rest is what the labels say


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
                case "depthwise":
                    part = nn.Conv2d(channels, out, layer["size"], padding="same", groups=out, bias=False)
                    self.parts.append(nn.Sequential(part, nn.BatchNorm2d(out)))
                case "maxpool":
                    self.parts.append(nn.MaxPool2d(2))
                case "mean":
                    self.parts.append(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
                case "linear":
                    self.parts.append(nn.Linear(channels, out))
            channels = out

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        made = [images]
        for layer, part in zip(self.layers, self.parts, strict=True):
            values = part(made[-1])
            if "add" in layer:
                values = values + made[-layer["add"]]
            made.append(values.relu() if layer.get("relu") else values)
        return made[-1]

    def arrays(self) -> list[np.ndarray]:
        """Return weights and biases of each layer as tinynet.py wants them, batch normalisation folded in."""
        found = []
        for layer, part in zip(self.layers, self.parts, strict=True):
            if layer["kind"] in ("conv", "depthwise"):
                convolution, norm = part
                scale = norm.weight / (norm.running_var + norm.eps).sqrt()  # (out,)
                weights = (convolution.weight * scale[:, None, None, None]).permute(2, 3, 1, 0)
                if layer["kind"] == "depthwise":
                    weights = weights[:, :, 0]  # (size, size, channels)
                found += [weights, norm.bias - norm.running_mean * scale]
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


def varied(images: torch.Tensor) -> torch.Tensor:
    """Return pictures (batch, 3, side, side) turned, mirrored, moved, resized and recoloured by chance."""
    n, device = len(images), images.device
    angle, size = 2 * torch.pi * torch.rand(n, device=device), 0.9 + 0.2 * torch.rand(n, device=device)
    mirror = torch.randint(0, 2, (n,), device=device) * 2 - 1
    to = torch.empty(n, 2, 3, device=device)  # (batch, 2, 3): where each new pixel is fetched from
    to[:, 0, 0], to[:, 0, 1] = size * mirror * angle.cos(), -size * angle.sin()
    to[:, 1, 0], to[:, 1, 1] = size * mirror * angle.sin(), size * angle.cos()
    to[:, :, 2] = 0.08 * torch.randn(n, 2, device=device)
    grid = nn.functional.affine_grid(to, list(images.shape), align_corners=False)  # (batch, side, side, 2)
    moved = nn.functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return moved * (1 + 0.1 * torch.randn(n, 3, 1, 1, device=device))


class Residual(nn.Module):
    """Two convolutions and a shortcut around them: (batch, before, s, s) to (batch, after, s, s)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            *(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()),
            *(nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return nn.functional.relu(self.convolutions(maps) + self.shortcut(maps))


def large_network() -> nn.Module:
    """Return an untrained teacher from (batch, 3, side, side) to one score per dish, (batch, 11)."""
    first, *others = TEACHER_WIDTHS
    layers: list[nn.Module] = [nn.Conv2d(3, first, 3, padding=1, bias=False)]
    layers += [nn.BatchNorm2d(first), nn.ReLU()]
    for before, after in pairwise([first, *others]):
        layers += [nn.MaxPool2d(2), Residual(before, after)]
    layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(TEACHER_WIDTHS[-1], DISHES)]
    return nn.Sequential(*layers)


def pupil_loss(scores: torch.Tensor, wanted: torch.Tensor, dishes: torch.Tensor) -> torch.Tensor:
    """Return the loss of scores (batch, 11) against the teacher's (batch, 11), and against the labels."""
    told = nn.functional.kl_div(
        (scores / HEAT).log_softmax(dim=1), (wanted / HEAT).softmax(dim=1), reduction="batchmean"
    )
    return SHARE * HEAT**2 * told + (1 - SHARE) * nn.functional.cross_entropy(scores, dishes)


def fit(
    model: nn.Module,
    images: torch.Tensor,
    dishes: torch.Tensor,
    *,
    rate: float,
    epochs: range,
    last: int,
    teacher: nn.Module | None = None,
) -> None:
    """Train on pictures (n, 3, side, side) of uint8 and dishes (n,), or on what a teacher says of them."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=WEIGHT_DECAY, fused=True)
    steps = len(epochs) * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for epoch in epochs:
        total = torch.zeros((), device=images.device)
        for batch in torch.randperm(len(images), device=images.device).split(BATCH):
            seen = varied(scaled(images[batch]))
            with half_precision(images.device.type):
                if teacher is None:
                    loss = nn.functional.cross_entropy(model(seen), dishes[batch])
                else:
                    with torch.no_grad():
                        wanted = teacher(seen)
                    loss = pupil_loss(model(seen), wanted, dishes[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(batch)
        report(epoch=epoch, epochs=last, loss=total.item() / len(images))
    model.eval()


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train a teacher and its pupil, and return the pupil, cut into pieces: two rows for each."""
    seed_everything(seed)
    torch.set_num_threads(1)  # nets this small only lose time to a second thread
    images, dishes = (part.to(device) for part in load(public))
    first, last = TEACHER_EPOCHS, TEACHER_EPOCHS + EPOCHS
    if dry_run:
        images, dishes, first, last = images[:BATCH], dishes[:BATCH], 1, 2
    teacher = large_network().to(device, memory_format=torch.channels_last)
    fit(teacher, images, dishes, rate=TEACHER_RATE, epochs=range(1, first + 1), last=last)
    pupil = Network(LAYERS).to(device, memory_format=torch.channels_last)
    fit(pupil, images, dishes, rate=RATE, epochs=range(first + 1, last + 1), last=last, teacher=teacher)
    tinynet = load_tinynet(public)
    submission: pd.DataFrame = tinynet.rows(tinynet.pack(LAYERS, pupil.arrays()))
    return submission
