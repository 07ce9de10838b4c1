"""Medium: an autoencoder with room. Expect private ROC AUC 0.64 +- 0.01 in 0.2 minutes (CPU).

The code is large enough for a face. Convolutions know that pixels have neighbours, batch normalisation and a
one-cycle schedule let them learn fast, and a little noise on the input, which the output must not have, keeps
the code to what matters: a denoising autoencoder.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import compiled, seed_everything

from .shared import REAL_ROWS, centred, fit_one_cycle, load, reconstruction_errors

WIDTH, REAL_WIDTH = 32, 64  # channels after the first convolution; each further one doubles them
CODE, REAL_CODE = 40, 128  # numbers that a picture is squeezed into
SMALLEST = 4  # convolutions halve the picture until its side is no larger than this
EPOCHS, REAL_EPOCHS = 12, 30  # passes over the training pictures
BATCH, REAL_BATCH = 64, 512  # pictures per step
NOISE = 0.1  # spread of what is added to the input, whose pixels are from -1 to 1
PEAK_RATE = 4e-3  # the one-cycle schedule climbs to it and falls to zero


def autoencoder(side: int, *, width: int, code: int) -> nn.Sequential:
    """An untrained autoencoder of pictures (batch, 3, side, side).

    A picture is first folded to half its side and four times its channels: the convolutions then work on a
    quarter of the places.
    """
    encoder: list[nn.Module] = [nn.PixelUnshuffle(2)]  # (batch, 12, side / 2, side / 2)
    decoder: list[nn.Module] = [nn.PixelShuffle(2)]
    channels, side = 12, side // 2
    while side > SMALLEST:
        encoder += [nn.Conv2d(channels, width, 4, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        last = [] if channels == 12 else [nn.BatchNorm2d(channels), nn.ReLU()]
        decoder = [nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1), *last, *decoder]
        channels, width, side = width, 2 * width, side // 2
    size = channels * side * side
    bottleneck = [
        nn.Flatten(),
        nn.Linear(size, code),
        nn.Linear(code, size),
        nn.Unflatten(1, (channels, side, side)),
    ]
    return nn.Sequential(*encoder, *bottleneck, nn.ReLU(), *decoder)


def denoising_loss(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """The loss of pictures (batch, 3, side, side), uint8: noise goes in, the clean one comes out."""
    originals = centred(pictures)
    noisy = originals + NOISE * torch.randn_like(originals)
    return nn.functional.mse_loss(model(noisy).float(), originals)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on the normal pictures and return a score for every test picture; a large one means odd."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    train, test = load(public, device)
    is_real = len(train) > REAL_ROWS
    width, code, batch_size = (REAL_WIDTH, REAL_CODE, REAL_BATCH) if is_real else (WIDTH, CODE, BATCH)
    model: nn.Module = autoencoder(train.shape[-1], width=width, code=code).to(device)
    model = compiled(model, device) if is_real else model
    epochs = 1 if dry_run else REAL_EPOCHS if is_real else EPOCHS
    pictures = train[:BATCH] if dry_run else train
    fit_one_cycle(model, pictures, denoising_loss, peak_rate=PEAK_RATE, batch_size=batch_size, epochs=epochs)
    return pd.DataFrame({"Id": np.arange(len(test)), "Predicted": reconstruction_errors(model, test)})
