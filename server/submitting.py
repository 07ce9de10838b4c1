"""The whole way of one upload through a server: receive, keep, take a slot, grade, record, answer.

Grading runs beside the file's write and fsync. The file is durable and its row committed before a score is
recorded,
and the score is recorded before the reply. A reply does not wait longer than the settings' patience: then it
says 202, and the score follows.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from server import shapes
from server.domain import baselines, competitions, grading, submissions, teams
from server.domain.competitions import Access
from server.domain.errors import Invalid, TooLarge
from server.domain.grading import KeyOf, Outcome
from server.domain.storage import FileStore
from server.domain.submissions import Entered, Upload
from server.failpoints import failpoint
from server.judge import FileRefused, Judge, OurFault
from server.models import Competition, Submission, SubmissionState, User


@dataclass(frozen=True)
class Taken:
    """What to answer: 201 scored now, 200 an earlier result, 202 durable and still being scored."""

    status: int
    receipt: shapes.Json


@dataclass(frozen=True)
class _Body:
    data: bytes
    sha256: str


async def take(
    judge: Judge,
    *,
    found: Access,
    user: User,
    stream: AsyncIterator[bytes],
    file_name: str,
    idempotency_key: str | None,
) -> Taken:
    """Take a student's upload to its score. Raises domain errors, FileRefused with every problem,
    OurFault."""
    submissions.require_window(found.competition, judge.clock())
    body = await _receive(
        stream, limit=min(found.competition.upload_limit_bytes, judge.settings.upload_limit_bytes)
    )
    arrived, began = judge.clock(), time.perf_counter()
    upload = Upload(file_name, body.sha256, len(body.data), idempotency_key)
    key = await judge.db.aread(
        lambda session: _look_ahead(session, found=found, upload=upload, user=user, now=arrived)
    )

    def enter(session: Session) -> Entered:
        return submissions.submit(
            session,
            competition=found.competition,
            upload=upload,
            by=user,
            now=arrived,
            invalid_per_hour=judge.settings.invalid_per_hour,
        )

    entered, outcome = await _enter_and_grade(judge, body, key, enter)
    finished = await _patiently(judge, entered.submission, key, outcome)
    return await _answer(judge, finished, found=found, repeated=entered.repeated, began=began, now=arrived)


async def take_baseline(
    judge: Judge, *, run_id: int, lease_token: str, user: User, stream: AsyncIterator[bytes]
) -> Submission:
    """Take a worker's predictions to their scores, and tie them to its run, if the lease is still the
    worker's."""

    def look_up(session: Session) -> tuple[Competition, KeyOf]:
        run = baselines.leased(session, run_id=run_id, lease_token=lease_token)
        competition = session.get_one(Competition, run.competition_id)
        return competition, grading.current_key(session, competition)

    competition, key = await judge.db.aread(look_up)
    body = await _receive(
        stream, limit=max(competition.upload_limit_bytes, judge.settings.upload_limit_bytes)
    )
    now = judge.clock()

    def enter(session: Session) -> Entered:
        run = baselines.leased(session, run_id=run_id, lease_token=lease_token)
        team = teams.baseline_team(session, competition_id=run.competition_id, tier_id=run.tier_id)
        upload = Upload(f"{team.name}, run {run.id}.csv", body.sha256, len(body.data))
        entered = submissions.submit_baseline(
            session, competition=competition, team=team, upload=upload, by=user, now=now
        )
        run.submission_id = entered.submission.id
        return entered

    entered, outcome = await _enter_and_grade(judge, body, key, enter)
    finished = await _finish(judge, entered.submission, key, outcome)
    if finished.state is SubmissionState.INVALID:
        raise FileRefused(
            shapes.submission(
                finished, slug=competition.slug, by=user.username, public_score=None, decimals=6
            )
        )
    return finished


def take_file(
    judge: Judge, *, competition: Competition, user: User, data: bytes, file_name: str, now: datetime
) -> Submission:
    """The same way in one thread, for files that do not come over HTTP: the simulated course, and tests."""
    sha256 = hashlib.sha256(data).hexdigest()
    upload = Upload(file_name, sha256, len(data))
    key = judge.db.read(lambda session: grading.current_key(session, competition))
    arrived = judge.store.incoming()
    arrived.write_bytes(data)
    judge.store.keep(arrived, sha256)
    entered = judge.db.write(
        lambda session: submissions.submit(
            session,
            competition=competition,
            upload=upload,
            by=user,
            now=now,
            invalid_per_hour=judge.settings.invalid_per_hour,
        )
    )
    if entered.submission.state is not SubmissionState.RECEIVED:
        return entered.submission
    outcome = grading.outcome(data, key=key, keys=judge.keys)
    return judge.record(entered.submission, key, outcome)


async def _receive(stream: AsyncIterator[bytes], *, limit: int) -> _Body:
    digest, chunks, size = hashlib.sha256(), [], 0
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit)
        digest.update(chunk)
        chunks.append(chunk)
    if not size:
        raise Invalid(
            "The request has no body. Send the file's bytes as the body, as `splitboard submit` does."
        )
    return _Body(b"".join(chunks), digest.hexdigest())


def _look_ahead(session: Session, *, found: Access, upload: Upload, user: User, now: datetime) -> KeyOf:
    """The answer key to grade with; refuses what `submit` would refuse anyway, before a disk or a core works
    for it."""
    team = teams.team_of(session, competition_id=found.competition.id, user_id=user.id)
    if team is not None and submissions.earlier_result(session, team_id=team.id, upload=upload) is None:
        today = competitions.today(session, competition=found.competition, team_id=team.id, now=now)
        if today.left == 0:
            raise submissions.daily_limit_reached(
                session, competition=found.competition, team_id=team.id, now=now
            )
    return grading.current_key(session, found.competition)


async def _enter_and_grade(
    judge: Judge, body: _Body, key: KeyOf, enter: Callable[[Session], Entered]
) -> "tuple[Entered, asyncio.Future[Outcome]]":
    """Grade the bytes while they are written and synced; the row is committed after the file, before any
    score."""
    loop = asyncio.get_running_loop()
    kept = loop.run_in_executor(judge.keepers, _keep, judge.store, body)
    outcome = loop.run_in_executor(judge.graders, _graded, judge, body.data, key)
    try:
        await kept
        entered = await judge.db.awrite(enter)
    except BaseException:
        outcome.cancel()
        raise
    return entered, outcome


def _graded(judge: Judge, data: bytes, key: KeyOf) -> Outcome:
    outcome = grading.outcome(data, key=key, keys=judge.keys)
    failpoint("before_record")
    return outcome


def _keep(store: FileStore, body: _Body) -> None:
    arrived = store.incoming()
    try:
        arrived.write_bytes(body.data)
        store.keep(arrived, body.sha256)
    finally:
        arrived.unlink(missing_ok=True)


async def _finish(
    judge: Judge, submission: Submission, key: KeyOf, outcome: "asyncio.Future[Outcome]"
) -> Submission:
    if submission.state is not SubmissionState.RECEIVED:
        outcome.cancel()
        return submission
    graded = await outcome
    return await judge.db.awrite(
        lambda session: grading.record(
            session, submission_id=submission.id, key=key, outcome=graded, now=judge.clock()
        ),
        private=True,
    )


async def _patiently(
    judge: Judge, submission: Submission, key: KeyOf, outcome: "asyncio.Future[Outcome]"
) -> Submission:
    """The finished submission; when patience runs out first, as it stands, and it is finished behind the
    reply."""
    task = asyncio.create_task(_finish(judge, submission, key, outcome))
    judge.unfinished.add(task)
    task.add_done_callback(judge.unfinished.discard)
    done, _ = await asyncio.wait({task}, timeout=judge.settings.patience_seconds)
    return task.result() if done else submission


async def _answer(
    judge: Judge, finished: Submission, *, found: Access, repeated: bool, began: float, now: datetime
) -> Taken:
    took_ms = (time.perf_counter() - began) * 1000
    receipt = await judge.db.aread(
        lambda session: shapes.receipt(
            session, finished, found=found, repeated=repeated, took_ms=took_ms, now=now
        )
    )
    match finished.state:
        case SubmissionState.INVALID:
            raise FileRefused(receipt)
        case SubmissionState.FAILED:
            raise OurFault(receipt)
        case SubmissionState.RECEIVED:
            return Taken(202, receipt)
        case SubmissionState.SCORED:
            return Taken(200 if repeated else 201, receipt)
