"""Trials: what the staff upload. It is scored, and stands on no board, whatever becomes of the sender's role.

The role at the moment of the upload decides, for good (docs/adr/0014-staff-uploads-are-trials.md): a trial is
sent under a team of the sender's own, of the kind `trial`, beside whatever team they are in as a student.
Standings, ranks, counts, grades and comparisons are of teams of students and of baselines alone.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.database.database import execute, table_of
from server.domain.teams import membership as teams
from server.models import Role, Submission, Team, TeamKind, User

_TEAM, _USER, _SUBMISSION = table_of(Team), table_of(User), table_of(Submission)
_TRIAL_TEAM_ID = select(_TEAM.c.id).where(
    _TEAM.c.competition_id == bindparam("competition_id"), _TEAM.c.trial_of == bindparam("user_id")
)
_OWN_NAME = select(_USER.c.display_name).where(_USER.c.id == bindparam("user_id"))
_TRIALS = (
    select(_SUBMISSION.c.id)
    .join(_TEAM, _TEAM.c.id == _SUBMISSION.c.team_id)
    .where(_SUBMISSION.c.id.in_(bindparam("submission_ids", expanding=True)), _TEAM.c.kind == TeamKind.TRIAL)
)
_NEW_TEAM = insert(_TEAM).returning(_TEAM.c.id)


@dataclass(frozen=True)
class OwnTeams:
    """By their ids, the team of somebody as a student and that of their trials; None for one there is not."""

    student: int | None
    trial: int | None

    @property
    def ids(self) -> list[int]:
        """Those that there are."""
        return [team_id for team_id in (self.student, self.trial) if team_id is not None]

    def team_id_as(self, role: Role) -> int | None:
        """The one under which files are sent in this role."""
        return self.trial if is_trial(role) else self.student


def is_trial(role: Role) -> bool:
    """Whether what somebody of this role uploads is a trial."""
    return role.is_staff


def team_id_as(session: Session, *, competition_id: int, user_id: int, role: Role) -> int | None:
    """The team under which the user's files are sent in this role, or None before the first."""
    if is_trial(role):
        return _trial_team_id(session, competition_id=competition_id, user_id=user_id)
    return teams.team_id_of(session, competition_id=competition_id, user_id=user_id)


def enter_as(session: Session, *, competition_id: int, user_id: int, role: Role, now: datetime) -> int:
    """The team under which the user's files are sent in this role, locked, and made now if there is none."""
    if not is_trial(role):
        return teams.enter(session, competition_id=competition_id, user_id=user_id, now=now)
    team_id = _trial_team_id(session, competition_id=competition_id, user_id=user_id)
    if team_id is None:
        try:
            with session.begin_nested():
                team_id = _new_team(session, competition_id=competition_id, user_id=user_id, now=now)
        except IntegrityError:  # made by a parallel first upload
            team_id = _trial_team_id(session, competition_id=competition_id, user_id=user_id)
            if team_id is None:
                raise
    teams.lock_team(session, team_id)
    return team_id


def own_teams(session: Session, *, competition_id: int, user_id: int) -> OwnTeams:
    """The user's team as a student, and the one of their trials, where there are any."""
    return OwnTeams(
        teams.team_id_of(session, competition_id=competition_id, user_id=user_id),
        _trial_team_id(session, competition_id=competition_id, user_id=user_id),
    )


def own_team_ids(session: Session, *, competition_id: int, user_id: int) -> list[int]:
    """The same without saying which is which."""
    return own_teams(session, competition_id=competition_id, user_id=user_id).ids


def among(session: Session, *, submission_ids: list[int]) -> set[int]:
    """Which of these submissions are trials."""
    return set(execute(session, _TRIALS, {"submission_ids": submission_ids}).scalars())


def _trial_team_id(session: Session, *, competition_id: int, user_id: int) -> int | None:
    values = {"competition_id": competition_id, "user_id": user_id}
    team_id: int | None = execute(session, _TRIAL_TEAM_ID, values).scalar()
    return team_id


def _new_team(session: Session, *, competition_id: int, user_id: int, now: datetime) -> int:
    name = execute(session, _OWN_NAME, {"user_id": user_id}).scalar_one()
    values = {
        "competition_id": competition_id,
        "kind": TeamKind.TRIAL,
        "trial_of": user_id,
        "name": name,
        "created_at": now,
    }
    team_id: int = execute(session, _NEW_TEAM, values).scalar_one()
    return team_id
