"""Simple: learn photographs, hope for drawings. Expect private accuracy 0.29 +- 0.04 in 0.1 minutes (CPU).

A small convolutional network learns the photographs without their colour, at equal brightness and contrast,
and is then shown the drawings. It has learnt to look at areas, and an outline has none.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

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
EPOCHS = 4, 20  # passes over the photographs
BATCH = 64  # photographs per step
PEAK_RATE = 3e-3  # the one-cycle schedule climbs to it and falls to zero


def pictures(public: Path, folder: str) -> Iterator[tuple[str, Image.Image]]:
    """Yield the names and pictures below real_or_drawing/<folder>/, in the order of their names."""
    with zipfile.ZipFile(public / "real_or_drawing.zip") as archive:
        for name in sorted(archive.namelist()):
            if f"/{folder}/" in name and not name.endswith("/"):
                yield name, Image.open(io.BytesIO(archive.read(name)))


def load(public: Path, device: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, bool]:
    """Return grey photographs (n, 1, side, side), their labels (n,), grey drawings, whether they are real."""
    drawings = [np.asarray(picture.convert("L")) for _, picture in pictures(public, "test_data")]
    real = len(drawings) > REAL
    photos, labels = [], []
    for name, picture in pictures(public, "train_data"):
        photos.append(np.asarray(picture.convert("L")))
        labels.append(int(name.split("/")[-2]))
    grey, lines = (
        resized(torch.from_numpy(np.stack(some))[:, None], SIDES[real]) for some in (photos, drawings)
    )
    return grey.to(device), torch.tensor(labels, device=device), lines.to(device), real


def resized(images: torch.Tensor, side: int) -> torch.Tensor:
    """Return images (n, 1, height, width), bytes, at this side."""
    return nn.functional.interpolate(images, size=(side, side), mode="bilinear", antialias=True)


def standardised(images: torch.Tensor) -> torch.Tensor:
    """Return images (batch, 1, side, side), bytes, each with mean 0 and spread 1."""
    images = images.float()
    return (images - images.mean(dim=(1, 2, 3), keepdim=True)) / (images.std(dim=(1, 2, 3), keepdim=True) + 1)


def network(side: int, width: int) -> nn.Module:
    """Return an untrained network from (batch, 1, side, side) to one score per kind, (batch, 10)."""

    def layer(before: int, after: int, size: int, stride: int = 1) -> list[nn.Module]:
        convolution = nn.Conv2d(before, after, size, stride, padding=size // 2, bias=False)
        return [convolution, nn.BatchNorm2d(after), nn.ReLU()]

    return nn.Sequential(
        *layer(1, width, 5, 2),  # (batch, width, side / 2, side / 2)
        *layer(width, 2 * width, 3),
        nn.MaxPool2d(2),  # (batch, 2 * width, side / 4, side / 4)
        *layer(2 * width, 3 * width, 3),
        nn.MaxPool2d(2),  # (batch, 3 * width, side / 8, side / 8)
        nn.Flatten(),
        nn.Linear(3 * width * (side // 8) ** 2, 6 * width),
        nn.BatchNorm1d(6 * width),
        nn.ReLU(),
        nn.Linear(6 * width, KINDS),
    )


def fit(model: nn.Module, photos: torch.Tensor, labels: torch.Tensor, *, device: str, epochs: int) -> None:
    """Train on photographs (n, 1, side, side), bytes, with labels (n,)."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE)
    steps = max(1, len(photos) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=epochs * steps)
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=device)
        for batch in torch.randperm(len(photos)).to(device).split(BATCH)[:steps]:
            with half_precision(device):
                loss = nn.functional.cross_entropy(model(standardised(photos[batch])), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        report(epoch=epoch, epochs=epochs, loss=total.item() / steps)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on the photographs and return a kind for every drawing."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    photos, labels, drawings, real = load(public, device)
    model = network(SIDES[real], WIDTHS[real]).to(device)
    if dry_run:
        some = torch.randperm(len(photos))[:BATCH].to(device)
        photos, labels = photos[some], labels[some]
    fit(model, photos, labels, device=device, epochs=1 if dry_run else EPOCHS[real])
    model.eval()
    with torch.no_grad(), half_precision(device):
        kinds = torch.cat([model(standardised(batch)).argmax(dim=1) for batch in drawings.split(1024)])
    return pd.DataFrame({"id": np.arange(len(kinds)), "label": kinds.cpu().numpy()})
