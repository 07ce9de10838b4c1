"""A draft of a competition of another judge: a folder as its host has it, or a zip archive of one."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from grader.answer_keys.split import Split, SplitWay
from grader.homeworks.homework_file import HOMEWORK_FILE
from grader.messages import Message
from grader.metrics import METRICS
from grader.spec import CUSTOM
from server.domain.audit.actor import Actor
from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore
from server.domain.grading.answer_keys import SAMPLE
from server.domain.people.courses import settings_of
from server.domain.setup import homework_archive, homework_times
from server.domain.setup.drafts import calendar, checks, steps
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts.parts import LeftOut, Parts, plain
from server.domain.setup.drafts.steps import MetricChoice
from server.domain.setup.foreign import codabench, kaggle
from server.domain.setup.foreign.competition import NO_TIMES, ForeignCompetition, ForeignTimes, metric_called
from server.models import Course, Draft, DraftSource
from server.settings import Settings

OPENING = time(9)  # of the day, by the course's clock
SHARE = 0.5  # of rows that are public, where the key does not say
DRAWN = Message(
    "the key does not say which rows are public, so half of them were drawn; choose another split on the page"
)
NO_TEXT = Message("there is none; write one on the page")


@dataclass(frozen=True)
class Foreign:
    """A competition that was read, as the parts of a draft; the store has its files.

    rules: those of its limits that it says.
    """

    name: str
    title: str
    parts: Parts
    rules: Mapping[str, object]
    times: ForeignTimes = NO_TIMES

    def usual(self, *, opens: datetime, zone: str) -> Parts:
        """All its parts with usual limits and tiers; opens: where it does not say when it is due."""
        usual = steps.with_rules(steps.usual_parts(title=self.title, opens=opens, zone=zone), self.rules)
        return replace(self.parts, table={**usual.table, **self.parts.table})


def is_foreign(data: bytes) -> bool:
    """Whether an archive is of another judge; raises Invalid for what is no archive."""
    names = homework_archive.names_in(data)
    return HOMEWORK_FILE not in names and bool(names & {kaggle.KEY, codabench.FILE})


def read(settings: Settings, source: Path, *, seed: str, metric: str = "") -> Foreign:
    """The competition in a folder or a zip archive. Slow; no database. Raises Invalid with what is wrong.

    metric: instead of the one that the folder names. seed: of the split, where the key has none.
    """
    if not source.exists():
        raise Invalid(Message("There is no {path}.", path=str(source)))
    if source.is_dir():
        return _from_folder(settings, source, name=source.resolve().name, seed=seed, metric=metric)
    return read_archive(settings, source.read_bytes(), file_name=source.name, seed=seed, metric=metric)


def read_archive(settings: Settings, data: bytes, *, file_name: str, seed: str, metric: str = "") -> Foreign:
    """The same of the bytes of an archive."""
    with _unpacked(settings, data, file_name) as archive:
        return _from_folder(settings, archive.folder, name=archive.name, seed=seed, metric=metric)


@contextmanager
def _unpacked(settings: Settings, data: bytes, file_name: str) -> Iterator[homework_archive.Unpacked]:
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".archive-") as folder:
        into = Path(folder) / "competition"
        into.mkdir()
        yield homework_archive.unpack_all(data, into=into, name=Path(file_name).stem)


def _from_folder(settings: Settings, folder: Path, *, name: str, seed: str, metric: str) -> Foreign:
    if codabench.is_bundle(folder):
        competition = codabench.read(folder, name=name)
    elif kaggle.is_host_folder(folder):
        competition = kaggle.read(folder, name=name)
    else:
        raise Invalid(
            Message(
                "{name} is of no judge that is known here: a host's folder of Kaggle's has {key}, a "
                "bundle of Codabench's has {file}.",
                name=name,
                key=kaggle.KEY,
                file=codabench.FILE,
            )
        )
    parts = _parts(FileStore(settings.files_dir), competition, seed, metric)
    limit = competition.daily_limit
    rules = {} if limit is None else {"daily_limit": limit}
    return Foreign(name, competition.title, parts, rules, competition.times)


def _parts(store: FileStore, competition: ForeignCompetition, seed: str, metric: str) -> Parts:
    """The parts that the competition makes; times and tiers join when the draft begins."""
    split = None if competition.has_usage else Split(SplitWay.ROWS, SHARE, seed)
    files = {name: store.put(path.read_bytes()) for name, path in competition.files.items()}
    parts = steps.with_key(store, Parts(files=files), competition.key, split)
    left_out = [*competition.left_out, *([] if split is None else [LeftOut("Usage", DRAWN)])]
    if not competition.description_md:
        left_out.append(LeftOut("description.md", NO_TEXT))
    if competition.custom is not None and not metric:
        parts = replace(parts, metric_file=store.put(competition.custom))
    parts = replace(parts, description_md=competition.description_md, left_out=tuple(left_out))
    choice = _choice(competition, metric, has_file=parts.metric_file is not None)
    if choice is None:
        return parts
    if choice.metric == CUSTOM:
        parts = replace(parts, table={"higher_is_better": competition.higher_is_better})
    parts = steps.with_metric(store, parts, choice)
    return parts if SAMPLE in parts.files else _with_sample(store, parts)


def _with_sample(store: FileStore, parts: Parts) -> Parts:
    """The parts with a sample made from the key, where one can be made."""
    try:
        return steps.with_file(store, parts, name=SAMPLE, data=checks.sample_of(store, parts))
    except Invalid:
        return parts  # the draft's page says what lacks, and why


def _choice(competition: ForeignCompetition, metric: str, *, has_file: bool) -> MetricChoice | None:
    """The metric and the columns; None where no metric was found or named. Raises Invalid for no metric."""
    columns = competition.columns
    if has_file:
        return MetricChoice(CUSTOM, columns.id_column, columns.target_columns)
    match = metric_called([metric]) if metric else competition.metric
    if match is None and metric:
        raise Invalid(
            Message("There is no metric '{name}'. There are: {names}.", name=metric, names=", ".join(METRICS))
        )
    if match is None:
        return None
    return MetricChoice(match.name, columns.id_column, columns.target_columns, arguments=match.arguments)


def with_own_times(parts: Parts, times: ForeignTimes) -> Parts:
    """The parts as long open as it was there; what follows the deadline follows it as before."""
    if times.opens_at is None or times.deadline_at is None:
        return parts
    own: dict[str, datetime] = dict(calendar.times_of(parts))
    deadline = own["opens_at"] + (times.deadline_at - times.opens_at)
    moved = deadline - own["deadline_at"]
    later = {name: own[name] + moved for name in ("deadline_at", "late_until", "reveal_at")}
    return replace(parts, table={**parts.table, **plain(later)})


def begin(
    session: Session, foreign: Foreign, *, slug: str, course: Course, by: Actor, now: datetime
) -> Draft:
    """A draft of the competition, next on the course's calendar where its own times are past."""
    opens = foreign.times.opens_at
    if opens is None or opens <= now:
        first = calendar.first_opening(session, course=course, now=now)
        opens = datetime.combine(first, OPENING, ZoneInfo(course.zone))
    parts = with_own_times(foreign.usual(opens=opens, zone=course.zone), foreign.times)
    holidays = settings_of(course).calendar.holidays
    times = homework_times.off_holidays(calendar.times_of(parts), zone=course.zone, holidays=holidays)
    new = drafts.NewDraft(
        slug=drafts.free_slug(session, slug, course=course),
        source=DraftSource.FORM,
        homework=slug,
        parts=replace(parts, table={**parts.table, **plain(times)}),
    )
    return drafts.begin(session, new, course=course, by=by, now=now)
