"""What the tier scripts share: seeding, half precision on a card, and telling whoever watches how far it is.

Torch is never imported here: a tier that does without it must also start without it.
"""

import contextlib
import json
import math
import os
import random
import sys
from typing import Any

import numpy as np

PROGRESS_FD = "BASELINE_PROGRESS_FD"  # set by run.py: the number of the open pipe that progress is written to


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and, where the tier has imported it, torch's generators (CPU and CUDA).

    Two runs with one seed on one device then give the same predictions. Convolutions and recurrent nets on
    CUDA may still differ in the last digits between models of card.
    """
    random.seed(seed)
    np.random.seed(seed)  # scikit-learn draws from this one when a model has no seed of its own
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


def half_precision(device: str) -> contextlib.AbstractContextManager[Any]:
    """The context in which a forward pass and its loss run: bfloat16 on a card that computes in it.

    On the CPU, and on cards older than Ampere (Colab's T4 is one), it changes nothing. bfloat16 has the range
    of float32, so no loss needs to be scaled.
    """
    if device == "cuda":
        torch = sys.modules["torch"]
        torch.set_float32_matmul_precision("high")  # what stays in float32 may use the tensor cores, too
        if torch.cuda.is_bf16_supported(including_emulation=False):
            autocast: contextlib.AbstractContextManager[Any] = torch.autocast("cuda", dtype=torch.bfloat16)
            return autocast
    return contextlib.nullcontext()


def compiled(model: Any, device: str) -> Any:
    """The torch model compiled for a card, and as it is for the CPU.

    It pays for models of real size alone: compiling takes a minute, and a small net is trained by then.
    """
    return sys.modules["torch"].compile(model) if device == "cuda" else model


def report(*, epoch: int, epochs: int, loss: float, score: float | None = None) -> None:
    """Say that `epoch` of `epochs` is done (counted from 1) and that the mean training loss was `loss`.

    score: of rows held out from the training, in the metric's unit, where the tier has any. Under run.py the
    line goes to a pipe, and the worker shows it with an estimate of the seconds left; a script started by
    hand says it on the terminal.
    """
    progress: dict[str, float | None] = {"epoch": epoch, "epochs": epochs, "loss": _rounded(loss)}
    if score is not None:
        progress["score"] = _rounded(score)
    if PROGRESS_FD in os.environ:
        os.write(int(os.environ[PROGRESS_FD]), json.dumps(progress).encode() + b"\n")
    else:
        held_out = "" if score is None else f", score {score:.4f}"
        sys.stderr.write(f"epoch {epoch}/{epochs}: loss {loss:.4f}{held_out}\n")


def _rounded(number: float) -> float | None:
    """The number as JSON can hold it, which knows no NaN."""
    return round(float(number), 6) if math.isfinite(number) else None
