"""From a stored file to its score: compute outside any transaction, then record in one, if nobody else has.

`outcome` is pure and slow; it runs beside the file's fsync. `record` is a submission's second transaction:
scores, state and standing together, conditional on the state being `received`, so that a sweep and a slow
server may both try and one of them wins.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Row, Update, bindparam, insert, select, update
from sqlalchemy.orm import Session

from grader.custom_metrics.metric import CustomMetric
from grader.custom_metrics.sandbox import Sandbox
from grader.errors import InvalidSubmission, MetricFailed
from grader.grade import Grade, Key, grade_with_errors, read_answer_key
from grader.scores.ranks import sort_key
from grader.spec import GradingSpec, Limits
from server.database.database import execute, lock, table_of
from server.domain.boards import standings
from server.domain.files.file_store import FileStore
from server.domain.grading import ladder
from server.domain.teams import membership as teams
from server.models import (
    AnswerKeyVersion,
    Competition,
    PrivateFailure,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
    Team,
)

KEPT_KEYS = 32  # answer keys held in memory; a key of a million rows takes about 100 MB
log = logging.getLogger(__name__)

_SUBMISSION, _COMPETITION, _TEAM = table_of(Submission), table_of(Competition), table_of(Team)
_ANSWER_KEY = table_of(AnswerKeyVersion)
_KEY = (
    select(_ANSWER_KEY)
    .join(_COMPETITION, _COMPETITION.c.answer_key_id == _ANSWER_KEY.c.id)
    .where(_COMPETITION.c.id == bindparam("competition_id"))
)
_LOCKED_TEAM = (
    select(_TEAM.c.id)
    .join(_SUBMISSION, _SUBMISSION.c.team_id == _TEAM.c.id)
    .where(_SUBMISSION.c.id == bindparam("submission_id"))
    .with_for_update(of=_TEAM)
)
# The answer key may not be switched while a score is recorded under it: two uploads share this lock, a switch
# wants it alone.
_STEADY_KEY = (
    select(_COMPETITION.c.id)
    .join(_SUBMISSION, _SUBMISSION.c.competition_id == _COMPETITION.c.id)
    .where(_SUBMISSION.c.id == bindparam("submission_id"))
    .with_for_update(read=True, of=_COMPETITION)
)
_STATE = select(_SUBMISSION.c.state).where(_SUBMISSION.c.id == bindparam("submission_id"))
_FINISH = (
    update(_SUBMISSION)
    .where(
        _SUBMISSION.c.id == bindparam("submission_id"),
        _SUBMISSION.c.state == SubmissionState.RECEIVED,
        _SUBMISSION.c.competition_id.in_(
            select(_COMPETITION.c.id).where(_COMPETITION.c.answer_key_id == bindparam("graded_under"))
        ),
    )
    .values(finished_at=bindparam("finished_at"))
    .returning(_SUBMISSION.c.team_id, _SUBMISSION.c.competition_id, _SUBMISSION.c.state)
)
_SCORED = _FINISH.values(state=SubmissionState.SCORED)
_WITHOUT_SCORE = _FINISH.values(state=bindparam("ends_as"), problems=bindparam("found"), slot=None)
_ADD_PUBLIC, _ADD_PRIVATE = insert(table_of(PublicScore)), insert(table_of(PrivateScore))
_ADD_FAILURE = insert(table_of(PrivateFailure))


@dataclass(frozen=True)
class Failed:
    """Grading broke by our fault; staff can read the reason, which may quote true values; the student keeps
    the slot."""

    reason: str


Outcome = Grade | InvalidSubmission | Failed


@dataclass(frozen=True)
class KeyOf:
    """What is needed to grade by a competition's answer key: which version, how to read it, which way is
    better. metric_sha256: the stored metric.py of a metric of its own, which `AnswerKeys` reads."""

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
    )


def key_of(competition: Competition, version: AnswerKeyVersion | Row[Any]) -> KeyOf:
    """One version of the competition's answer key, with the metric that goes with it."""
    return KeyOf(
        version.id,
        version.sha256,
        spec_of(competition, version),
        version.higher_is_better,
        version.metric_sha256,
        competition.ladder_step,
    )


def current_key(session: Session, competition: Competition) -> KeyOf:
    """The competition's answer key as it stands now.

    Everything that a rescore changes is read from the version, since `competition` may be of an earlier
    instant: a new key must never be read with the old metric.
    """
    return key_of(competition, execute(session, _KEY, {"competition_id": competition.id}).one())


class AnswerKeys:
    """Prepared answer keys, the last used kept in memory, and the sandbox for those with a metric of their
    own. Safe to share between threads."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._kept: OrderedDict[int, Key] = OrderedDict()
        self._lock = Lock()
        self.sandbox = Sandbox()

    def get(self, key: KeyOf) -> Key:
        """The prepared answer key; read and prepared at its first use."""
        with self._lock:
            kept = self._kept.get(key.answer_key_id)
            if kept is None:
                kept = read_answer_key(self._store.read(key.sha256), self._spec(key))
                self._kept[key.answer_key_id] = kept
            self._kept.move_to_end(key.answer_key_id)
            while len(self._kept) > KEPT_KEYS:
                self._kept.popitem(last=False)
            return kept

    def close(self) -> None:
        """End the sandbox's process."""
        self.sandbox.close()

    def _spec(self, key: KeyOf) -> GradingSpec:
        if key.metric_sha256 is None:
            return key.spec
        source = self._store.read(key.metric_sha256)
        return replace(
            key.spec,
            custom=CustomMetric.read(
                source, arguments=key.spec.arguments, higher_is_better=key.higher_is_better
            ),
        )


def outcome(data: bytes, *, key: KeyOf, keys: AnswerKeys) -> Outcome:
    """What grading these bytes comes to. Never raises: an error of ours is logged and comes back as
    Failed."""
    try:
        return grade_with_errors(data, keys.get(key), sandbox=keys.sandbox)
    except InvalidSubmission as invalid:
        return invalid
    except MetricFailed as error:
        log.error("the metric failed", extra={"answer_key_id": key.answer_key_id, "reason": error.reason})
        return Failed(error.for_staff())
    except Exception as error:
        log.exception("grading failed", extra={"answer_key_id": key.answer_key_id})
        return Failed(f"{type(error).__name__}: {error}")


def record(
    session: Session, *, submission_id: int, key: KeyOf, outcome: Outcome, now: datetime
) -> SubmissionState:
    """Record `outcome` unless another server has recorded one; the state in which the submission is then.

    Needs a session that may see private scores. A submission graded under a key that was replaced meanwhile
    stays `received`, and the sweep grades it again.
    """
    held = lock(session, _LOCKED_TEAM, {"submission_id": submission_id})
    lock(session, _STEADY_KEY, {"submission_id": submission_id})
    statement, values = _end(outcome)
    told = {"submission_id": submission_id, "graded_under": key.answer_key_id, "finished_at": now}
    finished = execute(session, statement, told | values).one_or_none()
    if finished is None:
        state: SubmissionState = execute(session, _STATE, {"submission_id": submission_id}).scalar_one()
        return state
    if held is not None and held != finished.team_id:  # its team was merged while we waited
        teams.lock_team(session, finished.team_id)
    if isinstance(outcome, Failed):
        told = {"submission_id": submission_id, "reason": outcome.reason, "failed_at": now}
        execute(session, _ADD_FAILURE, told)
    if isinstance(outcome, Grade):
        public, private = score_rows(submission_id, key, outcome)
        execute(session, _ADD_PUBLIC, on_ladder(session, finished.team_id, key, public))
        execute(session, _ADD_PRIVATE, private)
        standings.refresh(session, competition_id=finished.competition_id, team_id=finished.team_id)
    ended: SubmissionState = finished.state
    return ended


def _end(outcome: Outcome) -> tuple[Update, dict[str, Any]]:
    """The statement that ends a received submission so, and what that statement has to be told of it."""
    match outcome:
        case Grade():
            return _SCORED, {}
        case InvalidSubmission():
            problems = [problem.as_dict() for problem in outcome.problems]
            return _WITHOUT_SCORE, {"ends_as": SubmissionState.INVALID, "found": problems}
        case Failed():
            return _WITHOUT_SCORE, {"ends_as": SubmissionState.FAILED, "found": []}


def score_rows(submission_id: int, key: KeyOf, scored: Grade) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows that keep a submission's scores under this key, public and private, before any Ladder."""
    public, private = (
        {
            "submission_id": submission_id,
            "answer_key_id": key.answer_key_id,
            "score": score,
            "sort_key": sort_key(score, higher_is_better=key.higher_is_better),
            "standard_error": error,
        }
        for score, error in (
            (scored.public, scored.public_error),
            (scored.private, scored.private_error),
        )
    )
    return public, private


def on_ladder(session: Session, team_id: int, key: KeyOf, row: dict[str, Any]) -> dict[str, Any]:
    """A row of public scores as the Ladder releases it after the team's earlier ones under this
    key; the row itself where there is no Ladder."""
    if key.ladder_step is None:
        return row
    score = ladder.released_score(
        session,
        team_id=team_id,
        answer_key_id=key.answer_key_id,
        score=row["score"],
        step=key.ladder_step,
        higher_is_better=key.higher_is_better,
    )
    return ladder.as_released(row, score, higher_is_better=key.higher_is_better)


def left_behind(session: Session, *, now: datetime, older_than: timedelta) -> list[tuple[Submission, KeyOf]]:
    """The submissions still `received` after so long, the oldest first: a server died, or its grading was
    too slow."""
    rows = session.execute(
        select(Submission, Competition)
        .join(Competition, Competition.id == Submission.competition_id)
        .where(Submission.state == SubmissionState.RECEIVED, Submission.received_at <= now - older_than)
        .order_by(Submission.received_at)
        .limit(1000)
    )
    return [(submission, current_key(session, competition)) for submission, competition in rows]


def grade_stored(store: FileStore, submission: Submission, *, key: KeyOf, keys: AnswerKeys) -> Outcome:
    """What a submission's stored file comes to; a file that is gone is our fault."""
    return grade_file(store, submission.sha256, key=key, keys=keys)


def grade_file(store: FileStore, sha256: str, *, key: KeyOf, keys: AnswerKeys) -> Outcome:
    """What the stored file with this hash comes to; a file that is gone is our fault."""
    try:
        data = store.read(sha256)
    except FileNotFoundError:
        log.error("stored file is missing", extra={"sha256": sha256})
        return Failed("the stored file is missing")
    return outcome(data, key=key, keys=keys)
