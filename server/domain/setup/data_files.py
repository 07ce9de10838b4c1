"""The data files of a competition that stands: added, replaced, taken away, each version kept.

Everybody reads what was changed, when and why, and downloads what stands now; staff take an earlier version
again. The sample submission has to fit the answer key at every moment, so it is replaced by one that does
and is never taken away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from grader.grade import Grade
from grader.messages import Message
from server.database.database import lock, table_of
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.competitions import access as competitions
from server.domain.competitions import archiving
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.files.file_store import FileStore, StoredFile
from server.domain.files.public_files import require_beside, require_public_file
from server.domain.grading import answer_keys, grading_key
from server.domain.grading.answer_keys import SAMPLE
from server.models import AnswerKeyVersion, Competition, CompetitionFile, CompetitionFileVersion

ACT = "data_file_changed"
_COMPETITION = table_of(Competition)
_HELD = select(_COMPETITION.c.id).where(_COMPETITION.c.id == bindparam("competition_id")).with_for_update()


@dataclass(frozen=True)
class NewFile:
    """A file that was checked and stored; of the sample, too, what it scores under which answer key."""

    name: str
    file: StoredFile
    answer_key_id: int | None = None
    sample: Grade | None = None


@dataclass(frozen=True)
class FileChange:
    """A change of one data file as everybody may read it; `kind` is added, replaced or removed."""

    name: str
    at: datetime
    kind: str
    reason: str


def stored(store: FileStore, *, name: str, data: bytes) -> StoredFile:
    """The bytes of a data file in the store; raises Invalid for a bad name and a picture that is none."""
    require_public_file(name, data)
    return store.put(data)


def checked(
    store: FileStore, *, competition: Competition, key: AnswerKeyVersion, name: str, file: StoredFile
) -> NewFile:
    """The stored file, ready to be handed out. Slow for the sample, which is graded; no database.

    Raises Invalid for a sample that does not fit the answer key.
    """
    if name != SAMPLE:
        return NewFile(name, file)
    readable = answer_keys.checked_key(store.read(key.sha256), grading_key.spec_of(competition, key))
    graded = answer_keys.checked_sample(store.read(file.sha256), readable)
    return NewFile(name, file, key.id, graded)


def put(
    session: Session, new: NewFile, *, competition: Competition, reason: str, by: Actor, now: datetime
) -> None:
    """Add the file, or replace the one of its name. Needs a session that may see private scores.

    Raises Invalid without a reason, when nothing would change, for the answer key itself, or for a name that
    cannot stand beside another; Archived; Conflict when the answer key changed while the sample was checked.
    """
    reason = _begin(session, competition, reason)
    row = _current(session, competition.id, new.name)
    if row is not None and row.sha256 == new.file.sha256:
        raise Invalid(Message("Nothing would change: '{name}' has these bytes already.", name=new.name))
    _require_no_key(session, competition.id, new.file.sha256)
    if row is None:
        names = [each.name for each in competitions.files_of(session, competition.id)]
        require_beside(new.name, names)
    if new.sample is not None:
        _keep_known(session, competition, new)
    before = None if row is None else _as_json(row)
    _note(session, competition.id, new.name, row, _Content(new.file, now, reason))
    if row is None:
        row = CompetitionFile(competition_id=competition.id, name=new.name)
        session.add(row)
    row.sha256, row.size = new.file.sha256, new.file.size
    act = audit.Act(ACT, new.name, competition=competition, reason=reason, before=before, after=_as_json(row))
    audit.record(session, act, by=by, now=now)


def remove(
    session: Session, name: str, *, competition: Competition, reason: str, by: Actor, now: datetime
) -> None:
    """Take a file away from what is handed out. Raises NotFound, Invalid for the sample, Archived."""
    reason = _begin(session, competition, reason)
    row = competitions.file_named(session, competition_id=competition.id, name=name)
    if name == SAMPLE:
        raise Invalid(
            Message("{sample} shows what to send, so it is replaced and never taken away.", sample=SAMPLE)
        )
    act = audit.Act(ACT, name, competition=competition, reason=reason, before=_as_json(row))
    _note(session, competition.id, name, row, _Content(None, now, reason))
    session.delete(row)
    audit.record(session, act, by=by, now=now)


def versions_of(session: Session, competition_id: int) -> list[CompetitionFileVersion]:
    """Every version of every file that was ever changed, the newest first."""
    return list(
        session.scalars(
            select(CompetitionFileVersion)
            .where(CompetitionFileVersion.competition_id == competition_id)
            .order_by(CompetitionFileVersion.id.desc())
        )
    )


def version(session: Session, *, competition_id: int, version_id: int) -> CompetitionFileVersion:
    """One of them, with its bytes; raises NotFound for another competition's, and where it was taken away."""
    row = session.get(CompetitionFileVersion, version_id)
    if row is None or row.competition_id != competition_id or row.sha256 is None:
        raise NotFound(Message("There is no such version of a data file here."))
    return row


def changes(rows: Sequence[CompetitionFileVersion]) -> list[FileChange]:
    """What all versions of a competition's files, the newest first, tell of its changes, in their order."""
    earlier = {(each.name, each.number): each for each in rows}

    def kind(row: CompetitionFileVersion) -> str:
        before = earlier.get((row.name, row.number - 1))
        if row.sha256 is None:
            return "removed"
        return "added" if before is None or before.sha256 is None else "replaced"

    return [
        FileChange(each.name, each.since, kind(each), each.reason) for each in rows if each.since is not None
    ]


class _Content(NamedTuple):
    """What a file is from an instant on: None where it is taken away."""

    file: StoredFile | None
    since: datetime | None
    reason: str


def _begin(session: Session, competition: Competition, reason: str) -> str:
    archiving.require_live(competition)
    lock(session, _HELD, {"competition_id": competition.id})
    return reasons.required(reason)


def _require_no_key(session: Session, competition_id: int, sha256: str) -> None:
    is_key = session.scalar(
        select(AnswerKeyVersion.id)
        .where(AnswerKeyVersion.competition_id == competition_id, AnswerKeyVersion.sha256 == sha256)
        .limit(1)
    )
    if is_key is not None:
        raise Invalid(Message("This is an answer key of the competition. Everybody would read the answers."))


def _current(session: Session, competition_id: int, name: str) -> CompetitionFile | None:
    return session.scalar(
        select(CompetitionFile).where(
            CompetitionFile.competition_id == competition_id, CompetitionFile.name == name
        )
    )


def _keep_known(session: Session, competition: Competition, new: NewFile) -> None:
    """What the sample comes to, which is graded again before each switch of a rescore."""
    current = answer_keys.current_of(session, competition.id)
    if current.id != new.answer_key_id or new.sample is None:
        raise Conflict(
            Message("The answer key was changed meanwhile. Look at the new version, and try again.")
        )
    answer_keys.forget(session, version_id=current.id, name=SAMPLE)
    answer_keys.know(session, version_id=current.id, name=SAMPLE, sha256=new.file.sha256, graded=new.sample)


def _note(
    session: Session, competition_id: int, name: str, row: CompetitionFile | None, content: _Content
) -> None:
    """Add the version that begins now, after the first one where none was kept; `row` is what stood."""
    last = session.scalar(
        select(func.max(CompetitionFileVersion.number)).where(
            CompetitionFileVersion.competition_id == competition_id, CompetitionFileVersion.name == name
        )
    )
    if last is None and row is not None:
        first = _Content(StoredFile(row.sha256, row.size), None, "")
        session.add(_version(competition_id, name, 1, first))
        last = 1
    session.add(_version(competition_id, name, (last or 0) + 1, content))


def _version(competition_id: int, name: str, number: int, content: _Content) -> CompetitionFileVersion:
    file, since, reason = content
    return CompetitionFileVersion(
        competition_id=competition_id,
        name=name,
        number=number,
        sha256=None if file is None else file.sha256,
        size=0 if file is None else file.size,
        since=since,
        reason=reason,
    )


def _as_json(row: CompetitionFile) -> dict[str, Any]:
    return {"sha256": row.sha256, "size": row.size}
