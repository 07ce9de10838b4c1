"""Strong: MAML after learning every letter. Expect private accuracy 0.67 +- 0.01 in 0.4 minutes (CPU).

Two ideas. First the network learns to tell all training characters apart, a better start than chance. Then it
is trained on tasks, as in the medium tier, but the outer gradient goes through the inner steps: the features
of the support, too, move to where the tuning makes the most of them. Tuning the last layer alone (ANIL) makes
that gradient cheap.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from baselines.training import compiled, half_precision, report, seed_everything

WAYS = 5  # characters in a task
BLOCKS, WIDTH = 3, 16  # of the network: blocks of convolution and pooling, and channels
REAL_SIDE, REAL_BLOCKS, REAL_WIDTH = 28, 4, 64  # pixels of the real pictures, and the network for them
FIRST_STEPS, REAL_FIRST_STEPS = 200, 5_000  # of learning all characters
BATCH = 128  # pictures per step of that
FIRST_RATE = 1e-2  # peak of its one-cycle schedule
STEPS, REAL_STEPS = 160, 10_000  # of the outer gradient
EPOCH = 20  # steps between two reports
TASKS = 16  # per step
QUERIES = 2  # drawings of each character that a task asks for
PEAK_RATE = 4e-3  # the one-cycle schedule climbs to it and falls to zero
TUNING_STEPS = 5  # of gradient descent on a task's five pictures
TUNING_RATE = 0.1


def pictures_in(archive: zipfile.ZipFile, names: list[str]) -> np.ndarray:
    """Return these pictures, (pictures, side, side), uint8; ink is 255 and paper 0."""
    files = (io.BytesIO(archive.read(name)) for name in names)
    return np.stack([255 - np.asarray(Image.open(file).convert("L")) for file in files])


def load(public: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Return drawings (characters, drawings, side, side), uint8, and the alphabet's number (characters,)."""
    with zipfile.ZipFile(public / "Omniglot.zip") as archive:
        folders: dict[str, list[str]] = {}
        for name in sorted(name for name in archive.namelist() if name.endswith(".png")):
            folders.setdefault(name.rsplit("/", 1)[0], []).append(name)
        drawings = min(map(len, folders.values()))
        of_character = [pictures_in(archive, names[:drawings]) for names in folders.values()]
    scripts = [folder.rsplit("/", 1)[0] for folder in folders]
    numbers = {script: number for number, script in enumerate(dict.fromkeys(scripts))}
    return torch.from_numpy(np.stack(of_character)), torch.tensor([numbers[script] for script in scripts])


def load_tasks(public: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the support and the query of the test tasks, (tasks, WAYS, side, side) each, uint8."""
    parts = []
    with zipfile.ZipFile(public / "Omniglot-test.zip") as archive:
        for part in ("support", "query"):
            names = sorted(
                name for name in archive.namelist() if f"/{part}/" in name and name.endswith(".png")
            )
            parts.append(torch.from_numpy(pictures_in(archive, names)).unflatten(0, (-1, WAYS)))
    return parts[0], parts[1]


def network(side: int) -> nn.Sequential:
    """Return an untrained network from (batch, 1, side, side) to features (batch, 4 * width)."""
    blocks, width = (REAL_BLOCKS, REAL_WIDTH) if side >= REAL_SIDE else (BLOCKS, WIDTH)
    layers: list[nn.Module] = []
    for channels in (1, *[width] * (blocks - 1)):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2, ceil_mode=True)]  # the last one leaves 2 x 2
    return nn.Sequential(*layers, nn.Flatten())


def new_tasks(drawings: torch.Tensor, alphabets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return support (TASKS, WAYS, side, side) and query (TASKS, WAYS * QUERIES, side, side) of new tasks.

    A task's characters come from one alphabet, as in the test. Queries stand in the order of their classes.
    """
    n = len(drawings)
    first = torch.randint(n, (TASKS, 1))
    is_kin = alphabets[first] == alphabets  # (TASKS, n)
    characters = (torch.rand(TASKS, n) + is_kin).topk(WAYS).indices  # (TASKS, WAYS), of the same alphabet
    which = torch.rand(TASKS, WAYS, drawings.shape[1]).topk(1 + QUERIES).indices
    pictures = drawings[characters[..., None].to(drawings.device), which.to(drawings.device)]
    return pictures[:, :, 0], pictures[:, :, 1:].flatten(1, 2)


def features(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """Return features (tasks, n, features) of pictures (tasks, n, side, side), uint8."""
    flat = pictures.flatten(0, 1)[:, None].float() / 255  # (tasks * n, 1, side, side)
    with half_precision(pictures.device.type):
        return model(flat).float().unflatten(0, pictures.shape[:2])


def centred(support: torch.Tensor, query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return both, (tasks, n, features), without what a task's support has in common, and on one scale."""
    middle = support.mean(dim=1, keepdim=True)
    support, query = support - middle, query - middle
    spread = support.std(dim=(1, 2), keepdim=True) + 1e-3
    return support / spread, query / spread


def tune_and_ask(model: nn.Module, support: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Return scores (tasks, queries, WAYS): a last layer is tuned on support, pictures, and asked of query.

    The tuning is made of operations that torch differentiates, so the outer gradient goes back through every
    step of it to the features of the support. The classes of a task are numbered at random, so no first layer
    is better than zeros.
    """
    shown, asked = centred(features(model, support), features(model, query))
    one_hot = torch.eye(WAYS, device=support.device)
    layer = torch.zeros_like(shown)  # (tasks, WAYS, features)
    for _ in range(TUNING_STEPS):
        wrong = (shown @ layer.transpose(1, 2)).softmax(dim=2) - one_hot  # (tasks, WAYS, WAYS)
        layer = layer - TUNING_RATE * wrong.transpose(1, 2) @ shown  # cross-entropy's gradient
    return asked @ layer.transpose(1, 2)


def learn_all(model: nn.Module, drawings: torch.Tensor, *, steps: int) -> None:
    """Train the network to classify all characters of drawings (characters, drawings, side, side)."""
    head = nn.LazyLinear(len(drawings)).to(drawings.device)
    head(features(model, drawings[:1, :2]))  # it learns its width from a first pass
    optimizer = torch.optim.Adam([*model.parameters(), *head.parameters()], lr=FIRST_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, FIRST_RATE, total_steps=steps)
    for _ in range(steps):
        character = torch.randint(len(drawings), (BATCH,), device=drawings.device)
        which = torch.randint(drawings.shape[1], (BATCH,), device=drawings.device)
        scores = head(features(model, drawings[None, character, which])[0])  # (BATCH, characters)
        loss = nn.functional.cross_entropy(scores, character)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def fit(model: nn.Module, drawings: torch.Tensor, alphabets: torch.Tensor, *, steps: int) -> nn.Module:
    """Train on tasks of drawings (characters, drawings, side, side), alphabets (characters,)."""
    optimizer = torch.optim.Adam(model.parameters(), lr=PEAK_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    classes = torch.arange(WAYS, device=drawings.device).repeat_interleave(QUERIES)
    total = 0.0
    for step in range(1, steps + 1):
        support, query = new_tasks(drawings, alphabets)
        scores = tune_and_ask(model, support, query)  # (TASKS, WAYS * QUERIES, WAYS)
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), classes.repeat(TASKS))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % EPOCH == 0 or step == steps:
            report(epoch=-(-step // EPOCH), epochs=-(-steps // EPOCH), loss=total / ((step - 1) % EPOCH + 1))
            total = 0.0
    return model.eval()


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on tasks of training characters and return a class for every query."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    drawings, alphabets = load(public)
    drawings = drawings.to(device)
    is_real = drawings.shape[-1] >= REAL_SIDE
    first_steps, steps = (REAL_FIRST_STEPS, REAL_STEPS) if is_real else (FIRST_STEPS, STEPS)
    model = network(drawings.shape[-1]).to(device)
    model = compiled(model, device) if is_real else model
    learn_all(model, drawings, steps=1 if dry_run else first_steps)
    fit(model, drawings, alphabets, steps=1 if dry_run else steps)
    support, query = load_tasks(public)
    classes = []
    with torch.no_grad():
        for shown, asked in zip(support.split(100), query.split(100), strict=True):
            scores = tune_and_ask(model, shown.to(device), asked.to(device))  # (100, WAYS, WAYS)
            classes.append(scores.argmax(dim=2).flatten().cpu())
    predicted = torch.cat(classes).numpy()
    return pd.DataFrame({"id": np.arange(len(predicted)), "class": predicted})
