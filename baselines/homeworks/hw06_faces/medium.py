"""Medium: convolutions, and a tamed game. Expect private distance 53 +- 6 in 0.7 minutes (CPU).

Artist and critic are convolutional. Spectral normalisation bounds how fast the critic's score can change, and
its hinge loss ends where a picture is told apart well enough. What draws in the end is an average of the
artist's past selves, which does not swing with the game.
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

NOISE = 48  # random numbers from which the artist draws a face
WIDTH, DEEP = 32, 64  # channels of the feature maps of 8 x 8 and of 4 x 4
EPOCHS = 12  # passes over the faces
BATCH = 64  # faces per step
ARTIST_RATE, CRITIC_RATE = 1e-3, 2e-3  # the critic may learn faster: its norms are bounded
AVERAGE = 0.99  # what the averaged artist keeps of itself at each step


def load(public: Path) -> torch.Tensor:
    """Return the faces (n, 1, side, side) as numbers from -1 to 1."""
    with zipfile.ZipFile(public / "faces.zip") as archive:
        stack = [np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in archive.namelist()]
    return torch.from_numpy(np.stack(stack))[:, None].float() / 127.5 - 1


def mirrored(faces: torch.Tensor) -> torch.Tensor:
    """Return faces (batch, 1, side, side), each mirrored with an even chance."""
    return torch.where(torch.rand(len(faces), 1, 1, 1, device=faces.device) < 0.5, faces.flip(3), faces)


def new_artist(side: int) -> nn.Module:
    """Return a network from noise (batch, NOISE) to faces (batch, 1, side, side)."""
    block = side // 8  # each place of the maps of 8 x 8 draws a square of so many pixels
    return nn.Sequential(
        *(nn.Linear(NOISE, DEEP * 16), nn.BatchNorm1d(DEEP * 16), nn.ReLU(), nn.Unflatten(1, (DEEP, 4, 4))),
        *(nn.ConvTranspose2d(DEEP, WIDTH, 4, 2, 1), nn.BatchNorm2d(WIDTH), nn.ReLU()),
        *(nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH), nn.ReLU()),
        *(nn.Conv2d(WIDTH, block**2, 3, padding=1), nn.PixelShuffle(block), nn.Tanh()),
    )


def new_critic(side: int) -> nn.Module:
    """Return a network from faces (batch, 1, side, side) to one score, high for real: (batch, 1)."""
    bounded, block = nn.utils.parametrizations.spectral_norm, side // 8
    return nn.Sequential(
        *(nn.PixelUnshuffle(block), bounded(nn.Conv2d(block**2, WIDTH, 3, padding=1)), nn.LeakyReLU(0.2)),
        *(bounded(nn.Conv2d(WIDTH, DEEP, 4, 2, 1)), nn.LeakyReLU(0.2), nn.Flatten()),
        *(bounded(nn.Linear(DEEP * 16, 128)), nn.LeakyReLU(0.2), bounded(nn.Linear(128, 1))),
    )


def fit(faces: torch.Tensor, *, epochs: int) -> nn.Module:
    """Let an artist and a critic play against each other; return the average of the artist's past selves."""
    side, device = faces.shape[2], faces.device
    artist, critic = new_artist(side).to(device), new_critic(side).to(device)
    averaged = new_artist(side).to(device)
    averaged.load_state_dict(artist.state_dict())
    artist_step = torch.optim.Adam(artist.parameters(), ARTIST_RATE, betas=(0.0, 0.99))
    critic_step = torch.optim.Adam(critic.parameters(), CRITIC_RATE, betas=(0.0, 0.99))
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(faces), device=device).split(BATCH):
            with half_precision(device.type):
                drawn = artist(torch.randn(len(batch), NOISE, device=device))
                real, fake = critic(mirrored(faces[batch])), critic(drawn.detach())
                loss = (1 - real).relu().mean() + (1 + fake).relu().mean()  # enough is enough: the hinge
            critic_step.zero_grad()
            loss.backward()
            critic_step.step()
            with half_precision(device.type):
                fooled = -critic(drawn).mean()
            artist_step.zero_grad()
            fooled.backward()
            artist_step.step()
            follow(averaged, artist)
            losses.append(loss.item())
        report(epoch=epoch, epochs=epochs, loss=float(np.mean(losses)))
    return averaged.eval()


@torch.no_grad()
def follow(averaged: nn.Module, model: nn.Module) -> None:
    """Move the averaged model's numbers, those of its normalisations too, a little towards the model's."""
    for old, new in zip(averaged.state_dict().values(), model.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new, 1 - AVERAGE)


def submission(public: Path, pictures: torch.Tensor) -> pd.DataFrame:
    """Return pictures (n, 1, side, side), from -1 to 1, as the rows of a submission."""
    grey = ((pictures[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
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
    drawn = [artist(torch.randn(len(part), NOISE, device=device)) for part in torch.arange(count).split(250)]
    return submission(public, torch.cat(drawn).float())
