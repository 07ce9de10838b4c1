"""From a stored file to its score: compute outside any transaction, then record in one, if nobody else has.

`outcome` is pure and slow; it runs beside the file's fsync. `record` is a submission's second transaction:
scores, state and standing together, conditional on the state being `received`, so that a sweep and a slow
server may both try and one of them wins.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.answer_key import AnswerKey
from grader.errors import InvalidSubmission
from grader.grade import Grade, grade
from grader.spec import GradingSpec, Limits
from grader.standings import sort_key
from server.domain import standings, teams
from server.domain.storage import FileStore
from server.models import (
    AnswerKeyVersion,
    Competition,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
)

KEPT_KEYS = 32  # answer keys held in memory; a key of a million rows takes about 100 MB
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failed:
    """Grading broke by our fault; the log has the reason, the student keeps the slot."""

    reason: str


Outcome = Grade | InvalidSubmission | Failed


@dataclass(frozen=True)
class KeyOf:
    """What is needed to load a competition's answer key: which version, and how to read it."""

    answer_key_id: int
    sha256: str
    spec: GradingSpec


def spec_of(competition: Competition) -> GradingSpec:
    """The grader's view of a competition."""
    return GradingSpec(
        metric=competition.metric,
        id_column=competition.id_column,
        target_columns=tuple(competition.target_columns),
        limits=Limits(bytes=competition.upload_limit_bytes),
        labels=tuple(competition.labels),
        prediction_columns=tuple(competition.prediction_columns),
        auxiliary=competition.auxiliary_columns,
        arguments=competition.metric_arguments,
    )


def current_key(session: Session, competition: Competition) -> KeyOf:
    """The competition's answer key as it stands now."""
    version = session.get_one(AnswerKeyVersion, competition.answer_key_id)
    return KeyOf(version.id, version.sha256, spec_of(competition))


class AnswerKeys:
    """Prepared answer keys, the last used kept in memory. Safe to share between threads."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._kept: OrderedDict[int, AnswerKey] = OrderedDict()
        self._lock = Lock()

    def get(self, key: KeyOf) -> AnswerKey:
        """The prepared answer key; read and prepared at its first use."""
        with self._lock:
            kept = self._kept.get(key.answer_key_id)
            if kept is None:
                kept = AnswerKey.from_csv(self._store.read(key.sha256), key.spec)
                self._kept[key.answer_key_id] = kept
            self._kept.move_to_end(key.answer_key_id)
            while len(self._kept) > KEPT_KEYS:
                self._kept.popitem(last=False)
            return kept


def outcome(data: bytes, *, key: KeyOf, keys: AnswerKeys) -> Outcome:
    """What grading these bytes comes to. Never raises: an error of ours is logged and comes back as
    Failed."""
    try:
        return grade(data, keys.get(key))
    except InvalidSubmission as invalid:
        return invalid
    except Exception as error:
        log.exception("grading failed", extra={"answer_key_id": key.answer_key_id})
        return Failed(f"{type(error).__name__}: {error}")


def record(
    session: Session, *, submission_id: int, key: KeyOf, outcome: Outcome, now: datetime
) -> Submission:
    """The submission with `outcome` recorded, or as another server has recorded it in the meantime.

    Needs a session that may see private scores. A submission graded under a key that was replaced meanwhile
    stays `received`, and the sweep grades it again.
    """
    submission = session.get_one(Submission, submission_id)
    teams.lock_team(session, submission.team_id)
    competition = session.get_one(Competition, submission.competition_id, populate_existing=True)
    if competition.answer_key_id != key.answer_key_id or not _finish(session, submission_id, outcome, now):
        session.refresh(submission)
        return submission
    if isinstance(outcome, Grade):
        _add_scores(session, submission_id, key, outcome, higher_is_better=competition.higher_is_better)
        standings.refresh(session, competition=competition, team_id=submission.team_id)
    session.refresh(submission)
    return submission


def _finish(session: Session, submission_id: int, outcome: Outcome, now: datetime) -> bool:
    match outcome:
        case Grade():
            changes: dict[str, Any] = {"state": SubmissionState.SCORED}
        case InvalidSubmission():
            problems = [problem.as_dict() for problem in outcome.problems]
            changes = {"state": SubmissionState.INVALID, "slot": None, "problems": problems}
        case Failed():
            changes = {"state": SubmissionState.FAILED, "slot": None}
    finished = session.scalar(
        update(Submission)
        .where(Submission.id == submission_id, Submission.state == SubmissionState.RECEIVED)
        .values(finished_at=now, **changes)
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    return finished is not None


def _add_scores(
    session: Session, submission_id: int, key: KeyOf, scored: Grade, *, higher_is_better: bool
) -> None:
    for table, score in ((PublicScore, scored.public), (PrivateScore, scored.private)):
        session.add(
            table(
                submission_id=submission_id,
                answer_key_id=key.answer_key_id,
                score=score,
                sort_key=sort_key(score, higher_is_better=higher_is_better),
            )
        )
    session.flush()


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
    try:
        data = store.read(submission.sha256)
    except FileNotFoundError:
        log.error("stored file is missing", extra={"submission_id": submission.id})
        return Failed("the stored file is missing")
    return outcome(data, key=key, keys=keys)
