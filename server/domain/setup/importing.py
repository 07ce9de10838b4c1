"""Homework folders become competitions: read as files, refused if broken, imported whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.answer_keys.key_warnings import key_warnings
from grader.custom_metrics.metric import FILE
from grader.errors import BadHomeworkFile, Problem
from grader.grade import Grade
from grader.homeworks.homework_file import HomeworkFile, read_homework_table, table_of_file
from grader.homeworks.rules import keys_of
from grader.messages import Message
from grader.parted_text import ENGLISH
from grader.proofs.commitment import split_sha256
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.competitions import descriptions, placeholders
from server.domain.errors import Conflict, Invalid
from server.domain.files.file_store import FileStore, StoredFile
from server.domain.files.pictures import HEAD_BYTES, PICTURES
from server.domain.files.public_files import require_public_file
from server.domain.grades.counting.counting import counting_of_file, keep_counting
from server.domain.grading import answer_keys, commitments
from server.domain.grading.answer_keys import SAMPLE, checked_key, checked_sample
from server.domain.teams import membership as teams
from server.models import (
    AnswerKeyVersion,
    BoardRevision,
    Competition,
    CompetitionFile,
    Course,
    Tier,
)

OF_THE_METRIC = "higher_is_better"  # as the file has it; a competition has the metric's own direction
ELSEWHERE = (OF_THE_METRIC, "tier", "item", "grades")  # no columns of a competition
NO_CHANGES: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class BuiltHomework:
    """A homework folder and its built data, read and checked, ready to be imported."""

    name: str
    rules: HomeworkFile
    higher_is_better: bool
    metric_file: StoredFile | None
    description_md: str
    key: StoredFile
    key_rows: int
    key_public_rows: int
    key_private_rows: int
    split_sha256: str
    files: dict[str, StoredFile]
    sample: Grade  # what sample_submission.csv comes to
    warnings: tuple[Problem, ...] = ()  # of the key, which staff should read before the course begins


@dataclass(frozen=True)
class HomeworkParts:
    """What a homework is made of, from wherever it comes; its key and its public files are stored already."""

    name: str
    rules: HomeworkFile
    description_md: str
    metric_file: bytes | None
    key: StoredFile
    files: dict[str, StoredFile]


def read_homework(
    store: FileStore, *, folder: Path, built: Path, changes: Mapping[str, Any] = NO_CHANGES
) -> BuiltHomework:
    """The homework in `folder` with the data that `splitboard build` wrote to `built`.

    The store keeps its files. changes: keys that differ from those of its competition.toml. Raises Invalid
    with every problem: of competition.toml, missing files, the answer key, the sample.
    """
    rules = read_rules(folder / "competition.toml", changes)
    description = _description(folder)
    key = store.put(_bytes(built / "private" / "answer_key.csv"))
    _bytes(built / "public" / SAMPLE)  # named where it is missing
    public = sorted(path for path in (built / "public").rglob("*") if path.is_file())
    files = {path.relative_to(built / "public").as_posix(): path for path in public}
    pictures = {f"{PICTURES}/{path.name}": path for path in sorted(folder.glob(f"{PICTURES}/*"))}
    parts = HomeworkParts(
        name=folder.name,
        rules=rules,
        description_md=description,
        metric_file=_metric_file(folder),
        key=key,
        files={name: store.put(path.read_bytes()) for name, path in (pictures | files).items()},
    )
    return built_homework(store, parts)


def built_homework(store: FileStore, parts: HomeworkParts) -> BuiltHomework:
    """The homework that these parts make; raises Invalid with every problem of them."""
    spec = parts.rules.spec
    require_known_placeholders(parts.description_md, name=parts.name)
    key_data = store.read(parts.key.sha256)
    key = checked_key(key_data, spec)
    sample = checked_sample(store.read(parts.files[SAMPLE].sha256), key)
    for name, file in parts.files.items():
        if name.startswith(f"{PICTURES}/"):
            _require_picture(store, name, file)
    metric_file = parts.metric_file if spec.custom is not None else None
    return BuiltHomework(
        parts.name,
        parts.rules,
        spec.higher_is_better,
        None if metric_file is None else store.put(metric_file),
        parts.description_md,
        parts.key,
        key.rows,
        key.public_rows,
        key.private_rows,
        split_sha256(key_data, id_column=spec.id_column),
        parts.files,
        sample,
        tuple(key_warnings(key)),
    )


def _require_picture(store: FileStore, name: str, file: StoredFile) -> None:
    with store.path(file.sha256).open("rb") as stored:
        require_public_file(name, stored.read(HEAD_BYTES))


def read_rules(path: Path, changes: Mapping[str, Any] = NO_CHANGES) -> HomeworkFile:
    """The rules in a competition.toml, with these changes; Invalid says everything that is wrong with it."""
    data, metric_file = _bytes(path), _metric_file(path.parent)
    try:
        return read_homework_table({**table_of_file(data), **changes}, metric_file=metric_file)
    except BadHomeworkFile as error:
        raise refused_rules(path.parent.name, error) from error


def refused_rules(name: str, error: BadHomeworkFile) -> Invalid:
    """What to say of a homework whose rules cannot be used."""
    return Invalid(Message("{name} cannot be used: {problems}", name=name, problems=error.text))


def _description(folder: Path) -> str:
    """description.md, and each description.<language>.md beside it, as one text."""
    others = sorted(folder.glob("description.*.md"))
    parts = {path.name.split(".")[1]: _text(path) for path in others}
    text = descriptions.joined({ENGLISH: _text(folder / "description.md"), **parts})
    require_known_placeholders(text, name=folder.name)
    return text


def require_known_placeholders(text: str, *, name: str) -> None:
    """Raise Invalid where a description has a placeholder that no rule fills."""
    unknown = placeholders.unknown(text)
    if unknown:
        raise Invalid(
            Message(
                "The description of {homework} has {names}, for which no rule gives a value; there are: "
                "{known}. Text that is to be shown as it is stands between backticks.",
                homework=name,
                names=", ".join(f"{{{{ {each} }}}}" for each in unknown),
                known=", ".join(placeholders.VALUES),
            )
        )


def _metric_file(folder: Path) -> bytes | None:
    path = folder / FILE
    return path.read_bytes() if path.is_file() else None


def _text(path: Path) -> str:
    return _bytes(path).decode("utf-8")


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise Invalid(
            Message(
                "There is no {name} at {path}. A homework folder needs competition.toml, description.md "
                "and data.py; `splitboard build` writes public/ and private/ from it.",
                name=path.name,
                path=path,
            )
        )
    return path.read_bytes()


def import_homework(
    session: Session, *, course: Course, homework: BuiltHomework, slug: str, by: Actor, now: datetime
) -> Competition:
    """The new competition `slug` of the course; Conflict when the slug is taken.

    Everything is inserted in the caller's transaction: the rules, the files, the answer key's first version
    and the commitment to it, the tiers, a team for each tier, the boards' revisions. Needs a session that may
    see private tables, where the commitment's salt lies.
    """
    if session.scalar(select(Competition.id).where(Competition.slug == slug)) is not None:
        raise Conflict(
            Message("There is a competition '{slug}' already. Choose another slug with --slug.", slug=slug)
        )
    rules = homework.rules
    competition = Competition(
        **_columns(rules),
        course_id=course.id,
        slug=slug,
        homework=homework.name,
        description_md=homework.description_md,
        higher_is_better=homework.higher_is_better,
        metric_sha256=homework.metric_file.sha256 if homework.metric_file else None,
        created_at=now,
    )
    session.add(competition)
    session.flush()
    _add_key(session, competition, homework, by, now)
    session.add(BoardRevision(competition_id=competition.id, public=1, private=1))
    for name, file in homework.files.items():
        session.add(
            CompetitionFile(competition_id=competition.id, name=name, sha256=file.sha256, size=file.size)
        )
    _add_tiers(session, competition, rules, now)
    keep_counting(session, counting_of_file(rules), competition_id=competition.id)
    act = audit.Act(
        "homework_imported",
        f"competition {slug}",
        competition=competition,
        after={name: _plain(value) for name, value in _columns(rules).items()}
        | {OF_THE_METRIC: rules.higher_is_better},
        details={"homework": homework.name},
    )
    audit.record(session, act, by=by, now=now)
    session.flush()
    return competition


def _columns(rules: HomeworkFile) -> dict[str, Any]:
    """The values of the file that are a competition's columns of the same names."""
    names = [name for name in keys_of(HomeworkFile) if name not in ELSEWHERE]
    values = {name: getattr(rules, name) for name in names}
    return {name: list(each) if isinstance(each, tuple) else each for name, each in values.items()}


def _plain(value: object) -> object:
    """A value as the audit trail's JSON has it; a time keeps the offset that the file gives it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.value if isinstance(value, StrEnum) else value


def _add_tiers(session: Session, competition: Competition, rules: HomeworkFile, now: datetime) -> None:
    for place, rule in enumerate(rules.tier):
        tier = Tier(competition_id=competition.id, place=place, **vars(rule))
        session.add(tier)
        session.flush()
        teams.add_baseline_team(session, tier=tier, now=now)


def _add_key(
    session: Session, competition: Competition, homework: BuiltHomework, by: Actor, now: datetime
) -> None:
    key = AnswerKeyVersion(
        competition_id=competition.id,
        version=1,
        sha256=homework.key.sha256,
        rows=homework.key_rows,
        public_rows=homework.key_public_rows,
        private_rows=homework.key_private_rows,
        created_at=now,
        metric=competition.metric,
        metric_arguments=competition.metric_arguments,
        metric_sha256=competition.metric_sha256,
        higher_is_better=competition.higher_is_better,
    )
    session.add(key)
    session.flush()
    competition.answer_key_id = key.id
    sample_sha256 = homework.files[SAMPLE].sha256
    answer_keys.know(session, version_id=key.id, name=SAMPLE, sha256=sample_sha256, graded=homework.sample)
    commitments.commit(
        session, competition=competition, key=key, split_sha256=homework.split_sha256, by=by, now=now
    )
