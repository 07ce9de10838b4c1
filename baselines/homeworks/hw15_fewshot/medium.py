"""Medium: train on tasks, first-order MAML. Expect private accuracy 0.60 +- 0.02 in 0.3 minutes (CPU).

Training is made to look like the test: each step draws tasks of five characters, tunes a last layer on one
drawing of each, and asks it of other drawings. The network learns features on which that tuning works. First
order: the tuned layer counts as a constant when the outer gradient is taken. Only the last layer is tuned in
a task, which costs next to nothing and leaves time for many tasks.
"""

from pathlib import Path

import pandas as pd
import torch
from torch import nn

from baselines.training import seed_everything

from .shared import WAYS, TaskSizes, classify, features, fit_tasks, load, network_for, tuned_layer

STEPS, REAL_STEPS = 130, 10_000  # of the outer gradient
EPOCH = 10  # steps between two reports
SIZES = TaskSizes(tasks=16, ways=WAYS, queries=2)
PEAK_RATE = 1e-2  # the one-cycle schedule climbs to it and falls to zero
TUNING_STEPS = 5  # of gradient descent on a task's five pictures


def centred(support: torch.Tensor, query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Both, (tasks, n, features), without what a task's support has in common, and on one scale."""
    mean = support.mean(dim=1, keepdim=True)
    support, query = support - mean, query - mean
    spread = support.std(dim=(1, 2), keepdim=True) + 1e-3
    return support / spread, query / spread


def logits_of(model: nn.Module, support: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Logits (tasks, queries, WAYS) of query, by a last layer that is tuned on support, both pictures.

    First order: what the layer is tuned on is a constant to the outer gradient.
    """
    support, query = centred(features(model, support), features(model, query))
    layer = tuned_layer(support.detach(), steps=TUNING_STEPS)
    return query @ layer.transpose(1, 2)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on tasks of training characters and return a class for every query."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    drawings = load(public, device, characters=20 if dry_run else None)
    model = network_for(drawings)
    steps = 1 if dry_run else REAL_STEPS if drawings.is_real else STEPS
    fit_tasks(model, drawings, logits_of, SIZES, peak_rate=PEAK_RATE, steps=steps, epoch=EPOCH)
    return classify(public, device, model, logits_of)
