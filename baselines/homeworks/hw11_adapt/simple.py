"""Simple: learn photographs, hope for drawings. Expect private accuracy 0.29 +- 0.04 in 0.1 minutes (CPU).

A small convolutional network learns the photographs without their colour, at equal brightness and contrast,
and is then shown the drawings. It has learnt to look at areas, and an outline has none.
"""

from pathlib import Path

import pandas as pd
import torch
from torch import nn

from baselines.training import half_precision, report, seed_everything

from .shared import BATCH, KINDS, PEAK_RATE, SIDES, WIDTHS, Pictures, feature_network, load, submission

EPOCHS = 4, 20  # passes over the photographs


def standardised(images: torch.Tensor) -> torch.Tensor:
    """Images (batch, 1, side, side), bytes, each with mean 0 and spread 1."""
    images = images.float()
    return (images - images.mean(dim=(1, 2, 3), keepdim=True)) / (images.std(dim=(1, 2, 3), keepdim=True) + 1)


def network(side: int, width: int) -> nn.Sequential:
    """An untrained network from (batch, 1, side, side) to one logit per kind, (batch, 10)."""
    return nn.Sequential(feature_network(side, width), nn.Linear(6 * width, KINDS))


def fit(model: nn.Module, pictures: Pictures, *, epochs: int) -> None:
    """Train on the photographs and their labels."""
    photos, device = pictures.photos, pictures.photos.device
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE)
    steps = max(1, len(photos) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=epochs * steps)
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=device)
        for batch in torch.randperm(len(photos)).to(device).split(BATCH)[:steps]:
            with half_precision(device.type):
                logits = model(standardised(photos[batch]))
                loss = nn.functional.cross_entropy(logits, pictures.labels[batch])
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
    pictures = load(public, device, dry_run=dry_run)
    model = network(SIDES[pictures.real], WIDTHS[pictures.real]).to(device)
    fit(model, pictures, epochs=1 if dry_run else EPOCHS[pictures.real])
    model.eval()
    with torch.no_grad(), half_precision(device):
        logits = torch.cat([model(standardised(batch)) for batch in pictures.drawings.split(1024)])
    return submission(logits.argmax(dim=1))
