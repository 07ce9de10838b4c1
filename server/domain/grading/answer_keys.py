"""Answer key versions: checked before one is made, at the import and at each change after it.

A version is a key file and the metric that goes with it. It is never changed; a correction is a new version.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from grader.answer_keys.key_warnings import key_warnings
from grader.custom_metrics.metric import FILE
from grader.errors import BadSpec, InvalidAnswerKey, InvalidSubmission, MetricFailed, Problem
from grader.grade import AnyAnswerKey, Grade, grade, read_answer_key
from grader.homeworks.homework_file import spec_of_table
from grader.messages import Message, Text, joined
from grader.metrics import canonical_name
from grader.proofs.commitment import split_sha256
from grader.spec import CUSTOM, GradingSpec, Limits, implied_arguments
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid
from server.domain.files.file_store import FileStore
from server.models import AnswerKeyVersion, Competition, CompetitionFile, PrivateKnownScore

SAMPLE = "sample_submission.csv"


@dataclass(frozen=True)
class KeyChange:
    """What shall differ from the present version; None leaves as it is.

    Another metric starts with its own arguments: those of the old one are not taken over.
    """

    key: bytes | None = None
    metric: str | None = None
    metric_arguments: dict[str, Any] | None = None
    metric_file: bytes | None = None
    higher_is_better: bool | None = None  # of a custom metric alone


@dataclass(frozen=True)
class NewVersion:
    """A version that has been checked and whose files are stored; `based_on` was the current one's id."""

    based_on: int
    sha256: str
    rows: int
    public_rows: int
    private_rows: int
    split_sha256: str  # of which row is in which split, for the commitment
    metric: str
    metric_arguments: dict[str, Any]
    metric_sha256: str | None
    higher_is_better: bool
    sample_sha256: str
    sample: Grade
    warnings: tuple[Problem, ...]


def checked_key(data: bytes, spec: GradingSpec) -> AnyAnswerKey:
    """The answer key in these bytes; Invalid with every problem."""
    try:
        return read_answer_key(data, spec)
    except InvalidAnswerKey as error:
        raise Invalid(
            _report(Message("The answer key is refused."), error.problems), details=_details(error)
        ) from error


def checked_sample(data: bytes, key: AnyAnswerKey) -> Grade:
    """What the sample submission comes to under the key; Invalid when it does not fit or has no score."""
    try:
        return grade(data, key)
    except MetricFailed as error:
        reason = Message("{file} gave no score for {sample}.", file=FILE, sample=SAMPLE)
        raise Invalid(joined(reason, error.for_staff())) from error
    except InvalidSubmission as error:
        raise Invalid(
            _report(Message("{sample} does not fit the answer key.", sample=SAMPLE), error.problems),
            details=_details(error),
        ) from error


def _report(verdict: Text, problems: tuple[Problem, ...]) -> Text:
    return joined(verdict, *(text for problem in problems for text in (problem.message, problem.hint)))


def _details(error: InvalidAnswerKey | InvalidSubmission) -> dict[str, list[dict[str, object]]]:
    return {"problems": [problem.as_dict() for problem in error.problems]}


def prepare(
    store: FileStore,
    *,
    competition: Competition,
    current: AnswerKeyVersion,
    sample: CompetitionFile,
    change: KeyChange,
) -> NewVersion:
    """The version that `wanted` makes of the current one: read, checked, its files stored. Slow; no database.

    Raises Invalid with every problem of the key or of the sample under it, and when nothing would change.
    """
    try:
        table = _table(competition, current, change)
        metric_file = _metric_file(store, table["metric"], current, change)
        spec = spec_of_table(table, Limits(bytes=competition.upload_limit_bytes), metric_file=metric_file)
    except BadSpec as error:
        verdict = Message("The metric does not go with this competition.")
        raise Invalid(joined(verdict, error.text)) from error
    data = store.read(current.sha256) if change.key is None else change.key
    key = checked_key(data, spec)
    graded = checked_sample(store.read(sample.sha256), key)
    version = NewVersion(
        based_on=current.id,
        sha256=store.put(data).sha256,
        rows=key.rows,
        public_rows=key.public_rows,
        private_rows=key.private_rows,
        split_sha256=split_sha256(data, id_column=spec.id_column),
        metric=spec.metric,
        metric_arguments={**implied_arguments(table["metric"]), **table["metric_arguments"]},
        metric_sha256=None if metric_file is None else store.put(metric_file).sha256,
        higher_is_better=spec.higher_is_better,
        sample_sha256=sample.sha256,
        sample=graded,
        warnings=tuple(key_warnings(key)),
    )
    _require_change(version, current)
    return version


def _table(competition: Competition, current: AnswerKeyVersion, change: KeyChange) -> dict[str, Any]:
    """What competition.toml would say of this version. Raises UnknownMetric."""
    metric = change.metric or current.metric
    is_same = metric == current.metric or (metric != CUSTOM and canonical_name(metric) == current.metric)
    arguments = {**current.metric_arguments, **implied_arguments(metric)} if is_same else {}
    direction = current.higher_is_better if current.metric == CUSTOM else None
    if change.higher_is_better is not None:
        direction = change.higher_is_better
    return {
        "metric": metric,
        "id_column": competition.id_column,
        "target_columns": competition.target_columns,
        "labels": competition.labels,
        "leaks_accepted": competition.leaks_accepted,
        "prediction_columns": competition.prediction_columns,
        "auxiliary_columns": competition.auxiliary_columns,
        "metric_arguments": arguments if change.metric_arguments is None else change.metric_arguments,
        "higher_is_better": direction if metric == CUSTOM else change.higher_is_better,
    }


def _metric_file(store: FileStore, metric: str, current: AnswerKeyVersion, change: KeyChange) -> bytes | None:
    if metric != CUSTOM:
        if change.metric_file is not None:
            raise Invalid(
                Message(
                    'A {file} goes with metric = "{custom}" alone; this one is {metric}.',
                    file=FILE,
                    custom=CUSTOM,
                    metric=metric,
                )
            )
        return None
    if change.metric_file is None and current.metric_sha256 is not None:
        return store.read(current.metric_sha256)
    return change.metric_file


def _require_change(version: NewVersion, current: AnswerKeyVersion) -> None:
    names = ("sha256", "metric", "metric_arguments", "metric_sha256", "higher_is_better")
    if all(getattr(version, name) == getattr(current, name) for name in names):
        raise Invalid(
            Message(
                "Nothing would change: the answer key and the metric are those of version {version}. "
                "Choose another key file, metric or setting.",
                version=current.version,
            )
        )


def current_of(session: Session, competition_id: int) -> AnswerKeyVersion:
    """The competition's version of now, read afresh."""
    return session.execute(
        select(AnswerKeyVersion)
        .join(Competition, Competition.answer_key_id == AnswerKeyVersion.id)
        .where(Competition.id == competition_id)
    ).scalar_one()


def add(
    session: Session, new: NewVersion, *, competition: Competition, reason: str, by: Actor, now: datetime
) -> AnswerKeyVersion:
    """The new version's row, numbered after the newest, and what the sample came to under it.

    Raises Conflict when the version it was made from is not the current one any more. The caller holds the
    competition's row.
    """
    if current_of(session, competition.id).id != new.based_on:
        raise Conflict(
            Message("The answer key was changed meanwhile. Look at the new version, and try again.")
        )
    newest = session.scalar(
        select(func.max(AnswerKeyVersion.version)).where(AnswerKeyVersion.competition_id == competition.id)
    )
    version = AnswerKeyVersion(
        competition_id=competition.id,
        version=(newest or 0) + 1,
        sha256=new.sha256,
        rows=new.rows,
        public_rows=new.public_rows,
        private_rows=new.private_rows,
        created_at=now,
        created_by=by.user_id,
        reason=reason,
        metric=new.metric,
        metric_arguments=new.metric_arguments,
        metric_sha256=new.metric_sha256,
        higher_is_better=new.higher_is_better,
    )
    session.add(version)
    session.flush()
    know(session, version_id=version.id, name=SAMPLE, sha256=new.sample_sha256, graded=new.sample)
    return version


def record_download(session: Session, *, competition: Competition, by: Actor, now: datetime) -> None:
    """Record that somebody took the present answer key of this competition away as a file."""
    version = current_of(session, competition.id).version
    subject = f"{competition.slug}, version {version}"
    audit.record(
        session, audit.Act("answer_key_downloaded", subject, competition=competition), by=by, now=now
    )


def know(session: Session, *, version_id: int, name: str, sha256: str, graded: Grade) -> None:
    """Keep what a known file came to under a version; it is graded again at each change."""
    session.add(
        PrivateKnownScore(
            answer_key_id=version_id, name=name, sha256=sha256, public=graded.public, private=graded.private
        )
    )
    session.flush()


def forget(session: Session, *, version_id: int, name: str) -> None:
    """Drop what a known file came to under a version, before another file of its name takes its place."""
    session.execute(
        delete(PrivateKnownScore).where(
            PrivateKnownScore.answer_key_id == version_id, PrivateKnownScore.name == name
        )
    )
