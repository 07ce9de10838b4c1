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

from baselines.training import compiled, half_precision, report, seed_everything

WIDTH, REAL_WIDTH = 32, 64  # channels after the first convolution; each further one doubles them
CODE, REAL_CODE = 40, 128  # numbers that a picture is squeezed into
SMALLEST = 4  # convolutions halve the picture until its side is no larger than this
EPOCHS, REAL_EPOCHS = 12, 30  # passes over the training pictures
BATCH, REAL_BATCH = 64, 512  # pictures per step
NOISE = 0.1  # spread of what is added to the input, whose pixels are from -1 to 1
PEAK_RATE = 4e-3  # the one-cycle schedule climbs to it and falls to zero
REAL_ROWS = 20_000  # more training pictures than this: the real ones


def load(public: Path, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the pictures to learn from and those of the test, (n, 3, side, side) uint8, on the device."""
    train, test = (
        torch.from_numpy(np.load(public / "data-bin" / name)).permute(0, 3, 1, 2).contiguous()
        for name in ("trainingset.npy", "testingset.npy")
    )
    return train.to(device), test.to(device)


def scaled(pixels: torch.Tensor) -> torch.Tensor:
    """Return pixels, uint8, as numbers from -1 to 1."""
    return pixels.float() / 127.5 - 1


def network(side: int, *, width: int, code: int) -> nn.Module:
    """Return an untrained autoencoder of pictures (batch, 3, side, side).

    A picture is first folded to half its side and four times its channels: the convolutions then work on a
    quarter of the places.
    """
    encoder: list[nn.Module] = [nn.PixelUnshuffle(2)]  # (batch, 12, side / 2, side / 2)
    decoder: list[nn.Module] = [nn.PixelShuffle(2)]
    inputs, side = 12, side // 2
    while side > SMALLEST:
        encoder += [nn.Conv2d(inputs, width, 4, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        last = [] if inputs == 12 else [nn.BatchNorm2d(inputs), nn.ReLU()]
        decoder = [nn.ConvTranspose2d(width, inputs, 4, stride=2, padding=1), *last, *decoder]
        inputs, width, side = width, 2 * width, side // 2
    size = inputs * side * side
    squeeze = [
        nn.Flatten(),
        nn.Linear(size, code),
        nn.Linear(code, size),
        nn.Unflatten(1, (inputs, side, side)),
    ]
    return nn.Sequential(*encoder, *squeeze, nn.ReLU(), *decoder)


def fit(pictures: torch.Tensor, *, device: str, is_real: bool, epochs: int) -> nn.Module:
    """Train on pictures (n, 3, side, side), uint8: noise goes in, the clean picture should come out."""
    width, code, batch_size = (REAL_WIDTH, REAL_CODE, REAL_BATCH) if is_real else (WIDTH, CODE, BATCH)
    model = network(pictures.shape[-1], width=width, code=code).to(device)
    model = compiled(model, device) if is_real else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE)
    steps = epochs * -(-len(pictures) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(pictures), device=device).split(batch_size):
            originals = scaled(pictures[batch])
            noisy = originals + NOISE * torch.randn_like(originals)
            with half_precision(device):
                loss = nn.functional.mse_loss(model(noisy).float(), originals)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
        report(epoch=epoch, epochs=epochs, loss=torch.stack(losses).mean().item())
    return model.eval()


@torch.no_grad()
def errors(model: nn.Module, pictures: torch.Tensor) -> np.ndarray:
    """Return how badly each picture is drawn again, (n,): the mean squared difference of its pixels."""
    parts = [
        (model(scaled(part)) - scaled(part)).square().mean(dim=(1, 2, 3)).cpu()
        for part in pictures.split(512)
    ]
    return torch.cat(parts).numpy()


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on the normal pictures and return a score for every test picture; a large one means odd."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    train, test = load(public, device)
    is_real = len(train) > REAL_ROWS
    epochs = 1 if dry_run else REAL_EPOCHS if is_real else EPOCHS
    model = fit(train[:BATCH] if dry_run else train, device=device, is_real=is_real, epochs=epochs)
    return pd.DataFrame({"Id": np.arange(len(test)), "Predicted": errors(model, test)})
