"""Strong: make anomalies yourself. Expect private ROC AUC 0.85 +- 0.03 in 0.3 minutes (CPU).

An autoencoder that draws well draws an odd face well, too. So do not ask how well a face is drawn: damage
normal faces on purpose, and train a classifier to tell the damaged from the whole. A piece is moved, taken
from another face, shaded or smoothed. None of that is what the test holds, but who can tell the one has
learned how a face hangs together.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import compiled, seed_everything

from .shared import REAL_ROWS, fit_one_cycle, load

WIDTH, REAL_WIDTH = 16, 48  # channels of the first convolution; after each halving there are twice as many
SMALLEST = 6  # convolutions halve the picture until its side is no larger than this
EPOCHS = 12  # passes over the training pictures
BATCH, REAL_BATCH = 64, 512  # normal pictures per step, each with a damaged copy
PEAK_RATE = 6e-3  # the one-cycle schedule climbs to it and falls to zero


def scaled(pixels: torch.Tensor) -> torch.Tensor:
    """Pixels, uint8, as numbers from 0 to 1."""
    return pixels.float() / 255


def damaged(faces: torch.Tensor) -> torch.Tensor:
    """Faces (batch, 3, side, side), each damaged in one of four ways."""
    return one_of(damages(faces, random_pieces(faces)))


def one_of(versions: list[torch.Tensor]) -> torch.Tensor:
    """A version of each face at random; versions: (batch, 3, side, side) each."""
    batch, device = len(versions[0]), versions[0].device
    version = torch.randint(len(versions), (batch,), device=device)
    return torch.stack(versions)[version, torch.arange(batch, device=device)]


def damages(faces: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    """Faces (batch, 3, side, side) four times, damaged in another way where mask is True."""
    batch, _, side, _ = faces.shape
    distance = torch.randint(1, 1 + side // 6, (2, batch, 1, 1), device=faces.device)
    sign = 2 * torch.randint(0, 2, distance.shape, device=faces.device) - 1
    shade = 1 + 0.35 * torch.randn_like(faces[:, :1, :1, :1]) + 0.12 * torch.randn_like(faces[:, :, :1, :1])
    mean = (faces * mask).sum(dim=(2, 3), keepdim=True) / mask.sum(dim=(2, 3), keepdim=True).clamp(min=1)
    return [
        torch.where(mask, displaced(faces, *(distance * sign)), faces),  # a piece from somewhere near
        torch.where(mask, faces[torch.randperm(batch, device=faces.device)], faces),  # from another face
        torch.where(mask, faces * shade, faces),
        torch.where(mask, mean + 0.02 * torch.randn_like(faces), faces),
    ]


def random_pieces(faces: torch.Tensor) -> torch.Tensor:
    """A random box or ellipse for each of the faces, (batch, 1, side, side) of bool."""
    batch, _, side, _ = faces.shape
    row, column = grid(faces)
    middle, centre = side * (1 / 6 + 2 / 3 * torch.rand(2, batch, 1, 1, device=faces.device))
    half_height, half_width = side * (1 / 16 + 1 / 6 * torch.rand(2, batch, 1, 1, device=faces.device))
    down, right = (row - middle).abs() / half_height, (column - centre).abs() / half_width
    is_box = torch.rand(batch, 1, 1, device=faces.device) < 0.5
    return torch.where(is_box, torch.maximum(down, right), down.square() + right.square()).unsqueeze(1) < 1


def displaced(faces: torch.Tensor, down: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Faces (batch, 3, side, side) whose pixels are read so much lower and further to the right."""
    last = faces.shape[-1] - 1
    row, column = grid(faces)
    rows, columns = (row + down).clamp(0, last), (column + right).clamp(0, last)
    places = rows * (last + 1) + columns  # (batch, side, side)
    return faces.flatten(2).gather(2, places.flatten(1)[:, None].expand(-1, 3, -1)).view_as(faces)


def grid(faces: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The row and the column of each pixel, (side, 1) and (1, side)."""
    numbers = torch.arange(faces.shape[-1], device=faces.device)
    return numbers[:, None], numbers[None]


def classifier(side: int, *, width: int) -> nn.Sequential:
    """An untrained classifier of pictures (batch, 3, side, side): one logit each, large when odd.

    A picture is first folded to half its side and four times its channels: the convolutions then work on a
    quarter of the places.
    """
    layers: list[nn.Module] = [nn.PixelUnshuffle(2)]  # (batch, 12, side / 2, side / 2)

    def add(inputs: int, outputs: int, kernel: int, stride: int) -> None:
        layers.extend((nn.Conv2d(inputs, outputs, kernel, stride, 1), nn.BatchNorm2d(outputs), nn.ReLU()))

    add(12, width, 3, 1)
    side = side // 2
    while side > SMALLEST:
        add(width, 2 * width, 4, 2)
        width, side = 2 * width, side // 2
    add(width, width, 3, 1)
    add(width, width, 3, 1)
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(width, 1))


def fit(
    pictures: torch.Tensor,
    *,
    damaged: Callable[[torch.Tensor], torch.Tensor],
    augmented: Callable[[torch.Tensor], torch.Tensor] = lambda faces: faces,
    is_real: bool,
    dry_run: bool,
) -> nn.Module:
    """A classifier trained on normal pictures (n, 3, side, side), uint8, and damaged copies."""
    device = pictures.device.type
    model: nn.Module = classifier(pictures.shape[-1], width=REAL_WIDTH if is_real else WIDTH).to(device)
    model = compiled(model, device) if is_real else model

    def loss_of(model: nn.Module, batch: torch.Tensor) -> torch.Tensor:
        faces = augmented(scaled(batch))
        both = torch.cat([faces, damaged(faces)])  # (2 * batch, 3, side, side)
        is_odd = torch.arange(len(both), device=device) >= len(faces)
        logits = model(both).squeeze(1).float()
        return nn.functional.binary_cross_entropy_with_logits(logits, is_odd.float())

    fit_one_cycle(
        model,
        pictures[:BATCH] if dry_run else pictures,
        loss_of,
        peak_rate=PEAK_RATE,
        batch_size=REAL_BATCH if is_real else BATCH,
        epochs=1 if dry_run else EPOCHS,
    )
    return model


@torch.no_grad()
def oddness(model: nn.Module, pictures: torch.Tensor) -> np.ndarray:
    """The classifier's logit for each picture, (n,)."""
    return torch.cat([model(scaled(part)).squeeze(1).cpu() for part in pictures.split(512)]).numpy()


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on the normal pictures and return a score for every test picture; a large one means odd."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    train, test = load(public, device)
    model = fit(train, damaged=damaged, is_real=len(train) > REAL_ROWS, dry_run=dry_run)
    return pd.DataFrame({"Id": np.arange(len(test)), "Predicted": oddness(model, test)})
