"""Medium: show every picture in many ways. Expect private accuracy 0.65 +- 0.03 in 0.1 minutes (CPU).

A plate that is turned, mirrored, moved, larger or in other light holds the same dish. Each time a picture is
shown to the sample code's network, it is changed like that by chance, so that 220 pictures are as good as
thousands.
"""

from pathlib import Path

import pandas as pd
import torch
from torch import nn

from baselines.training import report, seed_everything

from .shared import (
    BATCH,
    augmented,
    classify,
    load,
    sample_network,
    submission,
    train_epoch,
)

EPOCHS, PHOTO_EPOCHS = 40, 80  # passes over the training pictures
LEARNING_RATE = 2e-3  # at first; it falls to zero along a cosine, which steadies the last passes


def fit(pictures: torch.Tensor, dishes: torch.Tensor, *, epochs: int) -> nn.Module:
    """Train on pictures (n, 3, side, side) of uint8 and dishes (n,), augmented each time they are shown."""
    model = sample_network(pictures)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    steps = max(1, len(pictures) // BATCH)
    for epoch in range(1, epochs + 1):
        loss = train_epoch(model, pictures, dishes, optimizer, view=augmented, steps=steps)
        schedule.step()
        report(epoch=epoch, epochs=epochs, loss=loss)
    return model.eval()


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on augmented pictures and return a dish for every test picture."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    food = load(public, "training/labeled", device=device, dry_run=dry_run)
    epochs = PHOTO_EPOCHS if food.are_photos else EPOCHS
    model = fit(food.pictures, food.dishes, epochs=1 if dry_run else epochs)
    return submission(classify(model, food.test))
