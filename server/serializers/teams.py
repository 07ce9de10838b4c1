"""The shapes of the web API's answers about teams: docs/api.md in code. Pages use the same dictionaries."""

from datetime import datetime

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from server.clock import iso
from server.domain.competitions.access import Access
from server.domain.teams import allowances as allowances_
from server.domain.teams import invitation_lists
from server.domain.teams import membership as teams
from server.domain.teams.invitation_lists import ReceivedInvitation, SentInvitation
from server.domain.teams.staff import StaffTeam
from server.models import Competition, User
from server.serializers.values import Day, Time, iso_or_none


class PersonJson(TypedDict):
    """A student as their fellow students know them."""

    username: str
    display_name: str


class SentInvitationJson(TypedDict):
    """An invitation by the viewer's team that waits for an answer; `student` is what was typed."""

    id: int
    student: str
    invited_by: str
    created_at: Time


class ReceivedInvitationJson(TypedDict):
    """An invitation to the viewer; `refusal` says why it cannot be accepted now."""

    id: int
    team: str
    members: list[PersonJson]
    invited_by: str
    created_at: Time
    is_merge: bool
    has_submissions: bool
    members_together: int
    used_together: int
    allowed: int
    refusal: str | None


class TeamJson(TypedDict):
    """The viewer's team; `merge_until` is when teams stop growing."""

    competition: str
    name: str
    members: list[PersonJson]
    team_size: int
    merge_until: Time
    can_grow: bool
    invited: list[SentInvitationJson]
    invitations: list[ReceivedInvitationJson]


class StaffPersonJson(PersonJson):
    """A member of a team as staff know them."""

    user_id: int
    student_number: str


class StaffTeamJson(TypedDict):
    """A team as staff see it: the people behind its name."""

    id: int
    name: str
    created_at: Time
    submissions: int
    members: list[StaffPersonJson]


class StaffTeamListJson(TypedDict):
    """A competition's teams by name."""

    teams: list[StaffTeamJson]


class AllowanceJson(TypedDict):
    """An extension or a grant, to a student or a team."""

    id: int
    to: str
    extra_slots: int | None
    course_day: Day | None
    deadline_at: Time | None
    reason: str
    given_by: str | None
    created_at: Time
    revoked_at: Time | None


class AllowanceListJson(TypedDict):
    """Every allowance ever given, the newest first."""

    allowances: list[AllowanceJson]


def team(session: Session, access: Access, *, now: datetime) -> TeamJson:
    """The viewer's team: who is in it, whom it has asked, and who has asked the viewer."""
    competition, user = access.competition, session.get_one(User, access.user_id)
    own = teams.team_of(session, competition_id=competition.id, user_id=user.id)
    people = [user] if own is None else teams.members_of(session, own.id)
    sent = [] if own is None else invitation_lists.sent(session, team_id=own.id)
    received = invitation_lists.received(session, competition=competition, user=user, now=now)
    end = teams.merges_end(competition)
    return {
        "competition": competition.slug,
        "name": user.display_name if own is None else own.name,
        "members": [_person(each) for each in people],
        "team_size": competition.team_size,
        "merge_until": iso(end),
        "can_grow": now < end and len(people) < competition.team_size,
        "invited": [_sent(each) for each in sent],
        "invitations": [_received(each) for each in received],
    }


def _person(user: User) -> PersonJson:
    return {"username": user.username, "display_name": user.display_name}


def _sent(each: SentInvitation) -> SentInvitationJson:
    return {
        "id": each.invitation.id,
        "student": each.invitation.asked_for,
        "invited_by": each.inviter.username,
        "created_at": iso(each.invitation.created_at),
    }


def _received(each: ReceivedInvitation) -> ReceivedInvitationJson:
    return {
        "id": each.invitation.id,
        "team": each.team.name,
        "members": [_person(member) for member in each.members],
        "invited_by": each.inviter.username,
        "created_at": iso(each.invitation.created_at),
        "is_merge": each.union.is_merge,
        "has_submissions": each.union.has_submissions,
        "members_together": each.union.members,
        "used_together": each.union.used,
        "allowed": each.union.allowed,
        "refusal": each.refusal,
    }


def staff_team(row: StaffTeam) -> StaffTeamJson:
    """A team as staff see it: its name beside its members' names and student numbers."""
    return {
        "id": row.team_id,
        "name": row.name,
        "created_at": iso(row.created_at),
        "submissions": row.submissions,
        "members": [
            {
                "user_id": person.user_id,
                "username": person.username,
                "display_name": person.name,
                "student_number": person.student_number,
            }
            for person in row.members
        ],
    }


def allowances(session: Session, competition: Competition) -> list[AllowanceJson]:
    """Every extension and grant of a competition, for staff, the newest first."""
    return [
        {
            "id": each.allowance.id,
            "to": each.receiver,
            "extra_slots": each.allowance.extra_slots,
            "course_day": each.allowance.course_day.isoformat() if each.allowance.course_day else None,
            "deadline_at": iso_or_none(each.allowance.deadline_at),
            "reason": each.allowance.reason,
            "given_by": each.given_by,
            "created_at": iso(each.allowance.created_at),
            "revoked_at": iso_or_none(each.allowance.revoked_at),
        }
        for each in allowances_.of_competition(session, competition=competition)
    ]
