"""What is needed to grade by one version of a competition's answer key, read from the tables."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from grader.spec import GradingSpec, Limits
from server.database.database import execute, table_of
from server.models import AnswerKeyVersion, Competition

JUDGED = "judged when the key came in"  # so that no later rule breaks the grading by a key that was taken
_COMPETITION, _ANSWER_KEY = table_of(Competition), table_of(AnswerKeyVersion)
_KEY = (
    select(_ANSWER_KEY)
    .join(_COMPETITION, _COMPETITION.c.answer_key_id == _ANSWER_KEY.c.id)
    .where(_COMPETITION.c.id == bindparam("competition_id"))
)


@dataclass(frozen=True)
class GradingKey:
    """Which version of an answer key to grade by, how to read it, and which way is better.

    metric_sha256: the stored metric.py of a metric of its own.
    """

    answer_key_id: int
    sha256: str
    spec: GradingSpec
    higher_is_better: bool
    metric_sha256: str | None = None
    ladder_step: float | None = None


def spec_of(competition: Competition, version: AnswerKeyVersion | Row[Any] | None = None) -> GradingSpec:
    """The grader's view of a competition; by its metric of now, or by that of an answer key's version."""
    by = version or competition
    return GradingSpec(
        metric=by.metric,
        id_column=competition.id_column,
        target_columns=tuple(competition.target_columns),
        limits=Limits(bytes=competition.upload_limit_bytes),
        labels=tuple(competition.labels),
        prediction_columns=tuple(competition.prediction_columns),
        auxiliary=competition.auxiliary_columns,
        arguments=by.metric_arguments,
        leaks_accepted=JUDGED,
    )


def key_of(competition: Competition, version: AnswerKeyVersion | Row[Any]) -> GradingKey:
    """One version of the competition's answer key, with the metric that goes with it."""
    return GradingKey(
        version.id,
        version.sha256,
        spec_of(competition, version),
        version.higher_is_better,
        version.metric_sha256,
        competition.ladder_step,
    )


def current_key(session: Session, competition: Competition) -> GradingKey:
    """The competition's answer key as it stands now.

    Everything that a rescore changes is read from the version, since `competition` may be of an earlier
    instant: a new key must never be read with the old metric.
    """
    return key_of(competition, execute(session, _KEY, {"competition_id": competition.id}).one())
