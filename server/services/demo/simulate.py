"""A course full of students who submit: each with a skill, a pace, and a liking for the last evening.

What they hand in comes from `server/services/demo/predictions.py`, and every file goes through the one door,
so that daily limits, deadlines and invalid files are the real ones. The same seed plans the same files:
simulating again what was cut short adds what is missing, since the door recognises a file that it has seen.
"""

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Conflict, DomainError
from server.domain.grading import grading_key
from server.models import (
    BaselineRun,
    Competition,
    Member,
    Role,
    RunState,
    Submission,
    SubmissionState,
    Tier,
    User,
)
from server.services.demo.predictions import Flaw, Mixer
from server.services.grading.context import GradingContext
from server.services.uploads.take import take_file

THREADS = 12  # submissions side by side: enough for commits to be shared
TOGETHER = 2 * THREADS  # files between two looks at the clock
# SQLite lets one process write at a time and keeps no queue: who waits looks again every tenth of a second. A
# server beside the simulation would wait for ever if there were no pauses of that length.
WORK_SECONDS, REST_SECONDS = 0.5, 0.12
TOP_LEVEL = 3  # of four tiers, counted from 0
MIDDLING = 1.25  # the level that a student of average skill ends at
BEST_FALL_SHORT = 0.3  # of a level, at the most: the best students stand around the best baseline
CARELESSNESS = 0.016  # the noise of an average student's last file
CARE, CARELESS = 1.4, 1.1  # powers of e by which it falls with skill above the average, and grows below
OWN_ERRORS = 0.0015  # of each student's files at the least: no two models err alike
DEPARTMENTS_DIFFER = 0.35  # standard deviation between departments; among students of one it is 1
FILES_MOST = 6
RUSH_SHARE = 0.45  # of the files come in the rush
RUSH_HOURS = 9.0  # before the deadline, on average
LATE_SHARE = 0.02
FLAWED_SHARE = 0.04
RETRIED_AFTER = timedelta(minutes=7)  # a flawed file is mended and sent again
SAFETY = timedelta(seconds=1)  # kept from the borders of the window
NAMES = (
    "submission.csv",
    "pred.csv",
    "output.csv",
    "my_pred.csv",
    "final.csv",
    "final_v2.csv",
    "ensemble.csv",
)

Tell = Callable[[int, int], None]  # how many of how many files have been dealt with


@dataclass(frozen=True)
class Student:
    """Who submits, and the department, whose students tend to be alike."""

    user: User
    department: str


@dataclass(frozen=True)
class PlannedFile:
    """A file that a student will submit at an instant; `needs` is the tier that must be trained before.

    own_share: of a copy, the share of rows that are the copier's own, drawn by own_seed; else 0.
    """

    user: User
    at: datetime
    name: str
    level: float
    noise: float
    flaw: Flaw | None
    seed: int
    needs: int
    own_share: float = 0.0
    own_seed: int = 0


@dataclass
class UploadTally:
    """What became of the files: counts by state, refusals by code, and the seconds it took."""

    states: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def files(self) -> int:
        """How many files were sent."""
        return self.states.total() + self.refused.total()

    def add(self, outcome: str | DomainError) -> None:
        """Count a file by its state, or by the code of its refusal."""
        if isinstance(outcome, DomainError):
            self.refused[outcome.code] += 1
        else:
            self.states[outcome] += 1

    def __str__(self) -> str:
        """The tally as people read it."""
        counts = [f"{count:,} {what}" for what, count in (self.states + self.refused).most_common()]
        rate = self.files / max(self.seconds, 1e-9)
        return f"{', '.join(counts) or 'nothing'} in {self.seconds:.1f} s ({rate:.0f} submissions/s)"


def simulate(
    context: GradingContext,
    *,
    competition: Competition,
    students: Sequence[Student],
    until: datetime,
    seed: int,
    tell: Tell,
) -> UploadTally:
    """Let the students submit everything they plan before `until`, from the baselines trained so far.

    Raises Conflict when none is trained.
    """
    files = context.db.read(lambda session: trained_files(session, competition.id))
    if not files:
        raise Conflict(
            Message(
                "No baseline of {slug} is trained yet, and students learn from baselines.",
                slug=competition.slug,
            )
        )
    mixer = Mixer([context.store.read(sha256) for sha256 in files], grading_key.spec_of(competition))
    planned = plan(competition, students, levels=len(files), seed=seed)
    return submit_all(context, competition, [file for file in planned if file.at < until], mixer, tell)


def trained_files(session: Session, competition_id: int) -> list[str]:
    """The hashes of the trained baselines' predictions, the easiest tier first; the latest run of each."""
    latest = (
        select(func.max(BaselineRun.id))
        .where(BaselineRun.competition_id == competition_id, BaselineRun.state == RunState.SUCCEEDED)
        .group_by(BaselineRun.tier_id)
    )
    return list(
        session.scalars(
            select(Submission.sha256)
            .join(BaselineRun, BaselineRun.submission_id == Submission.id)
            .join(Tier, Tier.id == BaselineRun.tier_id)
            .where(BaselineRun.id.in_(latest), Submission.state == SubmissionState.SCORED)
            .order_by(Tier.place)
        )
    )


def students_of(session: Session, course_id: int) -> list[Student]:
    """The active students of a course."""
    rows = session.execute(
        select(User, Member.department)
        .join(Member, Member.user_id == User.id)
        .where(Member.course_id == course_id, Member.role == Role.STUDENT, Member.is_active.is_(True))
        .order_by(User.id)
    )
    return [Student(user, department) for user, department in rows]


def plan(
    competition: Competition, students: Sequence[Student], *, levels: int, seed: int
) -> list[PlannedFile]:
    """What each student will submit over the whole time of the competition, in order of time.

    `levels`: how many tiers there will be to learn from.
    """
    files = [
        file
        for student in students
        for file in _plan_of(student, competition, levels=levels, seed=f"{seed} {competition.slug}")
    ]
    return sorted(files, key=lambda file: file.at)


def _plan_of(student: Student, competition: Competition, *, levels: int, seed: str) -> list[PlannedFile]:
    source = random.Random(f"{seed} {student.user.username}")  # noqa: S311 - a simulation, not a secret
    skill = source.gauss(_mean_of(student.department), 1.0)
    count = min(FILES_MOST, max(1, round(source.gauss(2.3 + 0.8 * skill, 1.0))))
    best = TOP_LEVEL - BEST_FALL_SHORT * source.random() ** 2
    goal = min(best, max(0.0, MIDDLING + 0.95 * skill)) * (levels - 1) / TOP_LEVEL
    carelessness = CARELESSNESS * math.exp(
        -(CARE if skill > 0 else CARELESS) * skill + source.gauss(0.0, 0.5)
    )
    files = []
    for number, at in enumerate(sorted(_instant(competition, source) for _ in range(count)), start=1):
        still_to_go = 1 - number / count
        file = PlannedFile(
            user=student.user,
            at=at,
            name=source.choice(NAMES),
            level=max(0.0, goal - 1.2 * still_to_go),
            noise=min(0.9, OWN_ERRORS + carelessness * (1 + 1.5 * still_to_go)),
            flaw=source.choice(list(Flaw)) if source.random() < FLAWED_SHARE else None,
            seed=source.randrange(2**32),
            needs=math.ceil(goal),
        )
        files.append(file)
        if file.flaw is not None:
            files.append(PlannedFile(**{**vars(file), "flaw": None, "at": at + RETRIED_AFTER}))
    return [file for file in files if file.at < competition.late_until]


def _mean_of(department: str) -> float:
    return random.Random(department).gauss(0.0, DEPARTMENTS_DIFFER)  # noqa: S311 - a simulation, not a secret


def _instant(competition: Competition, source: random.Random) -> datetime:
    """When a file comes: some steadily and ever more, many on the last evening, a few too late."""
    opens, deadline = competition.opens_at + SAFETY, competition.deadline_at - SAFETY
    if source.random() < LATE_SHARE:
        begin = competition.deadline_at + timedelta(seconds=competition.grace_seconds)
        return begin + source.random() * max(timedelta(), competition.late_until - SAFETY - begin)
    if source.random() < RUSH_SHARE:
        return max(opens, deadline - timedelta(hours=source.expovariate(1 / RUSH_HOURS)))
    return opens + source.betavariate(1.8, 1.0) * (deadline - opens)


def submit_all(
    context: GradingContext, competition: Competition, files: Sequence[PlannedFile], mixer: Mixer, tell: Tell
) -> UploadTally:
    """Submit the files through the one door, in about the order of their times, many side by side."""

    def send(file: PlannedFile) -> str | DomainError:
        try:
            data = _content(file, mixer)
            return take_file(
                context, competition=competition, user=file.user, data=data, file_name=file.name, now=file.at
            ).state.value
        except DomainError as refusal:
            return refusal

    tally, began = UploadTally(), time.perf_counter()
    rested = began
    with ThreadPoolExecutor(THREADS, thread_name_prefix="student") as threads:
        for start in range(0, len(files), TOGETHER):
            for outcome in threads.map(send, files[start : start + TOGETHER]):
                tally.add(outcome)
            tell(tally.files, len(files))
            if time.perf_counter() - rested > WORK_SECONDS:
                time.sleep(REST_SECONDS)
                rested = time.perf_counter()
    tally.seconds = time.perf_counter() - began
    return tally


def _content(file: PlannedFile, mixer: Mixer) -> bytes:
    if file.own_share:
        return mixer.copy(
            level=file.level,
            noise=file.noise,
            seed=file.seed,
            own_share=file.own_share,
            own_seed=file.own_seed,
        )
    if file.flaw is None:
        return mixer.file(level=file.level, noise=file.noise, seed=file.seed)
    return mixer.flawed_file(file.flaw, level=file.level, noise=file.noise, seed=file.seed)
