"""The calls about my team; each answers with the team as it is then."""

from dataclasses import dataclass
from urllib.parse import quote

from client.api.decode import Json
from client.api.transport import Transport
from client.api.types.competitions import Id
from client.api.types.teams import StaffTeam, Team


@dataclass(frozen=True, kw_only=True)
class _Teams:
    teams: tuple[StaffTeam, ...]


class TeamApi:
    """Routes of one's own team in one competition, and for staff those of all."""

    _transport: Transport

    def team(self, slug: str) -> Team:
        """My team, whom it has invited, and who invites me."""
        return self._transport.call(Team, "GET", _path(slug))

    def rename_team(self, slug: str, name: str) -> Team:
        """Give my team a name; 409 when it is taken."""
        return self._transport.call(Team, "PUT", _path(slug), body={"name": name})

    def invite(self, slug: str, student: str) -> Team:
        """Invite a student of the course by user name, student number or e-mail address; else 404."""
        return self._transport.call(Team, "POST", f"{_path(slug)}/invitations", body={"student": student})

    def accept_invitation(self, slug: str, invitation_id: Id) -> Team:
        """Join the team that invites me, or merge mine into it; 409 says why not."""
        return self._answer(slug, invitation_id, "accept")

    def decline_invitation(self, slug: str, invitation_id: Id) -> Team:
        """Say no to an invitation."""
        return self._answer(slug, invitation_id, "decline")

    def withdraw_invitation(self, slug: str, invitation_id: Id) -> Team:
        """Take an invitation of my team back."""
        return self._answer(slug, invitation_id, "withdraw")

    def leave_team(self, slug: str) -> Team:
        """Leave my team, while it has sent nothing; else 409."""
        return self._transport.call(Team, "POST", f"{_path(slug)}/leave")

    def teams(self, slug: str, words: str = "") -> tuple[StaffTeam, ...]:
        """All teams with the people behind them, or those that answer to `wanted` (staff)."""
        query = {"q": words} if words else {}
        return self._transport.call(_Teams, "GET", f"{_path(slug)}s", query=query).teams

    def rename_team_of(self, slug: str, team_id: Id, name: str, *, reason: str) -> StaffTeam:
        """Give a team another name, and say why (staff)."""
        body: dict[str, Json] = {"name": name, "reason": reason}
        path = f"{_path(slug)}s/{quote(str(team_id), safe='')}"
        return self._transport.call(StaffTeam, "PUT", path, body=body)

    def move_member(self, slug: str, username: str, *, to: str | None, reason: str) -> StaffTeam:
        """Move a student into the team of the student `to`, or with None into one of their own (staff)."""
        body: dict[str, Json] = {"username": username, "to": to, "reason": reason}
        return self._transport.call(StaffTeam, "POST", f"{_path(slug)}s/moves", body=body)

    def _answer(self, slug: str, invitation_id: Id, word: str) -> Team:
        path = f"{_path(slug)}/invitations/{quote(str(invitation_id), safe='')}/{word}"
        return self._transport.call(Team, "POST", path)


def _path(slug: str) -> str:
    return f"/api/competitions/{quote(slug, safe='')}/team"
