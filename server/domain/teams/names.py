"""What a team is called on the board: a name of its own choice, like nobody else's.

A team begins with its first member's name, and may go back to it or to another member's. Any other name must
look like no other team's, no baseline's and no other person's of the course in any script, so that no one
can be taken for somebody else.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.boards import standings
from server.domain.competitions import archiving
from server.domain.errors import Conflict, Invalid
from server.domain.texts.letters import hidden_in, name_key, without_stray_marks
from server.domain.texts.look_alikes import bare_skeleton, require_one_alphabet, skeleton
from server.models import Competition, Member, Team, TeamKind, TeamMember, TierName, User

NAME_MOST = 60


def clean(name: str) -> str:
    """The name as it will stand on the board: NFKC, single spaces, no stray marks.

    Raises Invalid for an empty one, one of over 60 characters, one with characters that cannot be seen, and
    one that a baseline might bear.
    """
    shown = without_stray_marks(unicodedata.normalize("NFKC", name))
    if not 1 <= len(shown) <= NAME_MOST:
        raise Invalid(
            Message(
                "A team's name has 1 to {most} characters; this one has {length}.",
                most=NAME_MOST,
                length=len(shown),
            )
        )
    hidden = hidden_in(shown)
    if hidden is not None:
        raise Invalid(
            Message("A team's name has no invisible characters; this one has {hidden}.", hidden=hidden.text)
        )
    private = next((each for each in shown if unicodedata.category(each) == "Co"), None)
    if private is not None:
        raise Invalid(
            Message(
                "A team's name is of letters that all computers show; U+{code:04X} is none.",
                code=ord(private),
            )
        )
    if any(each in TIERS or each.endswith(BASELINE) for each in _read_as(shown)):
        raise Invalid(
            Message("'{shown}' would be taken for a baseline. Choose a name that no tier bears.", shown=shown)
        )
    return shown


# What staff are called, as their names are read; a longer name that has such a word in it is fine.
_STAFF = """
admin,admins,administrator,staff,course staff,instructor,instructors,teacher,professor,TA,TAs,moderator
teaching assistant,teaching assistants,teaching team,Splitboard,Splitboard team
管理員,管理员,助教,課程助教,课程助教,教師,教师,老師,老师,教授,課程人員,课程人员
"""
_PLURAL = re.compile(r"[\d\W_們们]+$")  # numbers, signs and a Chinese plural behind such a word


def _look(text: str) -> str:
    """A name's letters as whoever overlooks signs, accents, and what tells i from l reads them."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return bare_skeleton(bare).replace("i", "l")


def _read_as(name: str) -> set[str]:
    """What a name might be read as, where it might be read as a baseline's or the staff's."""
    return {_look(name), _look(_PLURAL.sub("", name))}


ROLES = frozenset(_look(each) for line in _STAFF.split("\n") for each in line.split(",") if each)
TIERS = frozenset(_look(tier) for tier in TierName)
BASELINE = _look("baseline")


@dataclass(frozen=True)
class NewName:
    """What a team is to be called; staff say why."""

    team_id: int
    name: str
    reason: str = ""


def rename(session: Session, *, competition: Competition, new: NewName, by: Actor, now: datetime) -> None:
    """Call a student team so; the caller holds its lock.

    Raises Invalid for a name that cannot stand on a board, Conflict for one that is taken.
    """
    archiving.require_live(competition)
    shown, team_id = clean(new.name), new.team_id
    # Whoever changes a board holds its revision until the commit, so of two equal new names one comes second.
    standings.new_revision(session, competition.id, team_ids=())
    _require_free(session, competition=competition, team_id=team_id, name=shown)
    _require_own_looks(session, team_id=team_id, name=shown)
    team = session.get_one(Team, team_id, populate_existing=True)
    before = name_in_trail(session, team)
    team.name = shown
    session.flush()
    act = audit.Act(
        "team_renamed",
        f"team {team_id}",
        competition=competition,
        reason=new.reason,
        before={"name": before},
        after={"name": name_in_trail(session, team)},
    )
    audit.record(session, act, by=by, now=now)


def name_in_trail(session: Session, team: Team) -> str:
    """The team's name for the audit trail, which keeps nobody's own name.

    It is what a team chose, or says that the team is called after a member.
    """
    members = session.execute(
        select(User.display_name, User.username)
        .join(TeamMember, TeamMember.user_id == User.id)
        .where(TeamMember.team_id == team.id)
    )
    own = {name_key(name) for row in members for name in row}
    return "(a member's own name)" if name_key(team.name) in own else team.name


def _require_free(session: Session, *, competition: Competition, team_id: int, name: str) -> None:
    """Raise Conflict for a name that looks like another's, unless a member of this team is called so."""
    own = select(TeamMember.user_id).where(TeamMember.team_id == team_id)
    members = session.execute(select(User.display_name, User.username).where(User.id.in_(own)))
    if name_key(name) in {name_key(each) for row in members for each in row}:
        return
    others = session.scalars(
        select(Team.name).where(
            Team.competition_id == competition.id,
            Team.id != team_id,
            Team.merged_into.is_(None),
            Team.kind != TeamKind.TRIAL,
        )
    )
    looks = _looks(name)
    for other in others:
        if not looks.isdisjoint(_looks(other)):
            raise _taken(name, other)
    in_course = select(Member.user_id).where(
        Member.course_id == competition.course_id, Member.is_active.is_(True)
    )
    people = session.execute(
        select(User.display_name, User.username).where(
            User.id.not_in(own), User.id.in_(in_course) | User.is_admin.is_(True)
        )
    )
    bare = bare_skeleton(name)
    if any(
        not looks.isdisjoint(_looks(each)) or (bare and bare == bare_skeleton(each))
        for row in people
        for each in row
    ):
        raise Conflict(
            Message(
                "'{name}' looks like the name of somebody else in this course. Choose another.", name=name
            )
        )


def _require_own_looks(session: Session, *, team_id: int, name: str) -> None:
    """Raise Invalid for a name that looks like staff, or mixes alphabets, unless a member is called so."""
    own = select(User.display_name).join(TeamMember, TeamMember.user_id == User.id)
    members = session.scalars(own.where(TeamMember.team_id == team_id))
    if name_key(name) in map(name_key, members):
        return
    require_one_alphabet(name)
    if not _read_as(name).isdisjoint(ROLES):
        raise Invalid(Message("'{shown}' would be taken for the staff. Choose another name.", shown=name))


def _taken(name: str, other: str) -> Conflict:
    if other == name:
        return Conflict(
            Message(
                "There is a team '{other}' already; upper and lower case, and letters of other scripts that "
                "look the same, count as the same.",
                other=other,
            )
        )
    # The other's name stays out: on a kind board it may be somebody's own, which nobody is to read.
    return Conflict(
        Message(
            "'{name}' looks like the name of another team; upper and lower case, and letters of other "
            "scripts that look the same, count as the same.",
            name=name,
        )
    )


def _looks(name: str) -> set[str]:
    """What a name is taken for: two that have one of these in common look alike."""
    return {name_key(name), skeleton(name)}


def let_go(session: Session, *, team_id: int, former: User, members: list[User]) -> None:
    """Take the name of a member who left off their team: it is called like its first member then."""
    team = session.get_one(Team, team_id, populate_existing=True)
    if members and name_key(team.name) == name_key(former.display_name):
        team.name = members[0].display_name
    session.flush()
