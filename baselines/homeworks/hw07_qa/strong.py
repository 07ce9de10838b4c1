"""Strong: train with the answer anywhere. Expect private accuracy 0.90 +- 0.05 in 0.4 minutes (CPU).

A reader that has always found the answer in the middle learns to look there. Here training windows are drawn
anew in each epoch, with the answer anywhere in them, and some without it, for which the reader points at
START: it learns to read, and to say that there is nothing.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch

from baselines.training import compiled, seed_everything

from .shared import (
    REAL_SIZES,
    SMALL_SIZES,
    Reader,
    Spans,
    anywhere,
    fit,
    independent_spans,
    load,
    one_cycle,
    submission,
)

SMALL = replace(SMALL_SIZES, epochs=12, lr=0.005)
REAL = replace(REAL_SIZES, stride=50, layers=6, epochs=20)


def predict(public: Path, *, seed: int, device: str, dry_run: bool = False) -> pd.DataFrame:
    """Train on the questions whose answers are known and answer those of the test."""
    seed_everything(seed)
    torch.set_num_threads(1)  # a net this small only loses time to a second thread
    task = load(public, small=SMALL, real=REAL, device=device, dry_run=dry_run)
    reader = Reader(task.characters, task.sizes).to(device)
    model = compiled(reader, device) if task.is_real else reader
    fit(model, task.train, task.sizes, window_starts=anywhere, schedule_of=one_cycle, device=device)

    def spans_of(question: torch.Tensor, window: torch.Tensor) -> Spans:
        log_probs = reader(question, window).log_softmax(dim=2)  # (windows, 2, places), START's among them
        return independent_spans(log_probs[:, :, task.sizes.window_place :])

    return submission(task, spans_of)
