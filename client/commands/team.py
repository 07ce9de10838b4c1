"""`splitboard team`: my team, its name, its invitations. `splitboard team SLUG` alone shows it."""

import sys
from typing import Annotated

import typer
from typer.core import TyperGroup

from client.api.errors import Misuse
from client.api.types.teams import ReceivedInvitation, Team
from client.commands.application import Application
from client.commands.exits import STOPPED
from client.commands.reporting import AsJson
from client.commands.student import Slug, asking
from client.output.terminal import is_confirmed
from grader.messages import COMMA, Message, joined

SHOW = "show"


class _ShowsByDefault(TyperGroup):
    """Takes a first word that is no command of the group for a competition to show."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [SHOW, *args]
        return super().parse_args(ctx, args)


app = Application(
    help=Message("Show my team, build it, name it. `splitboard team SLUG` shows it."),
    group_class=_ShowsByDefault,
)
InvitationId = Annotated[
    str | None,
    typer.Argument(metavar="[ID]", help=Message("As `splitboard team SLUG` shows it; not needed for one.")),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=Message("Do not ask before two teams merge."))]


@app.command(SHOW)
def show(slug: Slug, as_json: AsJson = False) -> None:
    """Show my team: who is in it, whom it has invited, who invites me."""
    with asking(as_json) as (api, output):
        output.team(api.team(slug))


@app.command()
def invite(
    slug: Slug,
    student: Annotated[str, typer.Argument(help=Message("User name, student number or e-mail address."))],
    as_json: AsJson = False,
) -> None:
    """Invite a student of the course into my team."""
    with asking(as_json) as (api, output):
        output.team(api.invite(slug, student))


@app.command()
def accept(slug: Slug, invitation: InvitationId = None, yes: Yes = False, as_json: AsJson = False) -> None:
    """Join the team that invites me, or merge my team into it."""
    with asking(as_json) as (api, output):
        received = _received(api.team(slug), invitation)
        if received.is_merge and not yes and not as_json and sys.stdin.isatty():
            _confirm(received)
        output.team(api.accept_invitation(slug, received.id))


@app.command()
def decline(slug: Slug, invitation: InvitationId = None, as_json: AsJson = False) -> None:
    """Say no to an invitation."""
    with asking(as_json) as (api, output):
        output.team(api.decline_invitation(slug, _received(api.team(slug), invitation).id))


@app.command()
def withdraw(
    slug: Slug,
    invitation: Annotated[
        str, typer.Argument(metavar="ID", help=Message("As `splitboard team SLUG` shows it."))
    ],
    as_json: AsJson = False,
) -> None:
    """Take an invitation of my team back."""
    with asking(as_json) as (api, output):
        output.team(api.withdraw_invitation(slug, invitation))


@app.command()
def leave(slug: Slug, as_json: AsJson = False) -> None:
    """Leave my team, while it has sent nothing."""
    with asking(as_json) as (api, output):
        output.team(api.leave_team(slug))


@app.command()
def rename(slug: Slug, name: str, as_json: AsJson = False) -> None:
    """Give my team a name on the board."""
    with asking(as_json) as (api, output):
        output.team(api.rename_team(slug, name))


def _received(team: Team, invitation_id: str | None) -> ReceivedInvitation:
    """The invitation of that id, or the only one there is."""
    if not team.invitations:
        raise Misuse(Message("Nobody invites you here."))
    matches = [one for one in team.invitations if invitation_id in (None, str(one.id))]
    if len(matches) == 1:
        return matches[0]
    each = (Message("{id} ({team})", id=one.id, team=one.team) for one in team.invitations)
    raise Misuse(Message("Say which invitation: {listed}.", listed=joined(*each, between=COMMA)))


def _confirm(invitation: ReceivedInvitation) -> None:
    question = Message(
        "This merges your team into {team}: {members} members together. "
        "Final selections of both are taken off, and it cannot be undone. Go on?",
        team=invitation.team,
        members=invitation.members_together,
    )
    if not is_confirmed(question, default=False):
        raise typer.Exit(STOPPED)
