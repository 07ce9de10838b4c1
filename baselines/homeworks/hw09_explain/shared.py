"""What the tiers of homework 9 share: the network, its pictures, and an explanation as a submission."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from baselines.training import report

BATCH = 512  # pictures that go through the network at once


@dataclass(frozen=True)
class Data:
    """The network, its tiles' side, the baseline (3, 1, 1), pictures (n, 3, side, side), classes (n,)."""

    network: nn.Sequential
    tile: int
    baseline: torch.Tensor
    pictures: torch.Tensor
    classes: torch.Tensor


def load(public: Path, device: str) -> Data:
    """The network with its weights, and the pictures with the classes to explain, on the device."""
    with np.load(public / "network.npz") as file:
        weights = {name: torch.from_numpy(file[name]) for name in file.files}
    baseline = weights.pop("baseline")[:, None, None]
    channels, _, tile, _ = weights["0.weight"].shape
    outputs, hidden, _, _ = weights["4.weight"].shape
    network = nn.Sequential(
        nn.Conv2d(3, channels, tile, stride=tile),  # looks at one tile
        nn.ReLU(),
        nn.Conv2d(channels, hidden, 3, padding=1),  # looks at a window of nine tiles
        nn.ReLU(),
        nn.Conv2d(hidden, outputs, 1),  # the window's logits for each class, and for abstaining
    )
    network.load_state_dict(weights)
    table = pd.read_csv(public / "images.csv")
    with zipfile.ZipFile(public / "images.zip") as archive:
        files = [archive.open(f"images/{image}.png") for image in table["image"]]
        pixels = np.stack([np.asarray(Image.open(file)) for file in files])  # (n, side, side, 3)
    pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    classes = torch.tensor(table["class"].to_list())
    return Data(network.to(device), tile, baseline.to(device), pictures.to(device), classes.to(device))


def class_share(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """(batch,): the share of all windows' votes that each picture's class (batch,) gets.

    logits: (batch, classes + 1, rows, columns), as the network gives them.
    """
    return logits.softmax(dim=1).mean(dim=(2, 3)).gather(1, classes[:, None])[:, 0]


def tile_sums(effects: torch.Tensor, tile: int) -> torch.Tensor:
    """(batch, tiles): effects of pixels (batch, 3, side, side), added up over each tile."""
    return nn.functional.avg_pool2d(effects.sum(dim=1, keepdim=True), tile, divisor_override=1).flatten(1)


def explain_all(
    data: Data, explain: Callable[[Data, torch.Tensor, torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """The importance of every tile, (n, tiles); explain(data, pictures, classes) gives a batch's."""
    batches = zip(data.pictures.split(BATCH), data.classes.split(BATCH), strict=True)
    importance = torch.cat([explain(data, pictures, classes) for pictures, classes in batches])
    with torch.no_grad():  # the parts should add up to what the whole picture changes
        whole, empty = (
            class_share(data.network(pictures), data.classes)
            for pictures in (data.pictures, data.baseline.expand_as(data.pictures))
        )
    report(epoch=1, epochs=1, loss=(importance.sum(dim=1) - (whole - empty)).abs().mean().item())
    return importance


def submission(importance: torch.Tensor) -> pd.DataFrame:
    """Importance (n, tiles), in hundredths of the votes, as a submission."""
    return pd.DataFrame(
        {"Id": np.arange(importance.numel()), "Importance": 100 * importance.flatten().cpu().numpy()}
    )
