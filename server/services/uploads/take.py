"""The whole way of one upload through a server: receive, look ahead, keep, enter, grade, record, answer.

Grading runs beside the file's write and fsync. Once the file is durable its submission is entered: with its
score in the same commit where the score is ready by then, else as `received`, and the score follows in a
commit of its own (docs/adr/0007-one-commit-when-the-score-is-ready.md). Either way the score is recorded
before the reply, unless grading takes longer than the settings' patience: then the reply says 202.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from io import BytesIO

from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.baselines import run_leases
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.errors import TooLarge
from server.domain.grading import grading_key
from server.domain.grading import record as grading
from server.domain.grading.grading_key import GradingKey
from server.domain.grading.outcome import Outcome
from server.domain.submissions import submit as submissions
from server.domain.submissions.submit import Arrival, EnteredSubmission
from server.domain.submissions.upload import Cover, Upload
from server.domain.teams import membership as teams
from server.logs import bind, carried, logger_of
from server.models import Competition, Submission, SubmissionState, User
from server.serializers.submissions import receipts as receipts_json
from server.serializers.submissions import submissions as submissions_json
from server.serializers.submissions.receipts import UploadReceiptJson
from server.serializers.submissions.submissions import ReceiptJson
from server.services.grading.context import GradingContext
from server.services.grading.grade import outcome_of
from server.services.grading.memory import Room
from server.services.grading.queue import Sender
from server.services.uploads.failpoints import failpoint
from server.services.uploads.refusals import EmptyFile, FileRefused, OurFault

TOGETHER_SECONDS = 0.05  # how long a durable file waits for its score, so that one commit holds both
MOST_SWITCHES = 3  # of the answer key, during one upload; what meets more is left to the sweep
log = logger_of(__name__)


@dataclass(frozen=True)
class UploadAnswer:
    """What to answer: 201 scored now, 200 an earlier result, 202 durable and still being scored."""

    status: int
    receipt: UploadReceiptJson


@dataclass(frozen=True)
class _Body:
    data: bytes
    sha256: str


@dataclass(frozen=True)
class _Order:
    """By which key a file is graded, and in whose turn."""

    key: GradingKey
    sender: Sender


async def take(
    context: GradingContext,
    *,
    access: Access,
    user: User,
    stream: AsyncIterator[bytes],
    cover: Cover,
) -> UploadAnswer:
    """Take a student's upload to its score. Raises FileRefused, OurFault and domain errors."""
    bind(competition=access.competition.slug)
    submissions.require_window(access.competition, access.terms, context.clock(), role=access.role)
    limit = min(access.competition.upload_limit_bytes, context.settings.upload_limit_bytes)
    with ExitStack() as memory:
        body = await _receive(context, stream, limit=limit, memory=memory)
        now, began = context.clock(), time.perf_counter()
        upload = Upload.of(cover, sha256=body.sha256, size=len(body.data))
        arrival = Arrival.of(access, upload, now=now, invalid_per_hour=context.settings.invalid_per_hour)
        entered, order = await context.db.aread_by_key(lambda session: _look_ahead(session, arrival))
        if entered is None or entered.state is SubmissionState.RECEIVED:
            entered, outcome = await _enter_and_grade(
                context, body, order, lambda session: submissions.submit(session, arrival)
            )
            await _patiently(context, _finish(context, entered, order, outcome), memory)
    return await _answer(context, entered, access=access, began=began, now=now)


async def take_baseline(
    context: GradingContext, *, run_id: int, lease_token: str, user: User, stream: AsyncIterator[bytes]
) -> Submission:
    """Take a worker's predictions to their scores, and tie them to its run while it holds the lease."""

    def first_row(session: Session) -> tuple[Competition, _Order]:
        run = run_leases.leased(session, run_id=run_id, lease_token=lease_token)
        competition = session.get_one(Competition, run.competition_id)
        sender = Sender(competition.course_id, f"tier {run.tier_id}")
        return competition, _Order(grading_key.current_key(session, competition), sender)

    bind(run=run_id)
    competition, order = await context.db.aread(first_row)
    limit = max(competition.upload_limit_bytes, context.settings.upload_limit_bytes)
    with ExitStack() as memory:
        body = await _receive(context, stream, limit=limit, memory=memory)
        now = context.clock()

        def enter(session: Session) -> EnteredSubmission:
            run = run_leases.leased(session, run_id=run_id, lease_token=lease_token)
            team = teams.baseline_team(session, competition_id=run.competition_id, tier_id=run.tier_id)
            upload = Upload(f"{team.name}, run {run.id}.csv", body.sha256, len(body.data))
            entered = submissions.submit_baseline(
                session, competition=competition, team=team, upload=upload, by=Actor(user.id), now=now
            )
            run.submission_id = entered.submission_id
            return entered

        entered, outcome = await _enter_and_grade(context, body, order, enter)
        await _finish(context, entered, order, outcome)
    finished = await context.db.aread(lambda session: session.get_one(Submission, entered.submission_id))
    if finished.state is SubmissionState.INVALID:
        raise FileRefused(
            submissions_json.submission(
                finished, slug=competition.slug, by=user.username, public_score=None, decimals=6
            )
        )
    return finished


def take_file(
    context: GradingContext,
    *,
    competition: Competition,
    user: User,
    data: bytes,
    file_name: str,
    now: datetime,
) -> Submission:
    """The same way in one thread, for files that do not come over HTTP: the simulated course, and tests.

    `now`: when the file is received and scored; of a simulated history it lies in the past.
    """
    upload = Upload(file_name, hashlib.sha256(data).hexdigest(), len(data))
    access = context.db.read(
        lambda session: competitions.access(session, slug=competition.slug, user=user, now=now)
    )
    arrival = Arrival.of(access, upload, now=now, invalid_per_hour=context.settings.invalid_per_hour)
    entered, order = context.db.read(lambda session: _look_ahead(session, arrival))
    if entered is None or entered.state is SubmissionState.RECEIVED:
        context.store.keep(data, upload.sha256)
        key = order.key
        outcome = outcome_of(data, key=key, keys=context.keys)
        entered = context.db.write(
            lambda session: _recorded(session, submissions.submit(session, arrival), key, outcome, now=now),
            private=True,
        )
    submission_id = entered.submission_id
    return context.db.read(lambda session: session.get_one(Submission, submission_id))


async def _receive(
    context: GradingContext, stream: AsyncIterator[bytes], *, limit: int, memory: ExitStack
) -> _Body:
    """The file's bytes, in one buffer that grows with them; their room is given back when `memory` ends."""
    room = Room(context.memory)
    memory.callback(room.close)
    digest, buffer = hashlib.sha256(), BytesIO()
    async for chunk in stream:
        if room.size + len(chunk) > limit:
            raise TooLarge(limit)
        await room.grow(len(chunk))
        digest.update(chunk)
        buffer.write(chunk)
    if not room.size:
        raise EmptyFile
    return _Body(buffer.getvalue(), digest.hexdigest())  # the buffer's own bytes: CPython does not copy them


def _look_ahead(session: Session, arrival: Arrival) -> tuple[EnteredSubmission | None, _Order]:
    """The submission that the file repeats, and how to grade it; raises what `submit` would raise."""
    earlier = submissions.look_ahead(session, arrival)
    competition, user_id = arrival.competition, arrival.by.person_id
    team_id = teams.team_id_of(session, competition_id=competition.id, user_id=user_id)
    sender = Sender(competition.course_id, f"user {user_id}" if team_id is None else f"team {team_id}")
    return earlier, _Order(grading_key.current_key(session, competition), sender)


async def _enter_and_grade(
    context: GradingContext, body: _Body, order: _Order, enter: Callable[[Session], EnteredSubmission]
) -> "tuple[EnteredSubmission, asyncio.Future[Outcome]]":
    """Grade the bytes while they are synced; the row is committed after the file, and no score before it."""
    loop = asyncio.get_running_loop()
    keeping = loop.run_in_executor(context.keepers, context.store.keep, body.data, body.sha256)
    outcome = asyncio.wrap_future(
        context.graders.submit(order.sender, partial(carried(_graded), context, body.data, order.key))
    )
    try:
        await keeping
        await asyncio.wait({outcome}, timeout=TOGETHER_SECONDS)
        ready = outcome.result() if outcome.done() else None
        entered = await context.db.awrite(
            lambda session: _recorded(session, enter(session), order.key, ready, now=context.clock()),
            private=True,
        )
    except BaseException:
        outcome.cancel()
        raise
    bind(submission=entered.submission_id)
    return entered, outcome


def _graded(context: GradingContext, data: bytes, key: GradingKey) -> Outcome:
    outcome = outcome_of(data, key=key, keys=context.keys)
    failpoint("before_record")
    return outcome


def _recorded(
    session: Session, entered: EnteredSubmission, key: GradingKey, outcome: Outcome | None, *, now: datetime
) -> EnteredSubmission:
    """The submission as it stands after the outcome is recorded, where there is one already."""
    if outcome is None or entered.state is not SubmissionState.RECEIVED:
        return entered
    state = grading.record(session, submission_id=entered.submission_id, key=key, outcome=outcome, now=now)
    return replace(entered, state=state)


async def _finish(
    context: GradingContext, entered: EnteredSubmission, order: _Order, outcome: "asyncio.Future[Outcome]"
) -> None:
    """Record what was not ready when the submission was entered."""
    if entered.state is not SubmissionState.RECEIVED:
        outcome.cancel()
        return
    graded = await outcome
    state = await context.db.awrite(
        lambda session: grading.record(
            session, submission_id=entered.submission_id, key=order.key, outcome=graded, now=context.clock()
        ),
        private=True,
    )
    again = partial(carried(context.grade_again), entered.submission_id)
    for _ in range(MOST_SWITCHES):
        if state is not SubmissionState.RECEIVED:
            return
        state = await asyncio.wrap_future(context.graders.submit(order.sender, again))


async def _patiently(
    context: GradingContext, finishing: Coroutine[None, None, None], memory: ExitStack
) -> None:
    """Wait until an upload is finished, or until patience runs out; finished, it gives its memory back."""
    task = asyncio.create_task(finishing)
    context.unfinished.add(task)
    task.add_done_callback(context.unfinished.discard)
    taken_memory = memory.pop_all()
    task.add_done_callback(lambda _: taken_memory.close())
    done, _ = await asyncio.wait({task}, timeout=context.settings.patience_seconds)
    for each in done:
        each.result()


async def _answer(
    context: GradingContext, entered: EnteredSubmission, *, access: Access, began: float, now: datetime
) -> UploadAnswer:
    took_ms = (time.perf_counter() - began) * 1000

    def read(session: Session) -> tuple[SubmissionState, ReceiptJson]:
        row = session.get_one(Submission, entered.submission_id)
        return row.state, submissions_json.receipt(
            session, row, access=access, repeated=entered.repeated, took_ms=took_ms, now=now
        )

    state, facts = await context.db.aread_by_key(read)
    log.info("upload answered", state=state.value, repeated=entered.repeated, took_ms=facts["took_ms"])
    signed = receipts_json.signed(facts, keys=context.receipt_keys, server=context.settings.origin, now=now)
    receipt: UploadReceiptJson = {**facts, "signed": signed}
    match state:
        case SubmissionState.INVALID:
            raise FileRefused(receipt)
        case SubmissionState.FAILED:
            raise OurFault(receipt)
        case SubmissionState.RECEIVED:
            return UploadAnswer(202, receipt)
        case SubmissionState.SCORED:
            return UploadAnswer(200 if entered.repeated else 201, receipt)
