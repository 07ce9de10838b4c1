"""Medium: small steps, a better network. Expect private hidden accuracy 0.48 +- 0.02 in 0.1 minutes (CPU).

Two changes. The attack goes in ten steps and looks at the slope anew after each. And the network learns from
pictures that are moved and noisy, so that it looks at what the hidden networks look at too, and not at the
accidents of its few training pictures.
"""

from pathlib import Path

import pandas as pd
import torch

from baselines.training import seed_everything

from .shared import attacked_in_steps, fit, jittered, load, scaled, submission

EPOCHS = 12  # passes over the training pictures, each time moved a little
WIDTH, KERNEL = 12, 3  # channels of the first layer, and the pixels that it sees at a time


def view(pixels: torch.Tensor) -> torch.Tensor:
    """What the network learns from: moved and noisy pictures."""
    return scaled(jittered(pixels))


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train a network and return every picture, attacked in steps."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    train, test = load(public, dry_run=dry_run)
    epochs = 1 if dry_run else EPOCHS
    model = fit(train, view=view, width=WIDTH, kernel=KERNEL, device=device, epochs=epochs)

    def logits_of(pixels: torch.Tensor) -> torch.Tensor:
        return model(scaled(pixels))

    return submission(attacked_in_steps(logits_of, test.to(device)))
