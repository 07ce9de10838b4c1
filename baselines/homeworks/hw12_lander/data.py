"""Hand out the lander of homework 12, and draw which of its episodes are public.

There is nothing to generate: an episode's start follows from its number (lander.py), and its reward from the
actions. NOTES.md says what that means for the board.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

EPISODES = 100  # rows of a submission; half of them are public
HERE = Path(__file__).parent


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/lander.py, out/public/sample_submission.csv and out/private/answer_key.csv.

    The same seed gives the same bytes; it decides which episodes are public, and that alone. Who knows the
    seed knows the halves, so a real course passes a long random one of its own.
    """
    (split,) = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(1))
    public, private = out / "public", out / "private"
    public.mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "lander.py", public / "lander.py")
    usage = np.where(split.permutation(EPISODES) < EPISODES // 2, "Public", "Private")
    # The metric replays the student's actions and has no use for those of a key: a dot stands for them, too.
    sample = pd.DataFrame({"Id": np.arange(EPISODES), "Actions": "."})
    sample.assign(Usage=usage).to_csv(private / "answer_key.csv", index=False, lineterminator="\n")
    sample.to_csv(public / "sample_submission.csv", index=False, lineterminator="\n")
