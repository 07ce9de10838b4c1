"""Simple: squeeze faces, and draw from random numbers. Expect private distance 111 +- 9 in 0.1 minutes (CPU).

A variational autoencoder (Kingma and Welling, 2014) of fully connected layers. One network squeezes a face
into a few numbers that look like random ones, another draws it again from these; so it draws a face from
random numbers, too. Of all faces that might be meant it draws the mean, which is blurred.
"""

import base64
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from baselines.training import half_precision, report, seed_everything

NOISE = 32  # numbers that a face is squeezed into
HIDDEN = 512  # units of the one hidden layer of each network
EPOCHS = 15  # passes over the faces
BATCH = 64  # faces per step
RATE = 1e-3  # of learning
OFF = 0.2  # how far a drawn pixel is usually off, from -1 to 1; the smaller, the less random the numbers


def load(public: Path) -> torch.Tensor:
    """Return the faces (n, side, side) as numbers from -1 to 1."""
    with zipfile.ZipFile(public / "faces.zip") as archive:
        stack = [np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in archive.namelist()]
    return torch.from_numpy(np.stack(stack)).float() / 127.5 - 1


def new_reader(pixels: int) -> nn.Module:
    """Return a network from faces (batch, pixels) to means and log variances, (batch, 2 * NOISE)."""
    return nn.Sequential(nn.Linear(pixels, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2 * NOISE))


def new_artist(pixels: int) -> nn.Module:
    """Return a network from numbers (batch, NOISE) to faces (batch, pixels)."""
    return nn.Sequential(nn.Linear(NOISE, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, pixels), nn.Tanh())


def fit(faces: torch.Tensor, *, epochs: int) -> nn.Module:
    """Teach both networks with faces (n, side, side); return the artist."""
    flat = faces.flatten(1)  # (n, pixels): to these networks a picture is a list of numbers
    reader, artist = new_reader(flat.shape[1]).to(flat.device), new_artist(flat.shape[1]).to(flat.device)
    optimizer = torch.optim.Adam([*reader.parameters(), *artist.parameters()], RATE)
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(flat), device=flat.device).split(BATCH):
            with half_precision(flat.device.type):
                mean, log_variance = reader(flat[batch]).chunk(2, dim=1)  # (batch, NOISE) each
                drawn = artist(mean + torch.randn_like(mean) * (log_variance / 2).exp())
                error = (drawn - flat[batch]).square().sum(dim=1) / (2 * OFF**2)
                surplus = (mean.square() + log_variance.exp() - log_variance - 1).sum(dim=1) / 2
                loss = (error + surplus).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        report(epoch=epoch, epochs=epochs, loss=float(np.mean(losses)))
    return artist.eval()


def submission(public: Path, pictures: torch.Tensor) -> pd.DataFrame:
    """Return pictures (n, pixels), from -1 to 1, as the rows of a submission."""
    grey = ((pictures + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    ids = pd.read_csv(public / "sample_submission.csv")["id"]
    return pd.DataFrame({"id": ids, "pixels": [base64.b64encode(face.tobytes()).decode() for face in grey]})


@torch.no_grad()
def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train both networks and return as many new faces as the sample has rows."""
    seed_everything(seed)
    torch.set_num_threads(1)  # nets this small only lose time to a second thread
    faces = load(public).to(device)
    if dry_run:
        faces = faces[:BATCH]
    with torch.enable_grad():
        artist = fit(faces, epochs=1 if dry_run else EPOCHS)
    count = len(pd.read_csv(public / "sample_submission.csv"))
    return submission(public, artist(torch.randn(count, NOISE, device=device)).float())
