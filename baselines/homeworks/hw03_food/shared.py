"""What the classifiers of homework 3 share: the pictures and their augmentation, both networks, training."""

import io
import math
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from baselines.training import half_precision, report

DISHES = 11
PHOTO_SIDE = 128  # pixels to which photographs are brought; drawn pictures are smaller and stay as they are
WIDTH, PHOTO_WIDTH = 16, 64  # channels of the sample network's first convolution
HIDDEN = 64  # units between its last map and the logits, for each 16 channels of width
CELLS = 3  # rows and columns of a network's last map
WIDTHS, PHOTO_WIDTHS = (
    (16, 32, 64),
    (64, 128, 256, 512),
)  # channels of the residual stages; each is half as high
DROPOUT = 0.3  # share of their last map's numbers that are hidden at each step
TURN, PHOTO_TURN = math.pi, 0.3  # a plate may lie any way round, a photograph is held nearly straight
BATCH = 64  # pictures per step of the sample network
ROUND_BATCH, PHOTO_ROUND_BATCH = 32, 128  # pictures per step of the residual network
PEAK_RATE = 4e-3  # the one-cycle schedule climbs to it and falls to zero, in every round
WEIGHT_DECAY = 1e-2
SMOOTHING = 0.05  # share of the target spread over the other dishes
SURE = 0.65  # a dish at least so likely is taken for a label
VIEWS = 4  # augmented looks at a picture, averaged with the plain one


@dataclass(frozen=True)
class Food:
    """Pictures, (n, 3, side, side) of uint8 each, on the device; dishes: (n,), of the labelled ones."""

    pictures: torch.Tensor
    dishes: torch.Tensor
    test: torch.Tensor

    @property
    def are_photos(self) -> bool:
        """Whether the pictures are photographs, for which networks are larger."""
        return is_photo(self.pictures)


def load(public: Path, *folders: str, device: str, dry_run: bool) -> Food:
    """The labelled pictures of these folders, or a batch of them, and all of the test."""
    with zipfile.ZipFile(public / "food-11.zip") as archive:
        names = [name for folder in folders for name in files_below(archive, folder)]
        names = names[:BATCH] if dry_run else names
        dishes = torch.tensor([int(name.split("/")[-2]) for name in names], device=device)
        test = read(archive, files_below(archive, "testing"))
        return Food(read(archive, names).to(device), dishes, test.to(device))


def load_unlabelled(public: Path, *, device: str, dry_run: bool) -> torch.Tensor:
    """The unlabelled pictures of the training, or a batch of them, (n, 3, side, side) of uint8."""
    with zipfile.ZipFile(public / "food-11.zip") as archive:
        names = files_below(archive, "training/unlabeled")
        return read(archive, names[:BATCH] if dry_run else names).to(device)


def files_below(archive: zipfile.ZipFile, folder: str) -> list[str]:
    """The names of the files in a folder of food-11, sorted."""
    names = (name for name in archive.namelist() if name.startswith(f"food-11/{folder}/"))
    return sorted(name for name in names if not name.endswith("/"))


def read(archive: zipfile.ZipFile, names: Iterable[str]) -> torch.Tensor:
    """The pictures of these names as (n, 3, side, side), uint8."""
    pictures = []
    for name in names:
        with Image.open(io.BytesIO(archive.read(name))) as picture:
            side = min(PHOTO_SIDE, picture.width)
            picture.draft("RGB", (side, side))  # lets a JPEG be decoded at a smaller size, which is faster
            pictures.append(np.asarray(picture.convert("RGB").resize((side, side))))
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()


def is_photo(pictures: torch.Tensor) -> bool:
    """Whether pictures (n, 3, side, side) are photographs."""
    return bool(pictures.shape[-1] == PHOTO_SIDE)


def sample_network(pictures: torch.Tensor) -> nn.Module:
    """An untrained network from pictures like these (n, 3, side, side) to logits (n, 11)."""
    width = PHOTO_WIDTH if is_photo(pictures) else WIDTH
    layers: list[nn.Module] = []
    for before, after in ((3, width), (width, 2 * width), (2 * width, 4 * width)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
    hidden = HIDDEN * width // 16
    layers += [nn.AdaptiveMaxPool2d(CELLS), nn.Flatten(), nn.Linear(4 * width * CELLS**2, hidden), nn.ReLU()]
    network = nn.Sequential(*layers, nn.Linear(hidden, DISHES))
    return network.to(pictures.device, memory_format=torch.channels_last)


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut around them: (batch, before, s, s) to (batch, after, s, s)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return nn.functional.relu(self.convs(maps) + self.shortcut(maps))


def residual_network(pictures: torch.Tensor) -> nn.Module:
    """An untrained residual network from pictures like these (n, 3, side, side) to logits (n, 11)."""
    widths = PHOTO_WIDTHS if is_photo(pictures) else WIDTHS
    layers: list[nn.Module] = [nn.Conv2d(3, widths[0], 3, padding=1, bias=False)]
    layers += [nn.BatchNorm2d(widths[0]), nn.ReLU(), nn.MaxPool2d(2)]
    for before, after in pairwise(widths):
        layers += [ResidualBlock(before, after), nn.MaxPool2d(2)]
    layers += [nn.AdaptiveMaxPool2d(CELLS), nn.Flatten(), nn.Dropout(DROPOUT)]
    network = nn.Sequential(*layers, nn.Linear(widths[-1] * CELLS**2, DISHES))
    return network.to(pictures.device, memory_format=torch.channels_last)


def scaled(pictures: torch.Tensor) -> torch.Tensor:
    """Pixels (batch, 3, side, side) of uint8 as numbers from -1 to 1."""
    return pictures.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


def augmented(pictures: torch.Tensor) -> torch.Tensor:
    """Scaled pictures (batch, 3, side, side), turned, mirrored, moved, resized and recoloured."""
    n, device = len(pictures), pictures.device
    angle = (2 * torch.rand(n, device=device) - 1) * (PHOTO_TURN if is_photo(pictures) else TURN)
    size = 0.85 + 0.3 * torch.rand(n, device=device)
    mirror = torch.randint(0, 2, (n,), device=device) * 2 - 1
    theta = torch.empty(n, 2, 3, device=device)  # (batch, 2, 3): where each new pixel is fetched from
    theta[:, 0, 0], theta[:, 0, 1] = size * mirror * angle.cos(), -size * angle.sin()
    theta[:, 1, 0], theta[:, 1, 1] = size * mirror * angle.sin(), size * angle.cos()
    theta[:, :, 2] = 0.12 * torch.randn(n, 2, device=device)
    grid = nn.functional.affine_grid(
        theta, list(pictures.shape), align_corners=False
    )  # (batch, side, side, 2)
    moved = nn.functional.grid_sample(scaled(pictures), grid, padding_mode="reflection", align_corners=False)
    colour = 1 + 0.15 * torch.randn(n, 3, 1, 1, device=device)
    return moved * colour + 0.1 * torch.randn(n, 1, 1, 1, device=device)


def train_epoch(
    model: nn.Module,
    pictures: torch.Tensor,
    dishes: torch.Tensor,
    optimizer: torch.optim.Optimizer,
    *,
    view: Callable[[torch.Tensor], torch.Tensor],
    steps: int,
    smoothing: float = 0.0,
    schedule: torch.optim.lr_scheduler.LRScheduler | None = None,
) -> float:
    """Show every picture once, as `view` makes it look, in so many steps; return the mean loss.

    schedule: of the rate of learning, where it changes from step to step.
    """
    total = 0.0
    # Equal batches: one of a few pictures would upset the normalisation.
    for batch in torch.randperm(len(pictures), device=pictures.device).tensor_split(steps):
        with half_precision(pictures.device.type):
            logits = model(view(pictures[batch]))  # (batch, 11)
            loss = nn.functional.cross_entropy(logits, dishes[batch], label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()
        total += loss.item() * len(batch)
    return total / len(pictures)


def fit_round(
    model: nn.Module, pictures: torch.Tensor, dishes: torch.Tensor, *, epochs: range, last: int
) -> None:
    """Train on pictures (n, 3, side, side), uint8, and dishes (n,); epochs: this round's of all `last`."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    steps = max(1, len(pictures) // (PHOTO_ROUND_BATCH if is_photo(pictures) else ROUND_BATCH))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=len(epochs) * steps)
    model.train()
    for epoch in epochs:
        loss = train_epoch(
            model,
            pictures,
            dishes,
            optimizer,
            view=augmented,
            steps=steps,
            smoothing=SMOOTHING,
            schedule=schedule,
        )
        report(epoch=epoch, epochs=last, loss=loss)
    model.eval()


def classify(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """The likeliest dish of each picture, (n,), from one look at it."""
    with torch.no_grad(), half_precision(pictures.device.type):
        return torch.cat([model(scaled(batch)).argmax(dim=1).cpu() for batch in pictures.split(256)])


@torch.no_grad()
def probabilities(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """The probability of each dish, (n, 11): of the plain picture and of VIEWS others, averaged."""
    parts = []
    for batch in pictures.split(256):
        views = [scaled(batch), *(augmented(batch) for _ in range(VIEWS))]
        with half_precision(pictures.device.type):
            parts.append(sum(model(view).softmax(dim=1).float() for view in views) / len(views))
    return torch.cat(parts)


def sure_labels(model: nn.Module, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The pictures of whose dish the model is sure, and these dishes."""
    probability, dishes = probabilities(model, pictures).max(dim=1)
    is_sure = probability > SURE
    return pictures[is_sure], dishes[is_sure]


def submission(dishes: torch.Tensor) -> pd.DataFrame:
    """A submission of dishes (n,)."""
    return pd.DataFrame({"Id": np.arange(len(dishes)), "Category": dishes.numpy()})
