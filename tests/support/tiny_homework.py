"""A homework of a few rows, written to a folder as `splitboard build` would, for tests that need one soon."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

TIERS = {"simple": 0.55, "medium": 0.70, "strong": 0.80, "boss": 0.90}
CLASSES = "abcd"
NOW = datetime(2030, 3, 13, 4, 0, tzinfo=UTC)  # noon in Taipei, in the middle of a course day
TOML = """
title = "Tiny {metric}"
metric = "{metric}"
id_column = "id"
target_columns = ["{target}"]
daily_limit = 5
final_selections = 2
unselected = "best_public"
reset_zone = "Asia/Taipei"
opens_at = {opens_at}
deadline_at = {deadline_at}
late_until = {late_until}
reveal_at = {reveal_at}
"""
TIER = """
[[tier]]
name = "{name}"
hint = "The {name} idea."
minutes = 1.0
hardware = "a laptop"
needs_torch = false
points_public = 1.0
points_private = 1.0
"""
TIER_SCRIPT = '''"""A tier that waits and answers by the clock of its tests."""
import time
import pandas as pd
from baselines.training import report

def predict(public, *, seed, device, dry_run=False):
    sample = pd.read_csv(public / "sample_submission.csv")
    for epoch in range(1, {epochs} + 1):
        time.sleep(0.1)
        report(epoch=epoch, epochs={epochs}, loss=1 / epoch)
    sample["label"] = ["{answers}"[i % {length}] for i in range(len(sample))]
    return sample
'''
ANSWERS = {
    "simple": "a",
    "medium": "ab",
    "strong": "abc",
    "boss": "abcd",
}  # what each tier answers, over and over
EPOCHS = {"simple": 2, "medium": 2, "strong": 2, "boss": 100}  # a tenth of a second each; boss can be killed


def truth(rows: int) -> list[str]:
    """The true label of each row, the same each time: what `score_of` and `predictions` are measured by."""
    source = random.Random(7)
    return [source.choice(CLASSES) for _ in range(rows)]


def usage(rows: int) -> list[str]:
    """Which split each row belongs to."""
    source = random.Random(8)
    return [source.choice(["Public", "Private"]) for _ in range(rows)]


@cache
def predictions(rows: int, *, accuracy: float, seed: int) -> bytes:
    """A file of labels of which about that share is right; another seed gives another file."""
    source = random.Random(seed)
    lines = ["id,label"]
    for number, label in enumerate(truth(rows)):
        right = source.random() < accuracy
        lines.append(f"{number},{label if right else source.choice(CLASSES.replace(label, ''))}")
    return ("\n".join(lines) + "\n").encode()


def score_of(data: bytes, split: str) -> float:
    """The accuracy of a file on 'Public' or 'Private', counted in the most obvious way."""
    lines = data.decode().splitlines()[1:]
    guessed = [line.split(",")[1] for line in lines]
    counted = [
        g == t for g, t, u in zip(guessed, truth(len(lines)), usage(len(lines)), strict=True) if u == split
    ]
    return sum(counted) / len(counted)


def times(now: datetime, *, opens: timedelta = timedelta(days=-2)) -> dict[str, datetime]:
    """When a homework that is open around `now` opens, closes and is revealed, by the names of the rules."""
    return {
        "opens_at": now + opens,
        "deadline_at": now + timedelta(days=5),
        "late_until": now + timedelta(days=6),
        "reveal_at": now + timedelta(days=7),
    }


def write(
    folder: Path, *, rows: int = 400, now: datetime = NOW, opens: timedelta = timedelta(days=-2)
) -> Path:
    """Write the homework to `folder/tiny` and its data to `folder/built`, open around `now`."""
    homework, built = folder / "tiny", folder / "built"
    for path in (homework, built / "public", built / "private"):
        path.mkdir(parents=True)
    instants = {name: at.isoformat() for name, at in times(now, opens=opens).items()}
    toml = TOML.format(metric="accuracy", target="label", **instants)
    (homework / "competition.toml").write_text(toml + "".join(TIER.format(name=name) for name in TIERS))
    for name, answers in ANSWERS.items():
        script = TIER_SCRIPT.format(epochs=EPOCHS[name], answers=answers, length=len(answers))
        (homework / f"{name}.py").write_text(script)
    (homework / "data.py").write_text('"""Nothing to build."""\n\n\ndef build(out, *, seed=0):\n    pass\n')
    (homework / "description.md").write_text("Tell `a` from `d`.\n")
    key = [f"{n},{t},{u}" for n, (t, u) in enumerate(zip(truth(rows), usage(rows), strict=True))]
    (built / "private" / "answer_key.csv").write_text("\n".join(["id,label,Usage", *key]) + "\n")
    sample = "\n".join(["id,label", *(f"{n},a" for n in range(rows))]) + "\n"
    (built / "public" / "sample_submission.csv").write_text(sample)
    (built / "public" / "test.csv").write_text(
        "\n".join(["id,x", *(f"{n},{n % 7}" for n in range(rows))]) + "\n"
    )
    return folder
