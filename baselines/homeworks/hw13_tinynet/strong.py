"""Strong: a small network with a large teacher. Expect private accuracy 0.88 +- 0.01 in 0.7 minutes (CPU).

The cap holds for what is handed in. A residual network of a hundred thousand numbers is trained beside it, on
pictures turned and recoloured by chance; the small one learns to give the same logits on the same varied
pictures. They say more than a label does: that this might also have been a pancake. (Hinton et al., 2015.)
"""

from itertools import pairwise
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from baselines.training import seed_everything

from .medium import LAYERS
from .shared import DISHES, Network, fit, label_loss, load, submission

TEACHER_WIDTHS = (16, 32, 64)  # channels of the teacher's stages
TEACHER_EPOCHS, EPOCHS = 30, 45  # passes over the labelled pictures, of the teacher and of its pupil
TEACHER_RATE, PEAK_RATE = 4e-3, 1e-2
TEMPERATURE = 3.0  # divides the logits that are compared, so that small probabilities count, too
TEACHER_WEIGHT = 0.9  # of the loss, what the teacher says; the rest is what the labels say


def augmented(images: torch.Tensor) -> torch.Tensor:
    """Pictures (batch, 3, side, side) turned, mirrored, moved, resized and recoloured by chance."""
    n, device = len(images), images.device
    angle, size = 2 * torch.pi * torch.rand(n, device=device), 0.9 + 0.2 * torch.rand(n, device=device)
    mirror = torch.randint(0, 2, (n,), device=device) * 2 - 1
    theta = torch.empty(n, 2, 3, device=device)  # (batch, 2, 3): where each new pixel is fetched from
    theta[:, 0, 0], theta[:, 0, 1] = size * mirror * angle.cos(), -size * angle.sin()
    theta[:, 1, 0], theta[:, 1, 1] = size * mirror * angle.sin(), size * angle.cos()
    theta[:, :, 2] = 0.08 * torch.randn(n, 2, device=device)
    grid = nn.functional.affine_grid(theta, list(images.shape), align_corners=False)  # (batch, side, side, 2)
    images = nn.functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return images * (1 + 0.1 * torch.randn(n, 3, 1, 1, device=device))


class Residual(nn.Module):
    """Two convolutions and a shortcut around them: (batch, before, s, s) to (batch, after, s, s)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(
            *(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()),
            *(nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """(batch, after, s, s) for maps (batch, before, s, s)."""
        return nn.functional.relu(self.convs(maps) + self.shortcut(maps))


def residual_network() -> nn.Sequential:
    """An untrained teacher from (batch, 3, side, side) to one logit per dish, (batch, 11)."""
    first, *others = TEACHER_WIDTHS
    layers: list[nn.Module] = [nn.Conv2d(3, first, 3, padding=1, bias=False)]
    layers += [nn.BatchNorm2d(first), nn.ReLU()]
    for before, after in pairwise([first, *others]):
        layers += [nn.MaxPool2d(2), Residual(before, after)]
    layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(TEACHER_WIDTHS[-1], DISHES)]
    return nn.Sequential(*layers)


def new_teacher(images: torch.Tensor, dishes: torch.Tensor, *, epochs: range, last: int) -> nn.Module:
    """A teacher trained on pictures (n, 3, side, side) of uint8 and dishes (n,)."""
    teacher = residual_network().to(images.device, memory_format=torch.channels_last)
    fit(
        teacher,
        images,
        label_loss(teacher, dishes),
        peak_rate=TEACHER_RATE,
        epochs=epochs,
        last=last,
        augmented=augmented,
    )
    return teacher


def distillation_loss(
    logits: torch.Tensor, teacher_logits: torch.Tensor, dishes: torch.Tensor
) -> torch.Tensor:
    """The loss of logits (batch, 11) against the teacher's (batch, 11), and against the labels."""
    divergence = nn.functional.kl_div(
        (logits / TEMPERATURE).log_softmax(dim=1),
        (teacher_logits / TEMPERATURE).softmax(dim=1),
        reduction="batchmean",
    )
    error = nn.functional.cross_entropy(logits, dishes)
    return TEACHER_WEIGHT * TEMPERATURE**2 * divergence + (1 - TEACHER_WEIGHT) * error


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train a teacher and its pupil, and return the pupil, cut into pieces: two rows for each."""
    seed_everything(seed)
    torch.set_num_threads(1)  # nets this small only lose time to a second thread
    images, dishes = load(public, device, dry_run=dry_run)
    first, last = (1, 2) if dry_run else (TEACHER_EPOCHS, TEACHER_EPOCHS + EPOCHS)
    teacher = new_teacher(images, dishes, epochs=range(1, first + 1), last=last)
    pupil = Network(LAYERS).to(device, memory_format=torch.channels_last)

    def loss_of(inputs: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            teacher_logits = teacher(inputs)
        return distillation_loss(pupil(inputs), teacher_logits, dishes[batch])

    epochs = range(first + 1, last + 1)
    fit(pupil, images, loss_of, peak_rate=PEAK_RATE, epochs=epochs, last=last, augmented=augmented)
    return submission(public, pupil)
