"""Medium: draw the photographs, hide the rest. Expect private accuracy 0.65 +- 0.02 in 0.3 minutes (CPU).

Edges of a photograph are nearly a drawing. What still differs, domain-adversarial training hides: a second
head learns to tell photographs from drawings by the features, and the features, through a gradient whose sign
is turned, learn to leave it guessing. (Ganin et al., 2016: Domain-adversarial training of neural networks.)
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import nn

from baselines.training import half_precision, report, seed_everything

from .shared import BATCH, KINDS, PEAK_RATE, SIDES, WIDTHS, Pictures, feature_network, load, submission

EPOCHS = 8, 60  # passes over the photographs
LAMBDA = 0.1  # weight of the turned gradient


def edges_of(photos: torch.Tensor) -> torch.Tensor:
    """White lines on black (n, 1, height, width), bytes, where photographs (n, 3, ...) change most.

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


class GradientReversal(torch.autograd.Function):
    """Passes features on as they are, and gradients back with their sign turned, times a weight."""

    @staticmethod
    def forward(context: Any, features: torch.Tensor, weight: float) -> torch.Tensor:
        context.weight = weight
        return features.view_as(features)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return -context.weight * gradient, None


class AdversarialNetwork(nn.Module):
    """Features of a picture, what they say of its kind, and whether they betray that it is a photograph."""

    def __init__(self, side: int, width: int) -> None:
        super().__init__()
        self.features = feature_network(side, width)
        self.kind_head = nn.Linear(6 * width, KINDS)
        self.domain_head = nn.Sequential(nn.Linear(6 * width, 4 * width), nn.ReLU(), nn.Linear(4 * width, 1))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """One logit per kind, (batch, 10), for pictures (batch, 1, side, side)."""
        logits: torch.Tensor = self.kind_head(self.features(pictures))
        return logits


def domain_loss(model: AdversarialNetwork, features: torch.Tensor, weight: float) -> torch.Tensor:
    """The domain head's loss on the features of BATCH photographs, then BATCH drawings."""
    is_photo = (torch.arange(2 * BATCH, device=features.device) < BATCH).float()[:, None]
    logits = model.domain_head(GradientReversal.apply(features, weight))
    return nn.functional.binary_cross_entropy_with_logits(logits, is_photo)


def randomly_moved(images: torch.Tensor) -> torch.Tensor:
    """Images (batch, 1, side, side), bytes, from 0 to 1: turned, stretched, shifted or mirrored."""
    n = len(images)
    turn, stretch, shift = 0.2 * torch.randn(n), torch.exp(0.15 * torch.randn(n, 2)), 0.1 * torch.randn(n, 2)
    mirror = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(turn), torch.sin(turn)
    across = torch.stack([mirror * cos * stretch[:, 0], -sin * stretch[:, 1], shift[:, 0]], dim=1)
    down = torch.stack([mirror * sin * stretch[:, 0], cos * stretch[:, 1], shift[:, 1]], dim=1)
    theta = torch.stack([across, down], dim=1).to(images.device)  # (batch, 2, 3)
    grid = nn.functional.affine_grid(theta, list(images.shape), align_corners=False)
    return nn.functional.grid_sample(images.float() / 255, grid, align_corners=False)


def paired_batches(pictures: Pictures) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield the places of BATCH photographs and of as many drawings, until the photographs are used up."""
    device, steps = pictures.photos.device, max(1, len(pictures.photos) // BATCH)
    drawings = torch.randperm(len(pictures.drawings)).to(device)
    photos = torch.randperm(len(pictures.photos)).to(device)
    for step, batch in enumerate(photos.split(BATCH)[:steps]):
        yield batch, drawings[(step * BATCH + torch.arange(BATCH, device=device)) % len(drawings)]


def fit(model: AdversarialNetwork, pictures: Pictures, *, epochs: int) -> None:
    """Train on labelled edges of photographs and as many drawings without labels."""
    device, steps = pictures.photos.device, max(1, len(pictures.photos) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=epochs * steps)
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=device)
        for photos, drawings in paired_batches(pictures):
            images = randomly_moved(torch.cat([pictures.photos[photos], pictures.drawings[drawings]]))
            with half_precision(device.type):
                features = model.features(images)  # (2 * BATCH, features)
                logits = model.kind_head(features[:BATCH])
                loss = nn.functional.cross_entropy(logits, pictures.labels[photos])
                loss = loss + domain_loss(model, features, LAMBDA)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        report(epoch=epoch, epochs=epochs, loss=total.item() / steps)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on photographs and drawings and return a kind for every drawing."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    pictures = load(public, device, dry_run=dry_run, mode="RGB", prepared=edges_of)
    model = AdversarialNetwork(SIDES[pictures.real], WIDTHS[pictures.real]).to(device)
    fit(model, pictures, epochs=1 if dry_run else EPOCHS[pictures.real])
    model.eval()
    with torch.no_grad(), half_precision(device):
        logits = torch.cat([model(batch.float() / 255) for batch in pictures.drawings.split(1024)])
    return submission(logits.argmax(dim=1))
