"""Medium: do not wander far. Expect private accuracy 0.83 +- 0.02 in 0.1 minutes (CPU).

From the second task on, every weight pays for its squared distance from where the last task left it. The
network still learns the new task, but it looks for a solution near the old one. All weights pay the same
price, those that the old tasks need and those that they do not.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import half_precision, report, seed_everything

TASKS = 5
DIGITS = 10
HIDDEN, HIDDEN_REAL = 1200, 2000  # units of the one hidden layer: for images of 16 x 16, and for larger ones
EPOCHS = 8  # passes over each task's images
BATCH = 64  # images per step
LEARNING_RATE = 1e-3
PRICE = 0.01  # of a squared step away from the old weights; three times as much learns too little


@dataclass(frozen=True)
class Task:
    """Images (n, pixels) from 0 to 1 with labels (n,) to learn from, and the test's images (m, pixels)."""

    images: torch.Tensor
    labels: torch.Tensor
    test: torch.Tensor


def load(public: Path, *, number: int, rows: int | None, device: str) -> Task:
    """Return one task on the device; rows: how many training images to take, None for all."""
    folder = public / "lifelong" / f"task_{number}"
    images, test = (
        torch.from_numpy(np.load(folder / name)).flatten(1).to(device).float() / 255
        for name in ("train_images.npy", "test_images.npy")
    )
    labels = torch.from_numpy(np.load(folder / "train_labels.npy").astype(np.int64)).to(device)
    return Task(images[:rows], labels[:rows], test)


def network(pixels: int) -> nn.Module:
    """Return an untrained network from (batch, pixels) to one score per digit, (batch, 10)."""
    hidden = HIDDEN if pixels <= 16 * 16 else HIDDEN_REAL
    return nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, DIGITS))


def distance(model: nn.Module, old: list[torch.Tensor]) -> torch.Tensor:
    """Return the squared distance of the model's weights from the old ones, summed over all."""
    return sum(((weight - was) ** 2).sum() for weight, was in zip(model.parameters(), old, strict=True))


def learn(model: nn.Module, task: Task, *, number: int, device: str, epochs: int) -> None:
    """Go on training the model, on this task alone; from the second on, near the weights it comes with."""
    old = [weight.detach().clone() for weight in model.parameters()]
    price = PRICE if number else 0.0  # before the first task there is nothing to keep
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=device)
        for batch in torch.randperm(len(task.labels)).to(device).split(BATCH):
            with half_precision(device):
                loss = nn.functional.cross_entropy(model(task.images[batch]), task.labels[batch])
            optimizer.zero_grad()
            (loss + price * distance(model, old)).backward()
            optimizer.step()
            total += loss.detach() * len(batch)
        report(epoch=number * epochs + epoch, epochs=TASKS * epochs, loss=total.item() / len(task.labels))


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Learn the tasks in turn, then return a digit for every test image of all of them."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    tasks = [load(public, number=n, rows=BATCH if dry_run else None, device=device) for n in range(TASKS)]
    model = network(tasks[0].images.shape[1]).to(device)
    for number, task in enumerate(tasks):
        learn(model, task, number=number, device=device, epochs=1 if dry_run else EPOCHS)
    with torch.no_grad():
        digits = torch.cat([model(task.test).argmax(dim=1) for task in tasks]).cpu().numpy()
    return pd.DataFrame({"Id": np.arange(len(digits)), "Label": digits})
