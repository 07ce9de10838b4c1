"""The shapes of the web API's answers about teams: docs/api.md in code. Pages use the same dictionaries."""

from datetime import datetime

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.competitions.access import Access
from server.domain.teams import allowances as allowances_
from server.domain.teams import invitation_lists
from server.domain.teams import membership as teams
from server.domain.teams.invitation_lists import ReceivedInvitation, SentInvitation
from server.domain.teams.staff import StaffTeam
from server.models import Competition, User
from server.serializers.values import Json


def team(session: Session, found: Access, *, now: datetime) -> Json:
    """The viewer's team: who is in it, whom it has asked, and who has asked the viewer."""
    competition, user = found.competition, session.get_one(User, found.user_id)
    own = teams.team_of(session, competition_id=competition.id, user_id=user.id)
    people = [user] if own is None else teams.members_of(session, own.id)
    asked = [] if own is None else invitation_lists.sent(session, team_id=own.id)
    asking = invitation_lists.received(session, competition=competition, user=user, now=now)
    end = teams.merges_end(competition)
    return {
        "competition": competition.slug,
        "name": user.display_name if own is None else own.name,
        "members": [_person(each) for each in people],
        "team_size": competition.team_size,
        "merge_until": iso(end),
        "can_grow": now < end and len(people) < competition.team_size,
        "invited": [_sent(each) for each in asked],
        "invitations": [_received(each) for each in asking],
    }


def _person(user: User) -> Json:
    return {"username": user.username, "display_name": user.display_name}


def _sent(each: SentInvitation) -> Json:
    return {
        "id": each.invitation.id,
        "student": _person(each.to),
        "invited_by": each.inviter.username,
        "created_at": iso(each.invitation.created_at),
    }


def _received(each: ReceivedInvitation) -> Json:
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


def staff_team(row: StaffTeam) -> Json:
    """A team as staff see it: its name beside its members' names and student numbers."""
    return {
        "id": row.team_id,
        "name": row.name,
        "created_at": iso(row.created_at),
        "submissions": row.submissions,
        "members": [
            {
                "username": person.username,
                "display_name": person.name,
                "student_number": person.student_number,
            }
            for person in row.members
        ],
    }


def allowances(session: Session, of: Competition) -> list[Json]:
    """Every extension and grant of a competition, for staff, the newest first."""
    return [
        {
            "id": each.allowance.id,
            "to": each.receiver,
            "extra_slots": each.allowance.extra_slots,
            "course_day": each.allowance.course_day.isoformat() if each.allowance.course_day else None,
            "deadline_at": iso(each.allowance.deadline_at) if each.allowance.deadline_at else None,
            "reason": each.allowance.reason,
            "given_by": each.given_by,
            "created_at": iso(each.allowance.created_at),
            "revoked_at": iso(each.allowance.revoked_at) if each.allowance.revoked_at else None,
        }
        for each in allowances_.of_competition(session, competition=of)
    ]
