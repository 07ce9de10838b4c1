"""What tests do to build teams: invite, answer, join, and look at what came of it."""

from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.boards import standings
from server.domain.teams import invitation_lists, invitations
from server.domain.teams import membership as teams
from server.domain.teams.invitation_lists import ReceivedInvitation
from server.models import Competition, Invitation, InvitationState, Submission
from tests.support.installation import Installation


def in_teams_of(installation: Installation, size: int, **changes: object) -> None:
    """Let teams of the competition have that many members, and change other rules of it."""
    changing = update(Competition).values(team_size=size, **changes)
    installation.db.write(lambda session: session.execute(changing))


def invite(installation: Installation, by: str, invitee: str) -> int:
    """The id of the invitation by one student to another."""
    competition, user = installation.competition(), installation.user(by)
    return installation.db.write(
        lambda session: (
            invitations.invite(
                session, competition=competition, student=invitee, by=Actor(user.id), now=installation.clock()
            ).id
        )
    )


def answer(installation: Installation, by: str, invitation_id: int, word: str = "accept") -> None:
    """Accept, decline or withdraw an invitation."""
    competition, user = installation.competition(), installation.user(by)
    installation.db.write(
        lambda session: invitations.ANSWERS[word](
            session,
            competition=competition,
            invitation_id=invitation_id,
            by=Actor(user.id),
            now=installation.clock(),
        ),
        private=True,
    )


def join(installation: Installation, by: str, invitee: str) -> None:
    """Let one student invite another, who accepts."""
    answer(installation, invitee, invite(installation, by, invitee))


def act(installation: Installation, by: str, rule: Callable[..., None], **arguments: object) -> None:
    """Run one rule for a student."""
    competition, user = installation.competition(), installation.user(by)
    installation.db.write(
        lambda session: rule(
            session, competition=competition, by=Actor(user.id), now=installation.clock(), **arguments
        )
    )


def rename(installation: Installation, by: str, name: str) -> str:
    """Call a student's team so; the name as it stands then."""
    competition, user = installation.competition(), installation.user(by)

    def work(session: Session) -> str:
        now = installation.clock()
        teams.rename(session, competition=competition, name=name, by=Actor(user.id), now=now)
        team = teams.team_of(session, competition_id=competition.id, user_id=user.id)
        return "" if team is None else team.name

    return installation.db.write(work)


def members(installation: Installation, of: str) -> set[str]:
    """The user names in the team of a student; empty while there is none."""
    competition, user = installation.competition(), installation.user(of)

    def work(session: Session) -> set[str]:
        team_id = teams.team_id_of(session, competition_id=competition.id, user_id=user.id)
        return {each.username for each in teams.members_of(session, team_id or 0)}

    return installation.db.read(work)


def sent_by_team(installation: Installation, of: str) -> list[Submission]:
    """The submissions of a student's team, the oldest first."""
    competition, user = installation.competition(), installation.user(of)

    def work(session: Session) -> list[Submission]:
        team_id = teams.team_id_of(session, competition_id=competition.id, user_id=user.id)
        rows = select(Submission).where(Submission.team_id == team_id).order_by(Submission.id)
        return list(session.scalars(rows))

    return installation.db.read(work)


def received(installation: Installation, by: str) -> list[ReceivedInvitation]:
    """What waits for a student's answer."""
    competition, user = installation.competition(), installation.user(by)
    return installation.db.read(
        lambda session: invitation_lists.received(
            session, competition=competition, user=user, now=installation.clock()
        )
    )


def wrong_standings(installation: Installation) -> list[str]:
    """Where a kept standing is not what the submissions say."""
    competition = installation.competition()
    return installation.db.read(
        lambda session: standings.differences(session, competition=competition), private=True
    )


def states(installation: Installation) -> list[InvitationState]:
    """The state of each invitation, in the order in which they were made."""
    return installation.db.read(
        lambda session: list(session.scalars(select(Invitation.state).order_by(Invitation.id)))
    )
