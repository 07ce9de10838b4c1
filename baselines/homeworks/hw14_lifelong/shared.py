"""What the tiers of homework 14 share: five tasks, a network with one hidden layer, learning a task."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import half_precision, report

TASKS = 5
DIGITS = 10
HIDDEN, HIDDEN_REAL = 1200, 2000  # units of the one hidden layer: for images of 16 x 16, and for larger ones
EPOCHS = 8  # passes over each task's images
BATCH = 64  # images per step
LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Task:
    """Images (n, pixels) from 0 to 1 with labels (n,) to learn from, and the test's images (m, pixels)."""

    images: torch.Tensor
    labels: torch.Tensor
    test: torch.Tensor


def load_tasks(public: Path, *, device: str, dry_run: bool) -> list[Task]:
    """The five tasks on the device; a dry run gets one batch of each to learn from."""
    rows = BATCH if dry_run else None
    tasks = []
    for number in range(TASKS):
        folder = public / "lifelong" / f"task_{number}"
        images, test = (
            torch.from_numpy(np.load(folder / name)).flatten(1).to(device).float() / 255
            for name in ("train_images.npy", "test_images.npy")
        )
        labels = torch.from_numpy(np.load(folder / "train_labels.npy").astype(np.int64)).to(device)
        tasks.append(Task(images[:rows], labels[:rows], test))
    return tasks


def mlp(pixels: int) -> nn.Sequential:
    """An untrained network from (batch, pixels) to one logit per digit, (batch, 10)."""
    hidden = HIDDEN if pixels <= 16 * 16 else HIDDEN_REAL
    return nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, DIGITS))


def learn(
    model: nn.Module,
    task: Task,
    *,
    number: int,
    epochs: int,
    penalty: Callable[[], torch.Tensor] | None = None,
) -> None:
    """Go on training the model, on the images of this task; `penalty` is added to the loss of each batch."""
    device = task.images.device
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=device)
        for batch in torch.randperm(len(task.labels)).to(device).split(BATCH):
            with half_precision(device.type):
                loss = nn.functional.cross_entropy(model(task.images[batch]), task.labels[batch])
                objective = loss if penalty is None else loss + penalty()
            optimizer.zero_grad()
            objective.backward()
            optimizer.step()
            total += loss.detach() * len(batch)
        report(epoch=number * epochs + epoch, epochs=TASKS * epochs, loss=total.item() / len(task.labels))


@torch.no_grad()
def classify(model: nn.Module, tasks: list[Task]) -> pd.DataFrame:
    """A digit for every test image of all tasks, as a submission."""
    digits = torch.cat([model(task.test).argmax(dim=1) for task in tasks]).cpu().numpy()
    return pd.DataFrame({"Id": np.arange(len(digits)), "Label": digits})
