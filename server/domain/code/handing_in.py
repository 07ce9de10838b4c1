"""Handing in code: one file a team and competition that counts, replaced by the next one, all of them kept.

It is taken until the last instant for late files, and nobody's place among the versions is taken twice: the
database holds how many a team may have.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.competitions import archiving
from server.domain.competitions.access import Access
from server.domain.errors import Closed, Conflict, LimitReached, NotAllowed, NotOpen
from server.domain.people.accounts import tries
from server.domain.teams import membership as teams
from server.domain.texts.letters import legible
from server.local_time import local_text
from server.models import CodeKind, CodeVersion
from server.models.code import VERSIONS_MOST

NAME_MOST = 200


@dataclass(frozen=True)
class CodeFile:
    """A file of code that is stored already, by its name as its sender gave it; size in bytes."""

    file_name: str
    sha256: str
    size: int
    kind: CodeKind


@dataclass(frozen=True)
class EnteredCode:
    """A version that stands; `repeated` when it was the newest one before, to the byte."""

    version: CodeVersion
    repeated: bool


def require_window(access: Access, now: datetime) -> None:
    """Raise unless whoever has this access may hand in code now: NotAllowed, NotOpen, Archived, Closed."""
    competition = access.competition
    if access.role.is_staff:
        raise NotAllowed(Message("Teams of students hand in code; the staff look at it."))
    if now < competition.opens_at:
        raise NotOpen(competition.opens_at, competition.reset_zone)
    archiving.require_live(competition)
    if not competition.code_limit_bytes:
        raise NotAllowed(Message("This competition takes no code."))
    if access.terms.is_over(now):
        end = local_text(access.terms.late_until, competition.reset_zone)
        raise Closed(Message("Code was taken until {time}.", time=end), access.terms.late_until)


def count_try(session: Session, *, access: Access, now: datetime) -> None:
    """Count a file that is about to be read; LimitReached for somebody whose files were refused too often."""
    key = tries.of_code_files(access.user_id)
    again_at = tries.count(session, key, tries.OF_CODE_FILES, now=now)
    if again_at is not None:
        raise LimitReached(
            Message(
                "{count} files of yours were refused as code within an hour. Open the archive or notebook on "
                "your own machine first; the next one is read from {time} on.",
                count=tries.OF_CODE_FILES.at_once,
                time=local_text(again_at, access.competition.reset_zone),
            ),
            code="too_many_invalid",
            details={
                "limit": tries.OF_CODE_FILES.at_once,
                "resets_at": iso(again_at),
                "resets_in_seconds": max(1, round((again_at - now).total_seconds())),
            },
        )


def forgive_try(session: Session, *, access: Access) -> None:
    """Take back the count of a file that was taken."""
    tries.give_back(session, tries.of_code_files(access.user_id), tries.OF_CODE_FILES)


def hand_in(session: Session, file: CodeFile, *, access: Access, now: datetime) -> EnteredCode:
    """Enter the file as the newest version of the sender's team, which is made now if there is none.

    Raises what `require_window` does, and Conflict where the team has as many versions as it may.
    """
    require_window(access, now)
    competition_id, by = access.competition.id, access.actor
    team_id = teams.enter(session, competition_id=competition_id, user_id=by.person_id, now=now)
    newest = session.scalar(
        select(CodeVersion)
        .where(CodeVersion.team_id == team_id)
        .order_by(CodeVersion.received_at.desc(), CodeVersion.id.desc())
        .limit(1)
    )
    if newest is not None and newest.sha256 == file.sha256:
        return EnteredCode(newest, repeated=True)
    version = CodeVersion(
        competition_id=competition_id,
        team_id=team_id,
        handed_in_by=by.person_id,
        received_at=now,
        place=_free_place(session, team_id),
        kind=file.kind,
        file_name=legible(file.file_name[-NAME_MOST:])[-NAME_MOST:],
        sha256=file.sha256,
        size=file.size,
    )
    session.add(version)
    session.flush()
    return EnteredCode(version, repeated=False)


def _free_place(session: Session, team_id: int) -> int:
    """The team's next place; the team is locked. Raises Conflict where all are taken."""
    last = session.scalar(select(func.max(CodeVersion.place)).where(CodeVersion.team_id == team_id)) or 0
    if last >= VERSIONS_MOST:
        raise Conflict(
            Message(
                "Your team has handed in {most} versions, as many as there may be. The newest one stands; "
                "ask the staff if another has to count.",
                most=VERSIONS_MOST,
            ),
            code="too_many_versions",
        )
    return last + 1
