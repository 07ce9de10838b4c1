"""Boss: no room, weighed frames, a margin. Expect private accuracy 0.89 +- 0.02 in 0.8 minutes (CPU).

The conformer of the strong tier, and four ideas. Each utterance loses its own mean, and with it what
microphone and room added. Attention decides how much each frame counts, and the spread over time is kept
beside the mean. Scores are cosines between the utterance and one direction per speaker, and the right one
must win by a margin (AM-softmax). Masks over bands and time keep the network from relying on one detail.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from baselines.training import seed_everything

from .shared import MANY, Sizes, Utterances, classify, fit, load
from .strong import ConformerBlock

SIZES = Sizes(width=32, heads=2, layers=2, hidden=64, crop=48, batch=32, epochs=24)
REAL_SIZES = Sizes(width=160, heads=4, layers=6, hidden=640, crop=256, batch=256, epochs=60)
VIEWS = 4  # crops of each test utterance whose probabilities are averaged
MARGIN = 0.2  # what the right speaker's cosine must be ahead by, in training
SHARPNESS = 20.0  # cosines are multiplied by it before the softmax
MASKED_BANDS, MASKED_FRAMES = 2, 6  # the longest stretch of each that a crop loses in training


def without_room(utterances: Utterances) -> Utterances:
    """Utterances that have lost their own mean: what a microphone adds is the same in all frames."""
    ends = utterances.lengths.cumsum(0)[:-1].tolist()
    arrays = np.split(utterances.frames.cpu().numpy(), ends)  # (time, mels) each
    centred = [array - array.mean(axis=0, dtype=np.float32).astype(array.dtype) for array in arrays]
    return replace(utterances, frames=torch.from_numpy(np.concatenate(centred)).to(utterances.frames.device))


class Classifier(nn.Module):
    """Cosines with every speaker, times SHARPNESS: conformer blocks, then attentive mean and spread."""

    def __init__(self, mels: int, speakers: int, sizes: Sizes) -> None:
        super().__init__()
        width = sizes.width
        self.norm = nn.BatchNorm1d(mels)  # the bands, to mean 0 and spread 1
        self.proj = nn.Linear(mels, width)
        self.blocks = nn.Sequential(*(ConformerBlock(sizes) for _ in range(sizes.layers)))
        self.attention = nn.Sequential(nn.Tanh(), nn.Linear(width, width))
        self.embedding_norm = nn.BatchNorm1d(2 * width)
        self.speakers = nn.Parameter(torch.randn(speakers, 2 * width))  # a direction for each

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """(batch, speakers) logits for frames (batch, time, mels)."""
        frames = self.norm(frames.transpose(1, 2)).transpose(1, 2)
        states = self.blocks(self.proj(frames)).float()  # (batch, time, width)
        weights = self.attention(states).float().softmax(dim=1)  # each channel's over time sum to 1
        mean = (weights * states).sum(dim=1)  # (batch, width)
        variance = (weights * (states - mean[:, None]).square()).sum(dim=1)
        embedding = self.embedding_norm(torch.cat([mean, (variance + 1e-5).sqrt()], dim=1))
        embedding, speakers = nn.functional.normalize(embedding), nn.functional.normalize(self.speakers)
        return SHARPNESS * nn.functional.linear(embedding, speakers)


def masked(frames: torch.Tensor) -> torch.Tensor:
    """Frames (batch, time, mels) with a random stretch of bands and one of time set to 0, the mean."""
    for dimension, longest in ((2, MASKED_BANDS), (1, MASKED_FRAMES)):
        count, size = len(frames), frames.shape[dimension]
        first = torch.randint(size, (count, 1), device=frames.device)
        length = torch.randint(longest + 1, (count, 1), device=frames.device)
        place = torch.arange(size, device=frames.device)
        mask = (place >= first) & (place < first + length)  # (batch, size)
        frames = frames.masked_fill(mask.unsqueeze(3 - dimension), 0.0)
    return frames


def margin_loss(network: nn.Module, frames: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The loss of masked frames (batch, time, mels) whose labels (batch,) must win by the margin."""
    cosines = network(masked(frames)) / SHARPNESS  # (batch, speakers)
    cosines = cosines - MARGIN * nn.functional.one_hot(labels, cosines.shape[1])
    return nn.functional.cross_entropy(SHARPNESS * cosines, labels)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on the speakers' utterances and return a speaker for every test utterance."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    speech = load(public, device)
    speech = replace(speech, train=without_room(speech.train), test=without_room(speech.test))
    sizes = REAL_SIZES if len(speech.speakers) > MANY else SIZES
    model = Classifier(speech.train.frames.shape[1], len(speech.speakers), sizes).to(device)
    fit(model, speech, sizes, dry_run=dry_run, loss_of=margin_loss)
    return classify(model, speech, crop=sizes.crop, views=VIEWS)
