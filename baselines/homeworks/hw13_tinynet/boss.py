"""Boss: two teachers, and pictures without labels. Expect private accuracy 0.90 +- 0.01 in 1.0 minutes (CPU).

A teacher needs no labels to teach from: its answers for the pictures of evaluation/ are as good a lesson, and
there are three times as many of them. Two teachers, trained apart, rarely make the same mistake; the pupil
learns from the mean of their answers.
"""

import zipfile
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from baselines.training import seed_everything

from .medium import LAYERS
from .shared import BATCH, Network, file_names, fit, load, read, submission
from .strong import PEAK_RATE, TEACHER_EPOCHS, TEMPERATURE, augmented, new_teacher

TEACHERS = 2
EPOCHS = 16  # passes of the pupil over all pictures


def load_unlabelled(public: Path, device: str, *, dry_run: bool) -> torch.Tensor:
    """The pictures without labels (m, 3, side, side) of uint8; a dry run gets one batch."""
    with zipfile.ZipFile(public / "food11-hw13.zip") as archive:
        return read(archive, file_names(archive, "evaluation")[: BATCH if dry_run else None]).to(device)


@torch.no_grad()
def mean_probabilities(teachers: list[nn.Module], inputs: torch.Tensor) -> torch.Tensor:
    """The mean of the teachers' probabilities (batch, 11), softened, for pictures from -1 to 1."""
    return torch.stack([(teacher(inputs) / TEMPERATURE).softmax(dim=1) for teacher in teachers]).mean(dim=0)


def distillation_loss(logits: torch.Tensor, probabilities: torch.Tensor) -> torch.Tensor:
    """How far logits (batch, 11), softened, are from the teachers' probabilities (batch, 11)."""
    log_probs = (logits / TEMPERATURE).log_softmax(dim=1)
    return TEMPERATURE**2 * nn.functional.kl_div(log_probs, probabilities, reduction="batchmean")


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train the teachers and their pupil, and return the pupil, cut into pieces: two rows for each."""
    seed_everything(seed)
    torch.set_num_threads(1)  # nets this small only lose time to a second thread
    images, dishes = load(public, device, dry_run=dry_run)
    every_image = torch.cat([images, load_unlabelled(public, device, dry_run=dry_run)])
    teacher_epochs, pupil_epochs = (1, 1) if dry_run else (TEACHER_EPOCHS, EPOCHS)
    first = TEACHERS * teacher_epochs
    last = first + pupil_epochs
    teachers = [
        new_teacher(images, dishes, epochs=range(start + 1, start + teacher_epochs + 1), last=last)
        for start in range(0, first, teacher_epochs)
    ]
    pupil = Network(LAYERS).to(device, memory_format=torch.channels_last)

    def loss_of(inputs: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
        return distillation_loss(pupil(inputs), mean_probabilities(teachers, inputs))

    epochs = range(first + 1, last + 1)
    fit(pupil, every_image, loss_of, peak_rate=PEAK_RATE, epochs=epochs, last=last, augmented=augmented)
    return submission(public, pupil)
