"""Grading stored files again under another answer key version, and keeping what comes of it.

A submission that stands as scored has a verdict under a version when it has scores under it, or stands as
unscored under it. Verdicts of different versions stand side by side; nothing here changes a submission.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select
from sqlalchemy.orm import Session

from grader.errors import InvalidSubmission
from grader.grade import Grade
from server.database.database import execute, table_of, upsert
from server.domain.grading.grading_key import GradingKey, key_of
from server.domain.grading.outcome import Failed, Outcome, PublicGrade
from server.domain.grading.record import on_ladder, private_row, public_row
from server.domain.rescores import carried_scores
from server.models import (
    AnswerKeyVersion,
    Competition,
    PrivateFailure,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
    Unscored,
)

_SUBMISSION, _PUBLIC, _UNSCORED = table_of(Submission), table_of(PublicScore), table_of(Unscored)
_ADD_PUBLIC = upsert(table_of(PublicScore)).on_conflict_do_nothing()
_ADD_PRIVATE = upsert(table_of(PrivateScore)).on_conflict_do_nothing()
_ADD_UNSCORED = upsert(_UNSCORED).on_conflict_do_nothing()
_ADD_FAILURE = upsert(table_of(PrivateFailure))
_KEEP_FAILURE = _ADD_FAILURE.on_conflict_do_update(
    index_elements=["submission_id"],
    set_={name: _ADD_FAILURE.excluded[name] for name in ("reason", "failed_at")},
)


def _missing(*columns: object) -> Select[tuple[int]]:
    without = [
        ~exists().where(
            table.c.submission_id == _SUBMISSION.c.id, table.c.answer_key_id == bindparam("answer_key_id")
        )
        for table in (_PUBLIC, _UNSCORED)
    ]
    query: Select[tuple[int]] = select(*columns).where(  # type: ignore[call-overload]
        _SUBMISSION.c.competition_id == bindparam("of"),
        _SUBMISSION.c.state == SubmissionState.SCORED,
        *without,
    )
    return query


# Team by team and by receipt, because what the Ladder shows of a file depends on the team's earlier ones.
_MISSING = (
    _missing(_SUBMISSION.c.id, _SUBMISSION.c.team_id, _SUBMISSION.c.sha256)
    .order_by(_SUBMISSION.c.team_id, _SUBMISSION.c.received_at, _SUBMISSION.c.id)
    .limit(bindparam("most"))
)
_HOW_MANY = _missing(func.count())


@dataclass(frozen=True)
class StoredSubmission:
    """A submission's stored file."""

    submission_id: int
    team_id: int
    sha256: str


Verdict = tuple[StoredSubmission, Outcome]  # what a submission's file came to under the other version


def missing(
    session: Session, *, competition_id: int, answer_key_id: int, most: int
) -> list[StoredSubmission]:
    """Scored submissions without a verdict under that version, team by team, the earliest first."""
    values = {"of": competition_id, "answer_key_id": answer_key_id, "most": most}
    return [StoredSubmission(row.id, row.team_id, row.sha256) for row in execute(session, _MISSING, values)]


def how_many_missing(session: Session, *, competition_id: int, answer_key_id: int) -> int:
    """How many scored submissions have no verdict under that version."""
    values = {"of": competition_id, "answer_key_id": answer_key_id}
    count: int = execute(session, _HOW_MANY, values).scalar_one()
    return count


def how_many_scored(session: Session, competition_id: int) -> int:
    """How many submissions stand as scored."""
    query = select(func.count()).where(
        _SUBMISSION.c.competition_id == competition_id, _SUBMISSION.c.state == SubmissionState.SCORED
    )
    return session.scalar(query) or 0


def key_of_version(session: Session, answer_key_id: int) -> GradingKey:
    """What is needed to grade under that version."""
    version = session.get_one(AnswerKeyVersion, answer_key_id)
    return key_of(session.get_one(Competition, version.competition_id), version)


def keep(session: Session, *, key: GradingKey, verdicts: Sequence[Verdict], now: datetime) -> None:
    """Keep verdicts under a version; those that another process has kept meanwhile stay.

    Needs a session that may see private scores. Why a file failed by our fault is kept for staff.
    """
    connection = session.connection()
    outcomes = [(stored.submission_id, outcome) for stored, outcome in verdicts]
    settled = carried_scores.carry(session, key=key, outcomes=outcomes)
    verdicts = [each for each in verdicts if each[0].submission_id not in settled]
    public = [
        (stored.team_id, public_row(stored.submission_id, key, outcome))
        for stored, outcome in verdicts
        if isinstance(outcome, Grade | PublicGrade)
    ]
    if public and key.ladder_step is None:
        connection.execute(_ADD_PUBLIC, [row for _, row in public])
    elif public:
        for team_id, row in public:  # each is released by what the team was shown before it
            connection.execute(_ADD_PUBLIC, on_ladder(session, team_id, key, row))
    private = [
        private_row(stored.submission_id, key, outcome)
        for stored, outcome in verdicts
        if isinstance(outcome, Grade)
    ]
    if private:
        connection.execute(_ADD_PRIVATE, private)
    unscored = [
        {
            "submission_id": stored.submission_id,
            "answer_key_id": key.answer_key_id,
            "problems": _problems(outcome),
        }
        for stored, outcome in verdicts
        if isinstance(outcome, InvalidSubmission | Failed)
    ]
    if unscored:
        connection.execute(_ADD_UNSCORED, unscored)
    failed = [
        {"submission_id": stored.submission_id, "reason": outcome.reason, "failed_at": now}
        for stored, outcome in verdicts
        if isinstance(outcome, Failed | PublicGrade)
    ]
    if failed:
        connection.execute(_KEEP_FAILURE, failed)


def _problems(outcome: InvalidSubmission | Failed) -> list[dict[str, object]]:
    if isinstance(outcome, Failed):
        return []
    return [problem.as_dict() for problem in outcome.problems]


def why_unscored(session: Session, submission: Submission) -> list[dict[str, Any]] | None:
    """The file's problems under the current version, where that gives it no score; none for a fault of ours.

    None where it has a score, or never had one.
    """
    if submission.state is not SubmissionState.SCORED:
        return None
    return session.scalar(
        select(Unscored.problems)
        .join(Competition, Competition.answer_key_id == Unscored.answer_key_id)
        .where(Unscored.submission_id == submission.id)
    )
