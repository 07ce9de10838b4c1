"""What the attacks of homework 10 share: the pictures, the network, its training, and the attack in steps."""

import base64
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

from baselines.training import half_precision, report

EPSILON = 8  # how far a byte may go
STEPS = 10  # of the attack
STEP = 2 * EPSILON / STEPS  # bytes a step; together twice as far as allowed, so that a byte can turn round
SHIFT, NOISE = 2, 8  # how far pictures are moved, in pixels, and how much noise is added, in bytes
REAL_WIDTH = 64  # channels of the first layer for pictures of REAL_SIDE or more
REAL_SIDE = 32  # pixels
BATCH = 32  # pictures per step
PEAK_RATE = 3e-3  # the one-cycle schedule climbs to it and falls to zero


@dataclass(frozen=True)
class Pictures:
    """Bytes (n, 3, side, side), and labels (n,)."""

    pixels: torch.Tensor
    labels: torch.Tensor

    def to(self, device: str) -> "Pictures":
        """The same, on the device."""
        return Pictures(self.pixels.to(device), self.labels.to(device))


def load(public: Path, *, dry_run: bool) -> tuple[Pictures, Pictures]:
    """The training pictures, or a batch of them, and those to attack."""
    with zipfile.ZipFile(public / "train.zip") as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        classes = sorted({name.split("/")[1] for name in names})  # a label is a place in this list
        labels = [classes.index(name.split("/")[1]) for name in names]
        train = Pictures(read(archive, names), torch.tensor(labels))
    table = pd.read_csv(public / "images.csv")
    with zipfile.ZipFile(public / "data.zip") as archive:
        test = Pictures(read(archive, table["file"].to_list()), torch.tensor(table["label"].to_list()))
    if dry_run:
        some = slice(None, None, max(1, len(labels) // BATCH))  # of every class
        train = Pictures(train.pixels[some], train.labels[some])
    return train, test


def read(archive: zipfile.ZipFile, names: list[str]) -> torch.Tensor:
    """Bytes (n, 3, side, side) of these pictures."""
    pictures = [np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")) for name in names]
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def network(side: int, classes: int, *, width: int, kernel: int) -> nn.Module:
    """A small network for pictures (batch, 3, side, side) around 0."""
    return nn.Sequential(
        nn.Conv2d(3, width, kernel, stride=2, padding=kernel // 2),
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(2 * width * (-(-side // 4)) ** 2, classes),
    )


def scaled(pixels: torch.Tensor) -> torch.Tensor:
    """Bytes as numbers around 0."""
    return (pixels.float() - 128) / 64


def jittered(pixels: torch.Tensor) -> torch.Tensor:
    """The pictures (batch, 3, side, side), shifted by up to SHIFT pixels and noisy."""
    shift = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
    noise = NOISE * torch.randn(pixels.shape).to(pixels.device)
    return torch.roll(pixels, shift, dims=(2, 3)) + noise


def fit(
    train: Pictures,
    *,
    view: Callable[[torch.Tensor], torch.Tensor],
    width: int,
    kernel: int,
    device: str,
    epochs: int,
) -> nn.Module:
    """A network that is trained on the pictures as `view` makes of bytes what it sees."""
    train = train.to(device)
    count, side = len(train.labels), train.pixels.shape[-1]
    width = REAL_WIDTH if side >= REAL_SIDE else width
    model = network(side, int(train.labels.max()) + 1, width=width, kernel=kernel).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=PEAK_RATE)
    steps = epochs * -(-count // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    for epoch in range(1, epochs + 1):
        total = 0.0
        for batch in torch.randperm(count).split(BATCH):
            with half_precision(device):
                logits = model(view(train.pixels[batch]))  # (batch, classes)
                loss = nn.functional.cross_entropy(logits, train.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        report(epoch=epoch, epochs=epochs, loss=total / count)
    return model.eval()


def gradient_of(
    logits_of: Callable[[torch.Tensor], torch.Tensor], pixels: torch.Tensor, labels: torch.Tensor
) -> torch.Tensor:
    """How the loss grows with each byte of pictures (n, 3, side, side)."""
    inputs = pixels.float().requires_grad_()
    loss = nn.functional.cross_entropy(logits_of(inputs), labels, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, inputs)
    return gradient


def attacked_in_steps(logits_of: Callable[[torch.Tensor], torch.Tensor], pictures: Pictures) -> torch.Tensor:
    """The pictures (n, 3, side, side), changed in small steps that each look at the gradient anew.

    logits_of: (n, classes), of bytes (n, 3, side, side).
    """
    clean = pictures.pixels.float()
    attacked = clean.clone()
    for _ in range(STEPS):
        gradient = gradient_of(logits_of, attacked.clone(), pictures.labels)
        attacked = attacked + STEP * gradient.sign()
        attacked = torch.clamp(attacked, clean - EPSILON, clean + EPSILON).clamp(0, 255)
    return attacked


def submission(pixels: torch.Tensor) -> pd.DataFrame:
    """A submission of pictures (n, 3, side, side) of whole numbers."""
    rows = pixels.round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()  # (n, side, side, 3)
    texts = [base64.b64encode(row.tobytes()).decode() for row in rows]
    return pd.DataFrame({"Id": np.arange(len(rows)), "pixels": texts})
