"""What the tiers of homework 4 share: utterances, random crops of them, the training, a vote over crops."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import compiled, half_precision, report

MANY = 100  # speakers from which on a tier takes its REAL_SIZES
PEAK_RATE = 6e-3  # the one-cycle schedule climbs to it and falls to zero
WEIGHT_DECAY = 0.1


@dataclass(frozen=True)
class Sizes:
    """How large a network is, and how it is trained.

    width: numbers that describe a frame inside; heads: ways in which a layer compares frames; hidden: units
    of each layer's own two-layer network; crop: frames per utterance and step, and heard at once in the
    test; batch: utterances per step; epochs: passes over the utterances.
    """

    width: int
    heads: int
    layers: int
    hidden: int
    crop: int
    batch: int
    epochs: int


@dataclass(frozen=True)
class Utterances:
    """Frames (all frames, mels) of all utterances, one after the other, and their lengths (n,)."""

    frames: torch.Tensor
    lengths: torch.Tensor

    def to(self, device: str) -> "Utterances":
        """The same on the device."""
        return Utterances(self.frames.to(device), self.lengths.to(device))


@dataclass(frozen=True)
class Speech:
    """Utterances with labels (utterances,), those of the test with their names, and the speakers' ids."""

    train: Utterances
    labels: torch.Tensor
    test: Utterances
    names: list[str]
    speakers: list[str]


def load(public: Path, device: str) -> Speech:
    """What Dataset.zip holds, the utterances on the device."""
    with zipfile.ZipFile(public / "Dataset.zip") as archive:
        files_of = json.loads(archive.read("Dataset/metadata.json"))["speakers"]  # by speaker
        test_files = json.loads(archive.read("Dataset/testdata.json"))["utterances"]
        speakers = sorted(files_of)
        train_names = [file["feature_path"] for speaker in speakers for file in files_of[speaker]]
        test_names = [file["feature_path"] for file in test_files]
        train, test = read(archive, train_names), read(archive, test_names)
    counts = torch.tensor([len(files_of[speaker]) for speaker in speakers])
    labels = torch.arange(len(speakers)).repeat_interleave(counts)
    return Speech(train.to(device), labels.to(device), test.to(device), test_names, speakers)


def read(archive: zipfile.ZipFile, names: list[str]) -> Utterances:
    """The utterances of these files, in half precision."""
    arrays = [np.load(io.BytesIO(archive.read(f"Dataset/{name}"))) for name in names]  # (time, mels) each
    return Utterances(
        torch.from_numpy(np.concatenate(arrays)), torch.tensor([len(array) for array in arrays])
    )


def transformer(sizes: Sizes) -> nn.Sequential:
    """Untrained layers of self-attention and a two-layer network, of (batch, time, width)."""
    width, heads, hidden = sizes.width, sizes.heads, sizes.hidden
    return nn.Sequential(
        *(
            nn.TransformerEncoderLayer(width, heads, hidden, dropout=0, batch_first=True, norm_first=True)
            for _ in range(sizes.layers)
        )
    )


def crops(utterances: Utterances, batch: torch.Tensor, begin: torch.Tensor, size: int) -> torch.Tensor:
    """`size` frames of each utterance of the batch (batch,), as (batch, size, mels).

    begin: (batch,) from 0 to 1, where in the utterance they begin: as early or as late as they can. A shorter
    utterance starts again at its end.
    """
    starts = (utterances.lengths.cumsum(0) - utterances.lengths)[batch, None]
    lengths = utterances.lengths[batch]
    first = (begin * (lengths - size + 1).clamp(min=1)).long()
    steps = first[:, None] + torch.arange(size, device=begin.device)  # (batch, size)
    return utterances.frames[starts + steps % lengths[:, None]].float()


def random_crops(utterances: Utterances, batch: torch.Tensor, size: int) -> torch.Tensor:
    """`size` frames from anywhere in each utterance of the batch (batch,), as (batch, size, mels)."""
    return crops(utterances, batch, torch.rand(len(batch), device=batch.device), size)


def label_loss(network: nn.Module, frames: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The cross-entropy of frames (batch, time, mels) with labels (batch,)."""
    return nn.functional.cross_entropy(network(frames), labels)


def fit(
    model: nn.Module,
    speech: Speech,
    sizes: Sizes,
    *,
    dry_run: bool,
    loss_of: Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor] = label_loss,
) -> None:
    """Train on random crops with a one-cycle schedule; a dry run is one batch.

    What does not fill a batch waits for the next epoch, so that all batches have one shape.
    """
    labels, device, count = speech.labels, speech.labels.device, len(speech.labels)
    epochs, steps = (1, 1) if dry_run else (sizes.epochs, max(1, count // sizes.batch))
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=epochs * steps)
    network = compiled(model, device.type) if len(speech.speakers) > MANY else model
    model.train()
    for epoch in range(1, epochs + 1):
        total = torch.zeros((), device=device)
        for batch in torch.randperm(count, device=device).split(sizes.batch)[:steps]:
            frames = random_crops(speech.train, batch, sizes.crop)
            with half_precision(device.type):
                loss = loss_of(network, frames, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        report(epoch=epoch, epochs=epochs, loss=total.item() / steps)


@torch.no_grad()
def classify(model: nn.Module, speech: Speech, *, crop: int, views: int) -> pd.DataFrame:
    """A speaker for each test utterance, by the mean of its crops' probabilities, as a submission."""
    model.eval()
    utterances, device, classes = speech.test, speech.labels.device, []
    for batch in torch.arange(len(utterances.lengths), device=device).split(256):
        with half_precision(device.type):
            logits = [
                model(crops(utterances, batch, torch.full((len(batch),), begin, device=device), crop))
                for begin in np.linspace(0, 0.999, views)
            ]
        probabilities = torch.stack(logits).float().softmax(dim=2).mean(dim=0)  # from (views, batch, n)
        classes += probabilities.argmax(dim=1).tolist()
    return pd.DataFrame({"Id": speech.names, "Category": [speech.speakers[label] for label in classes]})
