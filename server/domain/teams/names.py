"""What a team is called on the board: a name of its own choice, like nobody else's.

A team begins with its first member's name. Another name must look like no other team's, no baseline's and no
other member's of the course, so that nobody can be taken for somebody else.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.boards import standings
from server.domain.competitions import archiving
from server.domain.errors import Conflict, Invalid
from server.models import Competition, Member, Team, TeamKind, TeamMember, TierName, User

NAME_MOST = 60
UNSEEN_KINDS = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}  # controls, formats, surrogates, private use, separators
UNSEEN_LETTERS = "\u115f\u1160\u2800"  # fillers that Unicode counts among the letters and signs


def clean(name: str) -> str:
    """The name as it will stand on the board: NFKC, trimmed, single spaces.

    Raises Invalid for an empty one, one of over 60 characters, one with characters that cannot be seen, and
    one that a baseline might bear.
    """
    shown = unicodedata.normalize("NFKC", name).strip()
    if not 1 <= len(shown) <= NAME_MOST:
        raise Invalid(f"A team's name has 1 to {NAME_MOST} characters; this one has {len(shown)}.")
    unseen = [each for each in shown if unicodedata.category(each) in UNSEEN_KINDS or each in UNSEEN_LETTERS]
    if unseen:
        raise Invalid(f"A team's name has no invisible characters; this one has U+{ord(unseen[0]):04X}.")
    shown = " ".join(shown.split())
    if key(shown) in set(TierName) or key(shown).endswith("baseline"):
        raise Invalid(f"'{shown}' would be taken for a baseline. Choose a name that no tier bears.")
    return shown


def key(name: str) -> str:
    """The form in which names are compared: NFKC, case folded, single spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


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
    standings.new_revision(session, competition.id)
    _require_free(session, competition=competition, team_id=team_id, name=shown)
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
    own = {key(name) for row in members for name in row}
    return "(a member's own name)" if key(team.name) in own else team.name


def _require_free(session: Session, *, competition: Competition, team_id: int, name: str) -> None:
    new_key = key(name)
    others = session.scalars(
        select(Team.name).where(
            Team.competition_id == competition.id,
            Team.id != team_id,
            Team.merged_into.is_(None),
            Team.kind != TeamKind.TRIAL,
        )
    )
    if new_key in set(map(key, others)):
        raise Conflict(f"There is a team '{name}' already; upper and lower case count as the same.")
    own = select(TeamMember.user_id).where(TeamMember.team_id == team_id)
    people = session.execute(
        select(User.display_name, User.username)
        .join(Member, Member.user_id == User.id)
        .where(Member.course_id == competition.course_id, Member.is_active.is_(True), User.id.not_in(own))
    )
    if any(new_key in (key(display_name), key(username)) for display_name, username in people):
        raise Conflict(f"'{name}' is the name of somebody else in this course. Choose another.")


def let_go(session: Session, *, team_id: int, former: User, members: list[User]) -> None:
    """Take the name of a member who left off their team: it is called like its first member then."""
    team = session.get_one(Team, team_id, populate_existing=True)
    if members and key(team.name) == key(former.display_name):
        team.name = members[0].display_name
    session.flush()
