"""Simple: learn five characters, tune on others. Expect private accuracy 0.43 +- 0.03 in 0.1 minutes (CPU).

Plain transfer, as in the sample code: a network learns to tell five training characters apart. For each task
its last layer is replaced and tuned, by a few steps of gradient descent, on the five pictures whose classes
are known. Features that tell those five apart need not tell others.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from baselines.training import half_precision, report, seed_everything

WAYS = 5  # characters in a task
BLOCKS, WIDTH = 3, 16  # of the network: blocks of convolution and pooling, and channels
REAL_SIDE, REAL_BLOCKS, REAL_WIDTH = 28, 4, 64  # pixels of the real pictures, and the network for them
EPOCHS = 6  # of STEPS steps each; the five are known by heart after that
STEPS = 10
BATCH = 50  # pictures per step
LEARNING_RATE = 3e-3
TUNING_STEPS = 10  # of gradient descent on a task's five pictures
TUNING_RATE = 0.1


def pictures_in(archive: zipfile.ZipFile, names: list[str]) -> np.ndarray:
    """Return these pictures, (pictures, side, side), uint8; ink is 255 and paper 0."""
    files = (io.BytesIO(archive.read(name)) for name in names)
    return np.stack([255 - np.asarray(Image.open(file).convert("L")) for file in files])


def load(public: Path) -> torch.Tensor:
    """Return drawings of five training characters, (WAYS, drawings, side, side), uint8."""
    with zipfile.ZipFile(public / "Omniglot.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        folders = sorted({name.rsplit("/", 1)[0] for name in names})[:WAYS]
        of_five = [[name for name in names if name.startswith(f"{folder}/")] for folder in folders]
        drawings = min(map(len, of_five))
        return torch.from_numpy(np.stack([pictures_in(archive, names[:drawings]) for names in of_five]))


def load_tasks(public: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the support and the query of the test tasks, (tasks, WAYS, side, side) each, uint8."""
    parts = []
    with zipfile.ZipFile(public / "Omniglot-test.zip") as archive:
        for part in ("support", "query"):
            names = sorted(
                name for name in archive.namelist() if f"/{part}/" in name and name.endswith(".png")
            )
            parts.append(torch.from_numpy(pictures_in(archive, names)).unflatten(0, (-1, WAYS)))
    return parts[0], parts[1]


def network(side: int) -> nn.Sequential:
    """Return an untrained network from (batch, 1, side, side) to features (batch, 4 * width)."""
    blocks, width = (REAL_BLOCKS, REAL_WIDTH) if side >= REAL_SIDE else (BLOCKS, WIDTH)
    layers: list[nn.Module] = []
    for channels in (1, *[width] * (blocks - 1)):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2, ceil_mode=True)]  # the last one leaves 2 x 2
    return nn.Sequential(*layers, nn.Flatten())


def features(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """Return features (tasks, n, features) of pictures (tasks, n, side, side), uint8."""
    flat = pictures.flatten(0, 1)[:, None].float() / 255  # (tasks * n, 1, side, side)
    with half_precision(pictures.device.type):
        return model(flat).float().unflatten(0, pictures.shape[:2])


def fit(drawings: torch.Tensor, *, epochs: int, steps: int) -> nn.Module:
    """Return a network trained to classify the five characters of drawings (WAYS, drawings, side, side)."""
    pictures = drawings.flatten(0, 1)
    classes = torch.arange(WAYS, device=drawings.device).repeat_interleave(drawings.shape[1])
    body = network(drawings.shape[-1]).to(drawings.device)
    head = nn.LazyLinear(WAYS).to(drawings.device)
    head(features(body, pictures[None, :2]))  # it learns its width from a first pass
    optimizer = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=LEARNING_RATE)
    for epoch in range(1, epochs + 1):
        total = 0.0
        for _ in range(steps):
            batch = torch.randint(len(pictures), (BATCH,), device=drawings.device)
            scores = head(features(body, pictures[None, batch])[0])  # (BATCH, WAYS)
            loss = nn.functional.cross_entropy(scores, classes[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        report(epoch=epoch, epochs=epochs, loss=total / steps)
    return body.eval()


def tuned(support: torch.Tensor) -> torch.Tensor:
    """Return a last layer for each task, (tasks, WAYS, features), tuned on its support of the same shape."""
    one_hot = torch.eye(WAYS, device=support.device)
    layer = torch.zeros_like(support)
    for _ in range(TUNING_STEPS):
        wrong = (support @ layer.transpose(1, 2)).softmax(dim=2) - one_hot  # (tasks, WAYS, WAYS)
        layer = layer - TUNING_RATE * wrong.transpose(1, 2) @ support  # cross-entropy's gradient
    return layer


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on five characters and return a class for every query."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    drawings = load(public).to(device)
    model = fit(drawings, epochs=1 if dry_run else EPOCHS, steps=1 if dry_run else STEPS)
    support, query = load_tasks(public)
    classes = []
    with torch.no_grad():
        for shown, asked in zip(support.split(100), query.split(100), strict=True):
            layer = tuned(features(model, shown.to(device)))
            scores = features(model, asked.to(device)) @ layer.transpose(1, 2)  # (100, WAYS, WAYS)
            classes.append(scores.argmax(dim=2).flatten().cpu())
    predicted = torch.cat(classes).numpy()
    return pd.DataFrame({"id": np.arange(len(predicted)), "class": predicted})
