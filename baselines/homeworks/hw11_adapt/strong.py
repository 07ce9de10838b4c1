"""Strong: let the drawings teach, ten kinds alike. Expect private accuracy 0.74 +- 0.01 in 0.5 minutes (CPU).

To the medium tier come two ideas. The turned gradient grows as training goes on: at first the features have
better things to learn. And the network's own answers become labels of the drawings, made anew in each epoch.
Left alone they drift towards the easy kinds; but each kind was drawn as often as any other, so the answers
are brought to equal shares first (by Sinkhorn's scaling of rows and columns), and the sure ones are believed.
"""

import io
import math
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from baselines.training import half_precision, report, seed_everything

KINDS = 10
REAL = 20_000  # with more drawings, they are the real ones: sizes are the second of each pair
SIDES = 24, 32  # pixels of a picture's edge in the network
WIDTHS = 16, 64  # channels of the first convolution
EPOCHS = 16, 100  # passes over the photographs
BATCH = 64  # photographs, and as many drawings, per step
PEAK_RATE = 3e-3  # the one-cycle schedule climbs to it and falls to zero
ALONE = 4, 30  # epochs before the drawings get labels: too early, and the labels are wrong
LAMBDA = 0.3  # weight of the turned gradient at the end
SURE = 0.5  # belief from which on a drawing's answer is taken as its label
ROUNDS = 30  # of Sinkhorn's scaling; afterwards the shares are equal
WEIGHT_DECAY = 1e-2


@dataclass(frozen=True)
class Pictures:
    """Edges of photographs (n, 1, side, side) with labels (n,); drawings (m, 1, side, side); as bytes."""

    edges: torch.Tensor
    labels: torch.Tensor
    drawings: torch.Tensor
    real: bool


def pictures(public: Path, folder: str) -> Iterator[tuple[str, Image.Image]]:
    """Yield the names and pictures below real_or_drawing/<folder>/, in the order of their names."""
    with zipfile.ZipFile(public / "real_or_drawing.zip") as archive:
        for name in sorted(archive.namelist()):
            if f"/{folder}/" in name and not name.endswith("/"):
                yield name, Image.open(io.BytesIO(archive.read(name)))


def load(public: Path, device: str) -> Pictures:
    """Return the pictures of the zip on the device, as bytes and in the size that the network reads."""
    drawings = [np.asarray(picture.convert("L")) for _, picture in pictures(public, "test_data")]
    real = len(drawings) > REAL
    photos, labels = [], []
    for name, picture in pictures(public, "train_data"):
        photos.append(np.asarray(picture.convert("RGB")))
        labels.append(int(name.split("/")[-2]))
    colour = torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2)  # (n, 3, height, width)
    lines = torch.from_numpy(np.stack(drawings))[:, None]
    edges, lines = resized(edges_of(colour), SIDES[real]), resized(lines, SIDES[real])
    return Pictures(edges.to(device), torch.tensor(labels, device=device), lines.to(device), real)


def edges_of(photos: torch.Tensor) -> torch.Tensor:
    """Return white lines on black (n, 1, height, width), bytes, where photographs (n, 3, ...) change most.

    A photograph is blurred, the steepest of its three colours counts, and what is less than half as steep as
    its steepest twenty-fifth of pixels is black: stripes and spots, mostly.
    """
    smooth = nn.functional.avg_pool2d(photos.float(), 3, stride=1, padding=1, count_include_pad=False)
    padded = nn.functional.pad(smooth, (1, 1, 1, 1), mode="replicate")
    across = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    down = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    steep = (across**2 + down**2).sum(dim=1, keepdim=True).sqrt()
    top = steep.flatten(1).quantile(0.96, dim=1)[:, None, None, None] + 1e-6
    return (255 * ((steep / top - 0.45) / 0.35).clamp(0, 1)).byte()


def resized(images: torch.Tensor, side: int) -> torch.Tensor:
    """Return images (n, 1, height, width), bytes, at this side."""
    return nn.functional.interpolate(images, size=(side, side), mode="bilinear", antialias=True)


class Reversed(torch.autograd.Function):
    """Passes features on as they are, and gradients back with their sign turned, times a weight."""

    @staticmethod
    def forward(context: Any, features: torch.Tensor, weight: float) -> torch.Tensor:
        context.weight = weight
        return features.view_as(features)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return -context.weight * gradient, None


class Adapted(nn.Module):
    """Features of a picture, what they say of its kind, and whether they betray that it is a photograph."""

    def __init__(self, side: int, width: int) -> None:
        super().__init__()

        def layer(before: int, after: int, size: int, stride: int = 1) -> list[nn.Module]:
            convolution = nn.Conv2d(before, after, size, stride, padding=size // 2, bias=False)
            return [convolution, nn.BatchNorm2d(after), nn.ReLU()]

        self.features = nn.Sequential(
            *layer(1, width, 5, 2),  # (batch, width, side / 2, side / 2)
            *layer(width, 2 * width, 3),
            nn.MaxPool2d(2),  # (batch, 2 * width, side / 4, side / 4)
            *layer(2 * width, 3 * width, 3),
            nn.MaxPool2d(2),  # (batch, 3 * width, side / 8, side / 8)
            nn.Flatten(),
            nn.Linear(3 * width * (side // 8) ** 2, 6 * width),
            nn.BatchNorm1d(6 * width),
            nn.ReLU(),
        )
        self.kind = nn.Linear(6 * width, KINDS)
        self.origin = nn.Sequential(nn.Linear(6 * width, 4 * width), nn.ReLU(), nn.Linear(4 * width, 1))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return one score per kind, (batch, 10), for pictures (batch, 1, side, side)."""
        return self.kind(self.features(pictures))


def moved(images: torch.Tensor) -> torch.Tensor:
    """Return images (batch, 1, side, side), bytes, from 0 to 1: turned, stretched, shifted or mirrored."""
    n = len(images)
    turn, stretch, shift = 0.2 * torch.randn(n), torch.exp(0.15 * torch.randn(n, 2)), 0.1 * torch.randn(n, 2)
    mirror = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(turn), torch.sin(turn)
    across = torch.stack([mirror * cos * stretch[:, 0], -sin * stretch[:, 1], shift[:, 0]], dim=1)
    down = torch.stack([mirror * sin * stretch[:, 0], cos * stretch[:, 1], shift[:, 1]], dim=1)
    where = torch.stack([across, down], dim=1).to(images.device)  # (batch, 2, 3)
    grid = nn.functional.affine_grid(where, list(images.shape), align_corners=False)
    return nn.functional.grid_sample(images.float() / 255, grid, align_corners=False)


def shared_out(beliefs: torch.Tensor) -> torch.Tensor:
    """Return beliefs (m, 10), scaled until each kind has a tenth of all and each drawing adds up to 1."""
    for _ in range(ROUNDS):
        beliefs = beliefs / beliefs.sum(dim=0) * (len(beliefs) / KINDS)
        beliefs = beliefs / beliefs.sum(dim=1, keepdim=True)
    return beliefs


@torch.no_grad()
def believed(model: Adapted, drawings: torch.Tensor, device: str) -> torch.Tensor:
    """Return what the model believes of the drawings (m, 10), shared out."""
    model.eval()
    with half_precision(device):
        scores = torch.cat([model(lines.float() / 255) for lines in drawings.split(1024)])
    return shared_out(scores.float().softmax(dim=1))


def losses(
    model: Adapted, both: torch.Tensor, labels: torch.Tensor, beliefs: torch.Tensor | None, weight: float
) -> torch.Tensor:
    """Return the loss on edges with labels (BATCH,), and drawings with beliefs (BATCH, 10) or None."""
    features = model.features(both)
    scores = model.kind(features)
    origin = (torch.arange(2 * BATCH, device=both.device) < BATCH).float()[:, None]  # 1: it is a photograph
    guess = model.origin(Reversed.apply(features, weight))
    loss = nn.functional.cross_entropy(scores[:BATCH], labels)
    loss = loss + nn.functional.binary_cross_entropy_with_logits(guess, origin)
    if beliefs is None:
        return loss
    sure, kinds = beliefs.max(dim=1)
    each = nn.functional.cross_entropy(scores[BATCH:], kinds, reduction="none")
    return loss + ((sure > SURE) * each).mean()


def fit(model: Adapted, pictures: Pictures, *, device: str, epochs: int, alone: int) -> None:
    """Train on labelled edges and drawings; after `alone` epochs, its own answers label the drawings."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY)
    steps = max(1, len(pictures.edges) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=epochs * steps)
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=device)
        beliefs = believed(model, pictures.drawings, device) if epoch > alone else None
        model.train()
        drawn = torch.randperm(len(pictures.drawings)).to(device)
        for step, batch in enumerate(torch.randperm(len(pictures.edges)).to(device).split(BATCH)[:steps]):
            lines = drawn[(step * BATCH + torch.arange(BATCH, device=device)) % len(drawn)]
            both = moved(torch.cat([pictures.edges[batch], pictures.drawings[lines]]))
            done = ((epoch - 1) * steps + step) / (epochs * steps)
            weight = LAMBDA * (2 / (1 + math.exp(-10 * done)) - 1)  # from 0 to LAMBDA
            with half_precision(device):
                their = None if beliefs is None else beliefs[lines]
                loss = losses(model, both, pictures.labels[batch], their, weight)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        report(epoch=epoch, epochs=epochs, loss=total.item() / steps)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on photographs and drawings and return a kind for every drawing, each kind about as often."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    pictures = load(public, device)
    real = pictures.real
    model = Adapted(SIDES[real], WIDTHS[real]).to(device)
    if dry_run:
        some = torch.randperm(len(pictures.edges))[:BATCH].to(device)
        pictures = replace(pictures, edges=pictures.edges[some], labels=pictures.labels[some])
    epochs, alone = (1, 0) if dry_run else (EPOCHS[real], ALONE[real])
    fit(model, pictures, device=device, epochs=epochs, alone=alone)
    kinds = believed(model, pictures.drawings, device).argmax(dim=1)
    return pd.DataFrame({"id": np.arange(len(kinds)), "label": kinds.cpu().numpy()})
