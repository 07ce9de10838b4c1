"""Medium: convolutions, and a tamed game. Expect private distance 53 +- 6 in 0.7 minutes (CPU).

Generator and critic are convolutional. Spectral normalisation bounds how fast the critic's logit can change,
and its hinge loss ends where a picture is told apart well enough. What draws in the end is an average of the
generator's past selves, which does not swing with the game.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import half_precision, report, seed_everything

from .shared import BATCH, load, mirrored, sample_count, submission

LATENT = 48  # random numbers from which the generator draws a face
WIDTH, DEEP = 32, 64  # channels of the feature maps of 8 x 8 and of 4 x 4
EPOCHS = 12  # passes over the faces
GENERATOR_RATE, CRITIC_RATE = 1e-3, 2e-3  # the critic may learn faster: its norms are bounded
AVERAGE = 0.99  # what the averaged generator keeps of itself at each step


def new_generator(side: int) -> nn.Sequential:
    """A network from noise (batch, LATENT) to faces (batch, 1, side, side)."""
    block = side // 8  # each place of the maps of 8 x 8 draws a square of so many pixels
    return nn.Sequential(
        *(nn.Linear(LATENT, DEEP * 16), nn.BatchNorm1d(DEEP * 16), nn.ReLU(), nn.Unflatten(1, (DEEP, 4, 4))),
        *(nn.ConvTranspose2d(DEEP, WIDTH, 4, 2, 1), nn.BatchNorm2d(WIDTH), nn.ReLU()),
        *(nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH), nn.ReLU()),
        *(nn.Conv2d(WIDTH, block**2, 3, padding=1), nn.PixelShuffle(block), nn.Tanh()),
    )


def new_critic(side: int) -> nn.Sequential:
    """A network from faces (batch, 1, side, side) to one logit, high for real: (batch, 1)."""
    bounded, block = nn.utils.parametrizations.spectral_norm, side // 8
    return nn.Sequential(
        *(nn.PixelUnshuffle(block), bounded(nn.Conv2d(block**2, WIDTH, 3, padding=1)), nn.LeakyReLU(0.2)),
        *(bounded(nn.Conv2d(WIDTH, DEEP, 4, 2, 1)), nn.LeakyReLU(0.2), nn.Flatten()),
        *(bounded(nn.Linear(DEEP * 16, 128)), nn.LeakyReLU(0.2), bounded(nn.Linear(128, 1))),
    )


def fit(faces: torch.Tensor, *, epochs: int) -> nn.Module:
    """Let generator and critic play against each other; return the average of the generator's past selves."""
    side, device = faces.shape[2], faces.device
    generator, critic = new_generator(side).to(device), new_critic(side).to(device)
    averaged = new_generator(side).to(device)
    averaged.load_state_dict(generator.state_dict())
    generator_optimizer = torch.optim.Adam(generator.parameters(), GENERATOR_RATE, betas=(0.0, 0.99))
    critic_optimizer = torch.optim.Adam(critic.parameters(), CRITIC_RATE, betas=(0.0, 0.99))
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(faces), device=device).split(BATCH):
            with half_precision(device.type):
                fakes = generator(torch.randn(len(batch), LATENT, device=device))
                real_logits, fake_logits = critic(mirrored(faces[batch])), critic(fakes.detach())
                loss = (1 - real_logits).relu().mean() + (1 + fake_logits).relu().mean()  # the hinge
            critic_optimizer.zero_grad()
            loss.backward()
            critic_optimizer.step()
            with half_precision(device.type):
                generator_loss = -critic(fakes).mean()
            generator_optimizer.zero_grad()
            generator_loss.backward()
            generator_optimizer.step()
            follow(averaged, generator)
            losses.append(loss.item())
        report(epoch=epoch, epochs=epochs, loss=float(np.mean(losses)))
    return averaged.eval()


@torch.no_grad()
def follow(averaged: nn.Module, model: nn.Module) -> None:
    """Move the averaged model's numbers, those of its normalisations too, a little towards the model's."""
    for old, new in zip(averaged.state_dict().values(), model.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new, 1 - AVERAGE)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train both networks and return as many new faces as the sample has rows."""
    seed_everything(seed)
    torch.set_num_threads(1)  # nets this small only lose time to a second thread
    generator = fit(load(public, device, dry_run=dry_run), epochs=1 if dry_run else EPOCHS)
    parts = torch.arange(sample_count(public)).split(250)
    with torch.no_grad():
        faces = [generator(torch.randn(len(part), LATENT, device=device)) for part in parts]
    return submission(public, torch.cat(faces).float())
