"""What the tiers of homework 11 share: photographs and drawings, and the convolutions that look at them."""

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

KINDS = 10
REAL = 20_000  # with more drawings, they are the real ones: sizes are the second of each pair
SIDES = 24, 32  # pixels of a picture's edge in the network
WIDTHS = 16, 64  # channels of the first convolution
BATCH = 64  # photographs per step
PEAK_RATE = 3e-3  # the one-cycle schedule climbs to it and falls to zero


@dataclass(frozen=True)
class Pictures:
    """Photographs (n, 1, side, side), labels (n,) and drawings (m, 1, side, side), as bytes on the device."""

    photos: torch.Tensor
    labels: torch.Tensor
    drawings: torch.Tensor
    real: bool


def load(
    public: Path,
    device: str,
    *,
    dry_run: bool,
    mode: str = "L",
    prepared: Callable[[torch.Tensor], torch.Tensor] = lambda photos: photos,
) -> Pictures:
    """The pictures of the zip in the size that the network reads.

    Photographs are read in Pillow's mode, grey by default, and `prepared` makes (n, 1, height, width) of
    them; a dry run reads one batch of them, of all kinds.
    """
    with zipfile.ZipFile(public / "real_or_drawing.zip") as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        photo_names = [name for name in names if "/train_data/" in name]
        photo_names = photo_names[:: len(photo_names) // BATCH][:BATCH] if dry_run else photo_names
        drawings = read(archive, [name for name in names if "/test_data/" in name], "L")
        photos = prepared(read(archive, photo_names, mode))
    real = len(drawings) > REAL
    labels = torch.tensor([int(name.split("/")[-2]) for name in photo_names], device=device)
    photos, drawings = (resized(images, SIDES[real]).to(device) for images in (photos, drawings))
    return Pictures(photos, labels, drawings, real)


def read(archive: zipfile.ZipFile, names: list[str], mode: str) -> torch.Tensor:
    """Pictures (n, channels, height, width), bytes, in Pillow's mode."""
    files = (io.BytesIO(archive.read(name)) for name in names)
    pixels = torch.from_numpy(np.stack([np.asarray(Image.open(file).convert(mode)) for file in files]))
    return pixels[:, None] if mode == "L" else pixels.permute(0, 3, 1, 2)


def resized(images: torch.Tensor, side: int) -> torch.Tensor:
    """Images (n, 1, height, width), bytes, at this side."""
    return nn.functional.interpolate(images, size=(side, side), mode="bilinear", antialias=True)


def feature_network(side: int, width: int) -> nn.Sequential:
    """An untrained network from (batch, 1, side, side) to features (batch, 6 * width)."""

    def conv(before: int, after: int, size: int, stride: int = 1) -> list[nn.Module]:
        layer = nn.Conv2d(before, after, size, stride, padding=size // 2, bias=False)
        return [layer, nn.BatchNorm2d(after), nn.ReLU()]

    return nn.Sequential(
        *conv(1, width, 5, 2),  # (batch, width, side / 2, side / 2)
        *conv(width, 2 * width, 3),
        nn.MaxPool2d(2),  # (batch, 2 * width, side / 4, side / 4)
        *conv(2 * width, 3 * width, 3),
        nn.MaxPool2d(2),  # (batch, 3 * width, side / 8, side / 8)
        nn.Flatten(),
        nn.Linear(3 * width * (side // 8) ** 2, 6 * width),
        nn.BatchNorm1d(6 * width),
        nn.ReLU(),
    )


def submission(kinds: torch.Tensor) -> pd.DataFrame:
    """The kinds of all drawings (m,) as a submission."""
    return pd.DataFrame({"id": np.arange(len(kinds)), "label": kinds.cpu().numpy()})
