"""splitboard lti register | list | deployment | remove"""

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.commands.refusals import print_refusals
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import Invalid
from server.domain.lti import platforms
from server.domain.lti.platforms import NewPlatform, PlatformAddresses, canvas_addresses, moodle_addresses
from server.domain.people.sign_on.claims import RosterFact
from server.models import LtiPlatform
from server.services.lti.platforms import LAUNCH, LOGIN

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
Number = Annotated[int, typer.Argument(help="Of the platform, as `splitboard lti list` shows it.")]


@app.command()
def register(
    label: Annotated[str, typer.Argument(help="What people call the platform.")],
    client_id: Annotated[str, typer.Option(help="As the platform shows it.")],
    deployment_id: Annotated[list[str], typer.Option(help="As the platform shows it; may be repeated.")],
    canvas: Annotated[bool, typer.Option("--canvas", help="It is Canvas, hosted or at --site.")] = False,
    moodle: Annotated[bool, typer.Option("--moodle", help="It is the Moodle at --site.")] = False,
    site: Annotated[str, typer.Option(help="The platform's own address.")] = "",
    issuer: Annotated[str, typer.Option(help="Of another platform, like the three below.")] = "",
    authorization_url: Annotated[str, typer.Option(help="Where browsers are sent.")] = "",
    token_url: Annotated[str, typer.Option(help="Where access tokens are asked for.")] = "",
    keys_url: Annotated[str, typer.Option(help="Where the platform's keys lie.")] = "",
    matches: Annotated[
        RosterFact, typer.Option(help="What of the roster its launches say of a person.")
    ] = RosterFact.STUDENT_NUMBER,
    data: DataDir = None,
) -> None:
    """Register a learning platform: its launches then sign people in."""
    settings = settings_for(data)
    own = PlatformAddresses(issuer, authorization_url, token_url, keys_url)
    with print_refusals():
        addresses = _addresses(own, site, is_canvas=canvas, is_moodle=moodle)
    new = NewPlatform(label, client_id, tuple(deployment_id), addresses, matches)
    with open_database(settings) as db:
        db.write(lambda session: platforms.register(session, new, by=COMMAND_LINE, now=utc_now()).id)
    origin = (settings.link_origin or "https://...").rstrip("/")
    typer.echo(f"{label} is registered. It has to know: login {origin}{LOGIN}, redirect {origin}{LAUNCH},")
    typer.echo(f"keys {origin}/lti/keys.json, target {origin}/.")


def _addresses(own: PlatformAddresses, site: str, *, is_canvas: bool, is_moodle: bool) -> PlatformAddresses:
    if is_canvas:
        return canvas_addresses(site)
    if is_moodle and not site:
        raise Invalid("Say where Moodle is: --site https://moodle.example.edu")
    return moodle_addresses(site) if is_moodle else own


@app.command(name="list")
def list_all(data: DataDir = None) -> None:
    """List the registered platforms."""
    with open_database(settings_for(data)) as db:
        for each in db.read(platforms.all_platforms):
            deployments = ", ".join(each.deployment_ids)
            typer.echo(f"{each.id}  {each.label}  {each.issuer}  client {each.client_id}  in {deployments}")


@app.command()
def deployment(number: Number, deployment_id: str, data: DataDir = None) -> None:
    """Take launches of one more deployment of a platform."""

    def work(session: Session) -> None:
        platform = platforms.platform_numbered(session, number)
        platforms.add_deployment(
            session, platform=platform, deployment_id=deployment_id, by=COMMAND_LINE, now=utc_now()
        )

    with open_database(settings_for(data)) as db:
        db.write(work)
    typer.echo(f"Launches of deployment {deployment_id} are taken.")


@app.command()
def remove(
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    data: DataDir = None,
) -> None:
    """Take no more launches of a platform; accounts stay."""

    def work(session: Session) -> LtiPlatform:
        platform = platforms.platform_numbered(session, number)
        platforms.remove(session, platform=platform, by=COMMAND_LINE, now=utc_now())
        return platform

    with open_database(settings_for(data)) as db:
        label = db.read(lambda session: platforms.platform_numbered(session, number).label)
        if not yes:
            typer.confirm(f"Remove {label}? Its courses are linked no more.", abort=True)
        db.write(work)
    typer.echo(f"{label} is removed.")
