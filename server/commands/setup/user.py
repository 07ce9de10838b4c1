"""splitboard user add | password | second-factor-off | deactivate | reactivate | data | erase"""

import json
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import NotFound
from server.domain.files.file_store import FileStore
from server.domain.people.accounts import accounts, secrets
from server.domain.people.accounts.accounts import PasswordWay
from server.domain.people.second_factor import factors
from server.domain.privacy import personal_data
from server.models import User
from server.services.privacy import erasure

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
Username = Annotated[str, typer.Argument(help="As it is typed when signing in; capitals do not matter.")]
Ask = Annotated[
    bool, typer.Option("--ask", help="Ask for the password instead of making a random one and printing it.")
]


@app.command()
def add(
    username: Username,
    name: Annotated[str, typer.Option(help="The name that boards show.")] = "",
    email: str = "",
    admin: Annotated[bool, typer.Option("--admin", help="May do everything in every course.")] = False,
    ask: Ask = False,
    data: DataDir = None,
) -> None:
    """Add a user who can sign in."""
    with open_database(settings_for(data)) as db:
        password, password_hash = choose_password(ask, username)
        db.write(
            lambda session: accounts.create_user(
                session,
                accounts.NewUser(
                    username,
                    name,
                    email=email,
                    password_hash=password_hash,
                    password_is_initial=not ask,
                    is_admin=admin,
                ),
                by=COMMAND_LINE,
                now=utc_now(),
            )
        )
    typer.echo(f"{username} can sign in" + (f" with the password {password}" if not ask else "."))


@app.command()
def password(username: Username, ask: Ask = False, data: DataDir = None) -> None:
    """Give a user a new password; whoever is signed in as them is signed out."""
    with open_database(settings_for(data)) as db:
        new, password_hash = choose_password(ask, username)
        way = PasswordWay.COMMAND if ask else PasswordWay.HANDED_OUT
        db.write(
            lambda session: set_password(session, username=username, password_hash=password_hash, way=way)
        )
    typer.echo(f"{username} has a new password" + (f": {new}" if not ask else "."))


def choose_password(ask: bool, *about: str) -> tuple[str, str]:
    """A password, typed twice at the terminal or made at random, and the hash to store."""
    if ask:
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return password, accounts.chosen_password_hash(password, about)
    secret = secrets.new_initial_password()
    return secret, secrets.hash_initial_password(secret)


def set_password(session: Session, *, username: str, password_hash: str, way: PasswordWay) -> None:
    """Store the hash for the user of that name; raises NotFound."""
    accounts.set_password(
        session,
        user=known_user(session, username),
        password_hash=password_hash,
        way=way,
        by=COMMAND_LINE,
        now=utc_now(),
    )


def known_user(session: Session, username: str) -> User:
    """The user of that name; raises NotFound."""
    user = accounts.user_named(session, username)
    if user is None:
        raise NotFound(f"There is no user '{username}'. `splitboard user add` makes one.")
    return user


@app.command("second-factor-off")
def second_factor_off(
    username: Username,
    reason: Annotated[str, typer.Option(help="Why; it stays in the audit trail.")],
    data: DataDir = None,
) -> None:
    """Switch off the second factor of somebody who has lost phone and recovery codes, the last admin too."""
    with open_database(settings_for(data)) as db:
        db.write(
            lambda session: factors.end_for(
                session,
                user=known_user(session, username),
                reason=reason,
                by=COMMAND_LINE,
                now=utc_now(),
            )
        )
    typer.echo(f"{username} signs in by the password alone now.")


@app.command()
def deactivate(username: Username, data: DataDir = None) -> None:
    """Switch an account off: no sign-in, its sessions end, its tokens are revoked. Nothing is deleted."""
    with open_database(settings_for(data)) as db:
        db.write(
            lambda session: accounts.deactivate(
                session, user=known_user(session, username), by=COMMAND_LINE, now=utc_now()
            )
        )
    typer.echo(f"{username} cannot sign in any more. `splitboard user reactivate` takes this back.")


@app.command()
def reactivate(username: Username, data: DataDir = None) -> None:
    """Switch an account on again; its revoked tokens stay revoked."""
    with open_database(settings_for(data)) as db:
        db.write(
            lambda session: accounts.reactivate(
                session, user=known_user(session, username), by=COMMAND_LINE, now=utc_now()
            )
        )
    typer.echo(f"{username} can sign in again.")


@app.command()
def data(
    username: Username,
    out: Annotated[Path, typer.Option(help="The JSON file to write.")],
    folder: DataDir = None,
) -> None:
    """Write all that the installation knows of a person, to be handed to them."""
    with open_database(settings_for(folder)) as db:
        now = utc_now()
        facts = db.read(
            lambda session: personal_data.data_of(session, user=known_user(session, username), now=now)
        )
        if personal_data.has_revealed(facts):
            facts = db.read(
                lambda session: personal_data.with_private_scores(session, facts, now=now), private=True
            )
        facts = db.read(
            lambda session: personal_data.with_notes(session, facts, user=known_user(session, username))
        )
    out.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    typer.echo(f"What is known of {username} is in {out}.")


@app.command()
def erase(
    username: Username,
    reason: Annotated[str, typer.Option(help="Why; it stays in the audit trail, so do not name the person.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    folder: DataDir = None,
) -> None:
    """Delete a person's data on request; boards, ranks and thresholds stay as they are, under a pseudonym."""
    settings = settings_for(folder)
    with open_database(settings) as db:
        user = db.read(lambda session: known_user(session, username))
        if not yes:
            typer.confirm(f"Delete the data of {user.username}? This cannot be undone.", abort=True)
        result = erasure.erase(
            db, FileStore(settings.files_dir), user=user, reason=reason, by=COMMAND_LINE, now=utc_now()
        )
    person = result.erased
    typer.echo(
        f"They are {person.pseudonym} now; {person.submissions} submissions keep their scores, "
        f"{result.removed} files are removed, {person.shared_files} stay since others sent or use the same."
    )
    if result.left:
        typer.echo(
            f"{result.left} files came in this very minute; `splitboard tidy --apply` removes them later."
        )
