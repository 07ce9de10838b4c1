"""Simple: learn five characters, tune on others. Expect private accuracy 0.43 +- 0.03 in 0.1 minutes (CPU).

Plain transfer, as in the sample code: a network learns to tell five training characters apart. For each task
its last layer is replaced and tuned, by a few steps of gradient descent, on the five pictures whose classes
are known. Features that tell those five apart need not tell others.
"""

from pathlib import Path

import pandas as pd
import torch
from torch import nn

from baselines.training import report, seed_everything

from .shared import WAYS, Drawings, classify, conv_network, features, load, tuned_layer

EPOCHS = 6  # of STEPS steps each; the five are known by heart after that
STEPS = 10
BATCH = 50  # pictures per step
LEARNING_RATE = 3e-3
TUNING_STEPS = 10  # of gradient descent on a task's five pictures


def fit(drawings: Drawings, *, epochs: int, steps: int) -> nn.Module:
    """A network trained to classify the five characters of these drawings."""
    pictures, device = drawings.pictures.flatten(0, 1), drawings.pictures.device
    classes = torch.arange(WAYS, device=device).repeat_interleave(drawings.pictures.shape[1])
    body = conv_network(pictures.shape[-1]).to(device)
    head = nn.LazyLinear(WAYS).to(device)
    head(features(body, pictures[None, :2]))  # it learns its width from a first pass
    optimizer = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=LEARNING_RATE)
    for epoch in range(1, epochs + 1):
        total = 0.0
        for _ in range(steps):
            batch = torch.randint(len(pictures), (BATCH,), device=device)
            logits = head(features(body, pictures[None, batch])[0])  # (BATCH, WAYS)
            loss = nn.functional.cross_entropy(logits, classes[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        report(epoch=epoch, epochs=epochs, loss=total / steps)
    return body.eval()


def logits_of(model: nn.Module, support: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Logits (tasks, WAYS, WAYS) of query, by a last layer that is tuned on support, both pictures."""
    layer = tuned_layer(features(model, support), steps=TUNING_STEPS)
    return features(model, query) @ layer.transpose(1, 2)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on five characters and return a class for every query."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    drawings = load(public, device, characters=WAYS)
    model = fit(drawings, epochs=1 if dry_run else EPOCHS, steps=1 if dry_run else STEPS)
    return classify(public, device, model, logits_of)
