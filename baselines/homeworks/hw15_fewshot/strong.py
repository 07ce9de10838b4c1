"""Strong: MAML after learning every letter. Expect private accuracy 0.67 +- 0.01 in 0.4 minutes (CPU).

Two ideas. First the network learns to tell all training characters apart, a better start than chance. Then it
is trained on tasks, as in the medium tier, but the outer gradient goes through the inner steps: the features
of the support, too, move to where the tuning makes the most of them. Tuning the last layer alone (ANIL) makes
that gradient cheap.
"""

from pathlib import Path

import pandas as pd
import torch
from torch import nn

from baselines.training import seed_everything

from .medium import centred
from .shared import (
    WAYS,
    Drawings,
    TaskSizes,
    classify,
    features,
    fit_tasks,
    load,
    network_for,
    tuned_layer,
)

FIRST_STEPS, REAL_FIRST_STEPS = 200, 5_000  # of learning all characters
BATCH = 128  # pictures per step of that
FIRST_RATE = 1e-2  # peak of its one-cycle schedule
STEPS, REAL_STEPS = 160, 10_000  # of the outer gradient
EPOCH = 20  # steps between two reports
SIZES = TaskSizes(tasks=16, ways=WAYS, queries=2)
PEAK_RATE = 4e-3  # the one-cycle schedule climbs to it and falls to zero
TUNING_STEPS = 5  # of gradient descent on a task's five pictures


def learn_characters(model: nn.Module, drawings: Drawings, *, steps: int) -> None:
    """Train the network to classify all characters of the drawings."""
    pictures, device = drawings.pictures, drawings.pictures.device
    head = nn.LazyLinear(len(pictures)).to(device)
    head(features(model, pictures[:1, :2]))  # it learns its width from a first pass
    optimizer = torch.optim.Adam([*model.parameters(), *head.parameters()], lr=FIRST_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, FIRST_RATE, total_steps=steps)
    for _ in range(steps):
        characters = torch.randint(len(pictures), (BATCH,), device=device)
        copies = torch.randint(pictures.shape[1], (BATCH,), device=device)
        logits = head(features(model, pictures[None, characters, copies])[0])  # (BATCH, characters)
        loss = nn.functional.cross_entropy(logits, characters)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def logits_of(model: nn.Module, support: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Logits (tasks, queries, WAYS) of query, by a last layer that is tuned on support, both pictures.

    The tuning is made of operations that torch differentiates, so the outer gradient goes back through every
    step of it to the features of the support.
    """
    support, query = centred(features(model, support), features(model, query))
    layer = tuned_layer(support, steps=TUNING_STEPS)
    return query @ layer.transpose(1, 2)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Learn all training characters, train on tasks of them, and return a class for every query."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    drawings = load(public, device, characters=20 if dry_run else None)
    first_steps, steps = (REAL_FIRST_STEPS, REAL_STEPS) if drawings.is_real else (FIRST_STEPS, STEPS)
    first_steps, steps = (1, 1) if dry_run else (first_steps, steps)
    model = network_for(drawings)
    learn_characters(model, drawings, steps=first_steps)
    fit_tasks(model, drawings, logits_of, SIZES, peak_rate=PEAK_RATE, steps=steps, epoch=EPOCH)
    return classify(public, device, model, logits_of)
