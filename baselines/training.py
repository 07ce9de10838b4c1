"""What the tier scripts share: seeding, and telling whoever watches how far the training has come.

Torch is never imported here: a tier that does without it must also start without it.
"""

import json
import math
import os
import random
import sys

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


def report(*, epoch: int, epochs: int, loss: float) -> None:
    """Say that `epoch` of `epochs` is done (counted from 1) and that the mean training loss was `loss`.

    Under run.py the line goes to a pipe, and the worker shows it with an estimate of the seconds left; a
    script started by hand says it on the terminal.
    """
    shown = round(float(loss), 6) if math.isfinite(loss) else None  # JSON knows no NaN
    progress = {"epoch": epoch, "epochs": epochs, "loss": shown}
    if PROGRESS_FD in os.environ:
        os.write(int(os.environ[PROGRESS_FD]), json.dumps(progress).encode() + b"\n")
    else:
        sys.stderr.write(f"epoch {epoch}/{epochs}: loss {loss:.4f}\n")
