"""What the tiers of homework 8 share: the pictures, a one-cycle training, and the error of an autoencoder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from baselines.training import half_precision, report

REAL_ROWS = 20_000  # more training pictures than this: the real ones
WEIGHT_DECAY = 1e-2


def load(public: Path, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The pictures to learn from and those of the test, (n, 3, side, side) uint8, on the device."""
    train, test = (
        torch.from_numpy(np.load(public / "data-bin" / name)).permute(0, 3, 1, 2).contiguous()
        for name in ("trainingset.npy", "testingset.npy")
    )
    return train.to(device), test.to(device)


def centred(pixels: torch.Tensor) -> torch.Tensor:
    """Pixels, uint8, as numbers from -1 to 1."""
    return pixels.float() / 127.5 - 1


def fit_one_cycle(
    model: nn.Module,
    pictures: torch.Tensor,
    loss_of: Callable[[nn.Module, torch.Tensor], torch.Tensor],
    *,
    peak_rate: float,
    batch_size: int,
    epochs: int,
) -> None:
    """Train so that loss_of(model, batch of pictures) falls; the rate climbs to its peak and falls to zero.

    pictures: (n, 3, side, side), uint8.
    """
    device = pictures.device
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak_rate, weight_decay=WEIGHT_DECAY)
    steps = epochs * -(-len(pictures) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak_rate, total_steps=steps)
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(pictures), device=device).split(batch_size):
            with half_precision(device.type):
                loss = loss_of(model, pictures[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
        report(epoch=epoch, epochs=epochs, loss=torch.stack(losses).mean().item())
    model.eval()


@torch.no_grad()
def reconstruction_errors(model: nn.Module, pictures: torch.Tensor) -> np.ndarray:
    """How badly each picture is drawn again, (n,): the mean squared difference of its pixels."""
    parts = [
        (model(centred(part)) - centred(part)).square().mean(dim=(1, 2, 3)).cpu()
        for part in pictures.split(512)
    ]
    return torch.cat(parts).numpy()
