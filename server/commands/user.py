"""splitboard user add | password"""

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from server import security
from server.clock import utc_now
from server.commands.terminal import DataDir, opened, settings_for
from server.domain import accounts
from server.domain.errors import NotFound
from server.models import User

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
    with opened(settings_for(data)) as db:
        password, hashed = chosen_password(ask)
        db.write(
            lambda session: accounts.create_user(
                session,
                username=username,
                display_name=name,
                email=email,
                is_admin=admin,
                password_hash=hashed,
                by=None,
                now=utc_now(),
            )
        )
    typer.echo(f"{username} can sign in" + (f" with the password {password}" if not ask else "."))


@app.command()
def password(username: Username, ask: Ask = False, data: DataDir = None) -> None:
    """Give a user a new password; whoever is signed in as them is signed out."""
    with opened(settings_for(data)) as db:
        new, hashed = chosen_password(ask)
        db.write(lambda session: set_password(session, username=username, hashed=hashed))
    typer.echo(f"{username} has a new password" + (f": {new}" if not ask else "."))


def chosen_password(ask: bool) -> tuple[str, str]:
    """A password, typed twice at the terminal or made at random, and the hash to store."""
    if ask:
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed, accounts.chosen_password_hash(typed)
    made = security.new_initial_password()
    return made, security.hash_initial_password(made)


def set_password(session: Session, *, username: str, hashed: str) -> None:
    """Store the hash for the user of that name; raises NotFound."""
    accounts.set_password(
        session, user=known_user(session, username), password_hash=hashed, by=None, now=utc_now()
    )


def known_user(session: Session, username: str) -> User:
    """The user of that name; raises NotFound."""
    user = accounts.user_named(session, username)
    if user is None:
        raise NotFound(f"There is no user '{username}'. `splitboard user add` makes one.")
    return user
