"""Drawn competitions of every metric of the catalogue, as the texts of a key and of a right upload."""

from dataclasses import dataclass
from random import Random

import numpy as np

from grader.metrics import METRICS
from grader.metrics.fields import LABEL
from grader.spec import GradingSpec
from tests.grader.metrics.proofs import PROOFS, Proof, Row
from tests.grader.metrics.proofs.proof import written

# Names of classes beside those of the proofs, as keys have them.
POOLS = (
    ["cat", "dog", "owl", "bee", "ant"],
    ["0", "1", "2", "3", "4"],
    ["0.0", "1.0", "2.0", "3.0", "4.0"],
    ["A1", "b2", "C 3", "d-4", "e_5"],
)
ID_FORMS = ("r{}", "{}", "img_{:05d}.jpg", "{:06d}", "Ä{}")
ROWS = 40


@dataclass(frozen=True)
class Competition:
    """A spec with its rows as texts. truth: the key's fields but id and Usage; predictions: an upload's."""

    metric: str
    spec: GradingSpec
    ids: list[str]
    truth: list[Row]
    usage: list[str]
    predictions: list[Row]

    @property
    def proof(self) -> Proof:
        return PROOFS[self.metric]

    @property
    def key_rows(self) -> list[Row]:
        """The key as a table, its header first."""
        rows = zip(self.ids, self.truth, self.usage, strict=True)
        return [[*self.spec.key_columns], *([name, *fields, word] for name, fields, word in rows)]

    @property
    def upload_rows(self) -> list[Row]:
        """The upload as a table, its header first."""
        rows = zip(self.ids, self.predictions, strict=True)
        return [[*self.spec.columns], *([name, *fields] for name, fields in rows)]

    @property
    def key_file(self) -> bytes:
        return written(self.key_rows)

    @property
    def upload_file(self) -> bytes:
        return written(self.upload_rows)


def competition(metric: str, draw: Random) -> Competition:
    """A competition of a metric, each split of which has a score."""
    proof = PROOFS[metric]
    rng = np.random.default_rng(draw.randrange(2**32))
    parts = [proof.make(rng, rows) for rows in (proof.at_least, max(ROWS - proof.at_least, proof.at_least))]
    usage = ["Public"] * len(parts[0].truth) + _words(len(parts[1].truth), proof, rng)
    truth, predictions = _renamed(
        metric,
        [row for part in parts for row in part.truth],
        [row for part in parts for row in part.predictions],
        draw,
    )
    numbers = draw.sample(range(10 * len(truth)), len(truth))
    form = draw.choice(ID_FORMS)
    return Competition(
        metric,
        proof.spec(metric),
        [form.format(number) for number in numbers],
        truth,
        usage,
        predictions,
    )


def _words(rows: int, proof: Proof, rng: np.random.Generator) -> list[str]:
    least = min(rows, proof.at_least)
    words = ["Public", "Private", "Ignored"]
    return ["Private"] * least + [words[place] for place in rng.choice(3, rows - least, p=[0.45, 0.45, 0.1])]


def _renamed(
    metric: str, truth: list[Row], predictions: list[Row], draw: Random
) -> tuple[list[Row], list[Row]]:
    """The rows with other names for the classes, where no setting of the metric names one."""
    definition, settings = METRICS[metric], PROOFS[metric].settings
    if definition.answers != LABEL or definition.predictions != LABEL or "labels" in settings:
        return truth, predictions
    if any(parameter.is_label for parameter in definition.parameters.values()):
        return truth, predictions
    labels = sorted({row[0] for row in (*truth, *predictions)})
    pool = draw.choice([*POOLS, labels])
    names = dict(zip(labels, pool if len(labels) <= len(pool) else labels, strict=False))
    return (
        [[names[row[0]], *row[1:]] for row in truth],
        [[names[row[0]], *row[1:]] for row in predictions],
    )
