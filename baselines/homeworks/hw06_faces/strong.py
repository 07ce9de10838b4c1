"""Strong: the straight way from noise to a face. Expect private distance 28 +- 5 in 1.0 minutes (CPU).

Flow matching (Lipman et al., 2023): put a face and noise at the ends of a straight way, go to any point of
it, and ask a small U-Net in which direction the way runs. Its mean answer leads noise to faces, in sixteen
steps.
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

WIDTH, DEEP = 32, 64  # channels of the feature maps of 8 x 8 and of 4 x 4
MIDDLE = 384  # numbers in which the whole face is seen at once
SPREAD = 0.5  # of the faces' pixels, roughly: dividing by it makes them as large as the noise
EPOCHS = 22  # passes over the faces
BATCH = 64  # faces per step
RATE = 3e-3  # falls to zero over the last part of the training
FALL = 0.6  # that part
STEPS = 16  # from noise to a face


def load(public: Path) -> torch.Tensor:
    """Return the faces (n, 1, side, side) as numbers from -1 to 1."""
    with zipfile.ZipFile(public / "faces.zip") as archive:
        stack = [np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in archive.namelist()]
    return torch.from_numpy(np.stack(stack))[:, None].float() / 127.5 - 1


def waves(times: torch.Tensor) -> torch.Tensor:
    """Return times (batch,) from 0 to 1 as sines and cosines (batch, 32), which a network reads better."""
    angles = times[:, None] * 1.5 * torch.exp(torch.linspace(0, 4, 16, device=times.device))
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Block(nn.Module):
    """Two convolutions and a shortcut, told the time: (batch, channels, s, s) to the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.time = nn.Linear(64, channels)
        nn.init.zeros_(self.second.weight)

    def forward(self, maps: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        return maps + self.second((self.first(maps) + self.time(time)[:, :, None, None]).relu())


class UNet(nn.Module):
    """Where each pixel should go: pictures (batch, 1, side, side) and times (batch,) to such pictures."""

    def __init__(self, side: int) -> None:
        super().__init__()
        block, self.silu = side // 8, nn.SiLU()
        self.time = nn.Sequential(nn.Linear(32, 64), nn.SiLU())
        self.enter = nn.Sequential(nn.PixelUnshuffle(block), nn.Conv2d(block**2, WIDTH, 3, padding=1))
        self.place = nn.Parameter(torch.zeros(1, WIDTH, 8, 8))
        self.before, self.after = Block(WIDTH), Block(WIDTH)
        self.down, self.up = nn.Conv2d(WIDTH, DEEP, 2, 2), nn.ConvTranspose2d(DEEP, WIDTH, 2, 2)
        self.deep, self.deeper = Block(DEEP), Block(DEEP)
        self.gather, self.told = nn.Linear(DEEP * 16, MIDDLE), nn.Linear(64, MIDDLE)
        self.mix, self.spread = nn.Linear(MIDDLE, MIDDLE), nn.Linear(MIDDLE, DEEP * 16)
        self.leave = nn.Sequential(nn.Conv2d(WIDTH, block**2, 3, padding=1), nn.PixelShuffle(block))

    def forward(self, pictures: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        time = self.time(waves(times))
        fine = self.before(self.enter(pictures) + self.place, time)  # (batch, WIDTH, 8, 8)
        coarse = self.deep(self.down(fine), time)  # (batch, DEEP, 4, 4)
        whole = self.silu(self.gather(coarse.flatten(1)) + self.told(time))
        whole = whole + self.silu(self.mix(whole))  # (batch, MIDDLE)
        coarse = self.deeper(coarse + self.spread(whole).view_as(coarse), time)
        moved: torch.Tensor = self.leave(self.after(self.up(coarse) + fine, time))
        return moved


def fit(faces: torch.Tensor, *, epochs: int) -> nn.Module:
    """Teach a network the straight way from noise to faces (n, 1, side, side)."""
    device, steps, step = faces.device, epochs * -(-len(faces) // BATCH), 0
    model = UNet(faces.shape[2]).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), RATE, betas=(0.9, 0.99), weight_decay=1e-4, fused=True)
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(faces), device=device).split(BATCH):
            rate = RATE * min(1, (step + 1) / 50, (steps - step) / (FALL * steps))
            optimizer.param_groups[0]["lr"] = rate
            real, times = faces[batch] / SPREAD, torch.rand(len(batch), device=device)
            noise, share = torch.randn_like(real), times[:, None, None, None]
            with half_precision(device.type):
                way = model(noise + (real - noise) * share, times)
                loss = nn.functional.mse_loss(way, real - noise)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            losses.append(loss.item())
        report(epoch=epoch, epochs=epochs, loss=float(np.mean(losses)))
    return model.eval()


@torch.no_grad()
def draw(model: nn.Module, noise: torch.Tensor) -> torch.Tensor:
    """Return noise (batch, 1, side, side) led to faces in STEPS straight steps."""
    pictures = noise
    for step in range(STEPS):
        times = torch.full((len(noise),), step / STEPS, device=noise.device)
        pictures = pictures + model(pictures, times) / STEPS
    return pictures * SPREAD


def submission(public: Path, pictures: torch.Tensor) -> pd.DataFrame:
    """Return pictures (n, 1, side, side), from -1 to 1, as the rows of a submission."""
    grey = ((pictures[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    ids = pd.read_csv(public / "sample_submission.csv")["id"]
    return pd.DataFrame({"id": ids, "pixels": [base64.b64encode(face.tobytes()).decode() for face in grey]})


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train the network and return as many new faces as the sample has rows."""
    seed_everything(seed)
    torch.set_num_threads(1)  # nets this small only lose time to a second thread
    faces = load(public).to(device)
    if dry_run:
        faces = faces[:BATCH]
    model = fit(faces, epochs=1 if dry_run else EPOCHS)
    noise = torch.randn(len(pd.read_csv(public / "sample_submission.csv")), *faces.shape[1:], device=device)
    drawn = torch.cat([draw(model, part) for part in noise.split(250)])
    return submission(public, drawn)
