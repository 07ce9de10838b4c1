"""Simple: squeeze through five numbers. Expect private ROC AUC 0.56 +- 0.01 in 0.1 minutes (CPU).

The sample code of the homework: an autoencoder of fully connected layers learns to draw normal faces again
from a code of five numbers, and what it draws badly is called an anomaly. Five numbers hold the colours and
little else, so every face is drawn badly, and an odd one hardly worse.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import half_precision, report, seed_everything

from .shared import REAL_ROWS, centred, load, reconstruction_errors

HIDDEN = (128, 64)  # units of the encoder's layers; the decoder has the same in reverse
CODE = 5  # numbers that a picture is squeezed into
EPOCHS, REAL_EPOCHS = 12, 30  # passes over the training pictures
BATCH, REAL_BATCH = 128, 2048  # pictures per step
LEARNING_RATE = 2e-3


def autoencoder(side: int) -> nn.Sequential:
    """An untrained autoencoder of pictures (batch, 3, side, side)."""
    layers: list[nn.Module] = [nn.Flatten()]
    widths = (3 * side * side, *HIDDEN, CODE, *reversed(HIDDEN), 3 * side * side)
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    del layers[2 * len(HIDDEN) + 2]  # no ReLU behind the code
    return nn.Sequential(*layers[:-1], nn.Tanh(), nn.Unflatten(1, (3, side, side)))


def fit(pictures: torch.Tensor, *, device: str, epochs: int, batch_size: int) -> nn.Module:
    """Train on pictures (n, 3, side, side), uint8."""
    model = autoencoder(pictures.shape[-1]).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(pictures), device=device).split(batch_size):
            originals = centred(pictures[batch])
            with half_precision(device):
                loss = nn.functional.mse_loss(model(originals).float(), originals)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        report(epoch=epoch, epochs=epochs, loss=torch.stack(losses).mean().item())
    return model.eval()


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on the normal pictures and return a score for every test picture; a large one means odd."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    train, test = load(public, device)
    is_real = len(train) > REAL_ROWS
    batch_size = REAL_BATCH if is_real else BATCH
    epochs = 1 if dry_run else REAL_EPOCHS if is_real else EPOCHS
    model = fit(train[:batch_size] if dry_run else train, device=device, epochs=epochs, batch_size=batch_size)
    return pd.DataFrame({"Id": np.arange(len(test)), "Predicted": reconstruction_errors(model, test)})
