"""Strong: elastic weight consolidation. Expect private accuracy 0.88 +- 0.01 in 0.3 minutes (CPU).

Some weights carry the old tasks and most hardly do. After each task, the importance of a weight is measured:
how strongly the loss of single images reacts to it, squared and averaged (the diagonal of the Fisher
information). Important weights then pay for moving, and the others are free for what is new. Importance adds
up from task to task. (Kirkpatrick et al., 2017: Overcoming catastrophic forgetting in neural networks.)
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from baselines.training import half_precision, report, seed_everything

TASKS = 5
DIGITS = 10
HIDDEN, HIDDEN_REAL = 1200, 2000  # units of the one hidden layer: for images of 16 x 16, and for larger ones
EPOCHS = 8  # passes over each task's images
BATCH = 64  # images per step
LEARNING_RATE = 1e-3
PRICE = 200  # of a squared step, times the weight's importance; tuned once
EXAMPLES = 400  # images of a task from which the importance is measured
AT_ONCE = 50  # of them, whose gradients are held in memory at a time
Weights = dict[str, torch.Tensor]  # by the parameter's name


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


def importance(model: nn.Module, images: torch.Tensor) -> Weights:
    """Return how much each weight matters for these images (n, pixels): the mean squared gradient.

    The labels are drawn from what the model itself believes, as the Fisher information is defined.
    """
    weights = {name: weight.detach() for name, weight in model.named_parameters()}
    with torch.no_grad():
        labels = torch.distributions.Categorical(logits=model(images)).sample()

    def loss_of(weights: Weights, image: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        return nn.functional.cross_entropy(functional_call(model, weights, (image[None],)), label[None])

    gradients_of = vmap(grad(loss_of), in_dims=(None, 0, 0))  # one gradient for each image
    total = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    for some, their in zip(images.split(AT_ONCE), labels.split(AT_ONCE), strict=True):
        for name, gradients in gradients_of(weights, some, their).items():  # (AT_ONCE, *weight.shape)
            total[name] += (gradients**2).sum(dim=0) / len(images)
    return total


def strain(model: nn.Module, old: Weights, matters: Weights) -> torch.Tensor:
    """Return the squared distance from the old weights, each step weighted by what the weight matters."""
    return sum((matters[name] * (weight - old[name]) ** 2).sum() for name, weight in model.named_parameters())


def learn(model: nn.Module, task: Task, matters: Weights, *, number: int, device: str, epochs: int) -> None:
    """Go on training the model, on this task alone, and pull what matters to where it was."""
    old = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=device)
        for batch in torch.randperm(len(task.labels)).to(device).split(BATCH):
            with half_precision(device):
                loss = nn.functional.cross_entropy(model(task.images[batch]), task.labels[batch])
            optimizer.zero_grad()
            (loss + PRICE * strain(model, old, matters)).backward()
            optimizer.step()
            total += loss.detach() * len(batch)
        report(epoch=number * epochs + epoch, epochs=TASKS * epochs, loss=total.item() / len(task.labels))


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Learn the tasks in turn, then return a digit for every test image of all of them."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    tasks = [load(public, number=n, rows=BATCH if dry_run else None, device=device) for n in range(TASKS)]
    model = network(tasks[0].images.shape[1]).to(device)
    matters = {name: torch.zeros_like(weight) for name, weight in model.named_parameters()}  # nothing yet
    for number, task in enumerate(tasks):
        learn(model, task, matters, number=number, device=device, epochs=1 if dry_run else EPOCHS)
        examples = torch.randperm(len(task.images))[:EXAMPLES].to(device)
        now = importance(model, task.images[examples])
        matters = {name: matters[name] + now[name] for name in matters}
    with torch.no_grad():
        digits = torch.cat([model(task.test).argmax(dim=1) for task in tasks]).cpu().numpy()
    return pd.DataFrame({"Id": np.arange(len(digits)), "Label": digits})
