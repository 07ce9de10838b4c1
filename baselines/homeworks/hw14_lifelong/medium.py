"""Medium: do not wander far. Expect private accuracy 0.83 +- 0.02 in 0.1 minutes (CPU).

From the second task on, every weight pays for its squared distance from where the last task left it. The
network still learns the new task, but it looks for a solution near the old one. All weights pay the same
price, those that the old tasks need and those that they do not.
"""

from pathlib import Path

import pandas as pd
import torch
from torch import nn

from baselines.training import seed_everything

from .shared import EPOCHS, Task, classify, learn, load_tasks, mlp

PENALTY = 0.01  # for a squared step away from the old weights; three times as much learns too little


def squared_distance(model: nn.Module, old: list[torch.Tensor]) -> torch.Tensor:
    """The squared distance of the model's weights from the old ones, summed over all."""
    pairs = zip(model.parameters(), old, strict=True)
    return torch.stack([((weight - before) ** 2).sum() for weight, before in pairs]).sum()


def learn_nearby(model: nn.Module, task: Task, *, number: int, epochs: int) -> None:
    """Learn a task near the weights that the model comes with; before the first there is nothing to keep."""
    old = [weight.detach().clone() for weight in model.parameters()]
    penalty = PENALTY if number else 0.0
    learn(model, task, number=number, epochs=epochs, penalty=lambda: penalty * squared_distance(model, old))


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Learn the tasks in turn, then return a digit for every test image of all of them."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    tasks = load_tasks(public, device=device, dry_run=dry_run)
    model = mlp(tasks[0].images.shape[1]).to(device)
    for number, task in enumerate(tasks):
        learn_nearby(model, task, number=number, epochs=1 if dry_run else EPOCHS)
    return classify(model, tasks)
