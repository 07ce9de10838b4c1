"""Simple: squeeze faces, and draw from random numbers. Expect private distance 111 +- 9 in 0.1 minutes (CPU).

A variational autoencoder (Kingma and Welling, 2014) of fully connected layers. One network squeezes a face
into a few numbers that look like random ones, another draws it again from these; so it draws a face from
random numbers, too. Of all faces that might be meant it draws the mean, which is blurred.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import half_precision, report, seed_everything

from .shared import BATCH, load, sample_count, submission

LATENT = 32  # numbers that a face is squeezed into
HIDDEN = 512  # units of the one hidden layer of each network
EPOCHS = 15  # passes over the faces
LEARNING_RATE = 1e-3
SIGMA = 0.2  # how far a drawn pixel is usually off, from -1 to 1; the smaller, the less random the numbers


def new_encoder(pixels: int) -> nn.Sequential:
    """A network from faces (batch, pixels) to means and log variances, (batch, 2 * LATENT)."""
    return nn.Sequential(nn.Linear(pixels, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2 * LATENT))


def new_decoder(pixels: int) -> nn.Sequential:
    """A network from numbers (batch, LATENT) to faces (batch, pixels)."""
    return nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, pixels), nn.Tanh())


def fit(faces: torch.Tensor, *, epochs: int) -> nn.Module:
    """Teach both networks with faces (n, pixels), to them a list of numbers each; return the decoder."""
    pixels, device = faces.shape[1], faces.device
    encoder, decoder = new_encoder(pixels).to(device), new_decoder(pixels).to(device)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], LEARNING_RATE)
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(faces), device=device).split(BATCH):
            with half_precision(device.type):
                mean, log_variance = encoder(faces[batch]).chunk(2, dim=1)  # (batch, LATENT) each
                output = decoder(mean + torch.randn_like(mean) * (log_variance / 2).exp())
                error = (output - faces[batch]).square().sum(dim=1) / (2 * SIGMA**2)
                divergence = (mean.square() + log_variance.exp() - log_variance - 1).sum(dim=1) / 2
                loss = (error + divergence).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        report(epoch=epoch, epochs=epochs, loss=float(np.mean(losses)))
    return decoder.eval()


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train both networks and return as many new faces as the sample has rows."""
    seed_everything(seed)
    torch.set_num_threads(1)  # nets this small only lose time to a second thread
    faces = load(public, device, dry_run=dry_run)
    decoder = fit(faces.flatten(1), epochs=1 if dry_run else EPOCHS)
    with torch.no_grad():
        return submission(public, decoder(torch.randn(sample_count(public), LATENT, device=device)).float())
