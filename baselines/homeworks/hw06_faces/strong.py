"""Strong: the straight way from noise to a face. Expect private distance 28 +- 5 in 1.0 minutes (CPU).

Flow matching (Lipman et al., 2023): put a face and noise at the ends of a straight way, go to any point of
it, and ask a small U-Net in which direction the way runs. Its mean answer leads noise to faces, in sixteen
steps.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import half_precision, report, seed_everything

from .shared import BATCH, load, sample_count, submission

WIDTH, DEEP = 32, 64  # channels of the feature maps of 8 x 8 and of 4 x 4
HIDDEN = 384  # numbers in which the whole face is seen at once
SPREAD = 0.5  # of the faces' pixels, roughly: dividing by it makes them as large as the noise
EPOCHS = 22  # passes over the faces
LEARNING_RATE = 3e-3  # falls to zero over the last part of the training
FALL = 0.6  # that part
STEPS = 16  # from noise to a face


def time_embedding(times: torch.Tensor) -> torch.Tensor:
    """Times (batch,) from 0 to 1 as sines and cosines (batch, 32), which a network reads better."""
    angles = times[:, None] * 1.5 * torch.exp(torch.linspace(0, 4, 16, device=times.device))
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut, told the time: (batch, channels, s, s) to the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.time_proj = nn.Linear(64, channels)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, maps: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Maps (batch, channels, s, s), given times (batch, 64)."""
        output: torch.Tensor = maps + self.conv2(
            (self.conv1(maps) + self.time_proj(time)[:, :, None, None]).relu()
        )
        return output


class UNet(nn.Module):
    """Velocity of each pixel: from pictures (batch, 1, side, side) and times (batch,) to such pictures."""

    def __init__(self, side: int) -> None:
        super().__init__()
        block, self.silu = side // 8, nn.SiLU()
        self.time_mlp = nn.Sequential(nn.Linear(32, 64), nn.SiLU())
        self.conv_in = nn.Sequential(nn.PixelUnshuffle(block), nn.Conv2d(block**2, WIDTH, 3, padding=1))
        self.position = nn.Parameter(torch.zeros(1, WIDTH, 8, 8))
        self.encoder, self.decoder = ResidualBlock(WIDTH), ResidualBlock(WIDTH)
        self.down, self.up = nn.Conv2d(WIDTH, DEEP, 2, 2), nn.ConvTranspose2d(DEEP, WIDTH, 2, 2)
        self.deep_encoder, self.deep_decoder = ResidualBlock(DEEP), ResidualBlock(DEEP)
        self.proj_in, self.time_proj = nn.Linear(DEEP * 16, HIDDEN), nn.Linear(64, HIDDEN)
        self.hidden, self.proj_out = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, DEEP * 16)
        self.conv_out = nn.Sequential(nn.Conv2d(WIDTH, block**2, 3, padding=1), nn.PixelShuffle(block))

    def forward(self, pictures: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """Velocities (batch, 1, side, side)."""
        time = self.time_mlp(time_embedding(times))
        fine = self.encoder(self.conv_in(pictures) + self.position, time)  # (batch, WIDTH, 8, 8)
        coarse = self.deep_encoder(self.down(fine), time)  # (batch, DEEP, 4, 4)
        whole = self.silu(self.proj_in(coarse.flatten(1)) + self.time_proj(time))
        whole = whole + self.silu(self.hidden(whole))  # (batch, HIDDEN)
        coarse = self.deep_decoder(coarse + self.proj_out(whole).view_as(coarse), time)
        velocity: torch.Tensor = self.conv_out(self.decoder(self.up(coarse) + fine, time))
        return velocity


def new_unet(faces: torch.Tensor) -> UNet:
    """An untrained network for faces (n, 1, side, side), on their device."""
    return UNet(faces.shape[2]).to(faces.device, memory_format=torch.channels_last)


def fit(
    model: UNet,
    faces: torch.Tensor,
    *,
    epochs: int,
    augmented: Callable[[torch.Tensor], torch.Tensor] = lambda faces: faces,
    after_step: Callable[[int], None] = lambda step: None,
) -> None:
    """Teach a network the straight way from noise to faces (n, 1, side, side).

    augmented: what becomes of each batch of faces; after_step: called with the number of each step, from 1.
    """
    device, steps, step = faces.device, epochs * -(-len(faces) // BATCH), 0
    optimizer = torch.optim.AdamW(
        model.parameters(), LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-4, fused=True
    )
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(faces), device=device).split(BATCH):
            rate = LEARNING_RATE * min(1, (step + 1) / 50, (steps - step) / (FALL * steps))
            optimizer.param_groups[0]["lr"] = rate
            real, times = augmented(faces[batch]) / SPREAD, torch.rand(len(batch), device=device)
            noise, share = torch.randn_like(real), times[:, None, None, None]
            with half_precision(device.type):
                velocity = model(noise + (real - noise) * share, times)
                loss = nn.functional.mse_loss(velocity, real - noise)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            after_step(step)
            losses.append(loss.item())
        report(epoch=epoch, epochs=epochs, loss=float(np.mean(losses)))
    model.eval()


@torch.no_grad()
def sample(model: nn.Module, noise: torch.Tensor, *, steps: int) -> torch.Tensor:
    """Noise (batch, 1, side, side) led to faces in straight steps (Euler)."""
    pictures = noise
    for step in range(steps):
        times = torch.full((len(noise),), step / steps, device=noise.device)
        pictures = pictures + model(pictures, times) / steps
    return pictures * SPREAD


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train the network and return as many new faces as the sample has rows."""
    seed_everything(seed)
    torch.set_num_threads(1)  # nets this small only lose time to a second thread
    faces = load(public, device, dry_run=dry_run)
    model = new_unet(faces)
    fit(model, faces, epochs=1 if dry_run else EPOCHS)
    noise, steps = torch.randn(sample_count(public), *faces.shape[1:], device=device), 1 if dry_run else STEPS
    return submission(public, torch.cat([sample(model, part, steps=steps) for part in noise.split(250)]))
