"""What the tiers of homework 15 share: drawings, tasks made of them, convolutions, and the test's tasks."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from baselines.training import compiled, half_precision, report

WAYS = 5  # characters in a task of the test
BLOCKS, WIDTH = 3, 16  # of the network: blocks of convolution and pooling, and channels
REAL_SIDE, REAL_BLOCKS, REAL_WIDTH = 28, 4, 64  # pixels of the real pictures, and the network for them
TUNING_RATE = 0.1  # of gradient descent on a task's five pictures


@dataclass(frozen=True)
class Drawings:
    """Pictures (characters, drawings, side, side), uint8, and each character's alphabet (characters,)."""

    pictures: torch.Tensor
    alphabets: torch.Tensor

    @property
    def is_real(self) -> bool:
        """Whether these are the drawings of Omniglot, which want a larger network and more steps."""
        return self.pictures.shape[-1] >= REAL_SIDE


@dataclass(frozen=True)
class TaskSizes:
    """Tasks per step, the characters of each, and the drawings of a character that it asks for."""

    tasks: int
    ways: int
    queries: int


def load(public: Path, device: str, *, characters: int | None) -> Drawings:
    """The drawings of so many training characters, of all for None; the pictures on the device."""
    folders: dict[str, list[str]] = {}
    with zipfile.ZipFile(public / "Omniglot.zip") as archive:
        for name in sorted(name for name in archive.namelist() if name.endswith(".png")):
            folders.setdefault(name.rsplit("/", 1)[0], []).append(name)
        folders = dict(list(folders.items())[:characters])
        count = min(map(len, folders.values()))
        pictures = np.stack([read(archive, names[:count]) for names in folders.values()])
    alphabets = [folder.rsplit("/", 1)[0] for folder in folders]
    numbers = {alphabet: number for number, alphabet in enumerate(dict.fromkeys(alphabets))}
    return Drawings(
        torch.from_numpy(pictures).to(device), torch.tensor([numbers[alphabet] for alphabet in alphabets])
    )


def read(archive: zipfile.ZipFile, names: list[str]) -> np.ndarray:
    """These pictures, (pictures, side, side), uint8; ink is 255 and paper 0."""
    files = (io.BytesIO(archive.read(name)) for name in names)
    return np.stack([255 - np.asarray(Image.open(file).convert("L")) for file in files])


def conv_network(side: int) -> nn.Sequential:
    """An untrained network from (batch, 1, side, side) to features (batch, 4 * width)."""
    blocks, width = (REAL_BLOCKS, REAL_WIDTH) if side >= REAL_SIDE else (BLOCKS, WIDTH)
    layers: list[nn.Module] = []
    for channels in (1, *[width] * (blocks - 1)):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2, ceil_mode=True)]  # the last one leaves 2 x 2
    return nn.Sequential(*layers, nn.Flatten())


def network_for(drawings: Drawings) -> nn.Module:
    """An untrained network for these drawings on their device, compiled for the real ones."""
    device = drawings.pictures.device.type
    network: nn.Module = conv_network(drawings.pictures.shape[-1]).to(device)
    return compiled(network, device) if drawings.is_real else network


def features(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """Features (tasks, n, features) of pictures (tasks, n, side, side), uint8."""
    flat = pictures.flatten(0, 1)[:, None].float() / 255  # (tasks * n, 1, side, side)
    with half_precision(pictures.device.type):
        output: torch.Tensor = model(flat).float()
    return output.unflatten(0, pictures.shape[:2])


def tuned_layer(support: torch.Tensor, *, steps: int) -> torch.Tensor:
    """A last layer for each task, (tasks, WAYS, features), tuned on its support of the same shape.

    The classes of a task are numbered at random, so no first layer is better than zeros.
    """
    one_hot = torch.eye(WAYS, device=support.device)
    layer = torch.zeros_like(support)
    for _ in range(steps):
        errors = (support @ layer.transpose(1, 2)).softmax(dim=2) - one_hot  # (tasks, WAYS, WAYS)
        layer = layer - TUNING_RATE * errors.transpose(1, 2) @ support  # cross-entropy's gradient
    return layer


def new_tasks(drawings: Drawings, sizes: TaskSizes) -> torch.Tensor:
    """New tasks (tasks, ways, 1 + queries, side, side): of each character first the support.

    A task's characters come from one alphabet, as in the test.
    """
    pictures, alphabets, count = drawings.pictures, drawings.alphabets, len(drawings.pictures)
    first = torch.randint(count, (sizes.tasks, 1))
    is_kin = alphabets[first] == alphabets  # (tasks, characters)
    characters = (torch.rand(sizes.tasks, count) + is_kin).topk(sizes.ways).indices  # (tasks, ways)
    copies = torch.rand(sizes.tasks, sizes.ways, pictures.shape[1]).topk(1 + sizes.queries).indices
    return pictures[characters[..., None].to(pictures.device), copies.to(pictures.device)]


def fit_tasks(
    model: nn.Module,
    drawings: Drawings,
    logits_of: Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor],
    sizes: TaskSizes,
    *,
    peak_rate: float,
    steps: int,
    epoch: int,
    augmented: Callable[[torch.Tensor], torch.Tensor] = lambda tasks: tasks,
) -> None:
    """Train on new tasks, so that logits_of(model, support, query) names the classes of the query.

    support: (tasks, ways, side, side); query: (tasks, ways * queries, side, side), in the order of their
    classes; logits: (tasks, ways * queries, ways). epoch: steps between two reports.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=peak_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak_rate, total_steps=steps)
    classes = torch.arange(sizes.ways, device=drawings.pictures.device).repeat_interleave(sizes.queries)
    total = 0.0
    for step in range(1, steps + 1):
        tasks = augmented(new_tasks(drawings, sizes))
        logits = logits_of(model, tasks[:, :, 0], tasks[:, :, 1:].flatten(1, 2))
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), classes.repeat(sizes.tasks))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % epoch == 0 or step == steps:
            report(epoch=-(-step // epoch), epochs=-(-steps // epoch), loss=total / ((step - 1) % epoch + 1))
            total = 0.0
    model.eval()


@torch.no_grad()
def classify(
    public: Path,
    device: str,
    model: nn.Module,
    logits_of: Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor],
) -> pd.DataFrame:
    """The likeliest class of every query in the test's tasks, as a submission."""
    parts = []
    with zipfile.ZipFile(public / "Omniglot-test.zip") as archive:
        pictures = sorted(name for name in archive.namelist() if name.endswith(".png"))
        for part in ("support", "query"):
            names = [name for name in pictures if f"/{part}/" in name]
            parts.append(torch.from_numpy(read(archive, names)).unflatten(0, (-1, WAYS)).split(100))
    classes = [
        logits_of(model, support.to(device), query.to(device)).argmax(dim=2).flatten().cpu()
        for support, query in zip(*parts, strict=True)
    ]
    predictions = torch.cat(classes).numpy()
    return pd.DataFrame({"id": np.arange(len(predictions)), "class": predictions})
