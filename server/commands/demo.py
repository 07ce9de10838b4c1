"""splitboard demo"""

import importlib.util
import os
import socket
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from server import embedded
from server.clock import utc_now
from server.commands.terminal import clear_words, opened
from server.demo_course import Login, Notes, found_course
from server.domain.errors import Conflict, Invalid
from server.listening import address_of, is_loopback, listen, server_program
from server.migrate import upgrade
from server.settings import Settings
from server.supervisor import Program, Supervisor

app = typer.Typer(add_completion=False)
FOLDER = Path("splitboard-data", "demo")
PORT = 8080
FEW = 150  # students of a fast demonstration
FOREIGN = ("SPLITBOARD_DATABASE_URL", "SPLITBOARD_REDIS_URL", "SPLITBOARD_ORIGIN", "SPLITBOARD_DATA_DIR")


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="A loopback address: the demonstration is for this machine.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int | None, typer.Option(help=f"Port; default: {PORT}, or any that is free.")] = None,
    data: Annotated[Path, typer.Option(help="Folder of the course; it is kept for the next start.")] = FOLDER,
    no_torch: Annotated[bool, typer.Option("--no-torch", help="Skip the tiers that need PyTorch.")] = False,
    students: Annotated[int, typer.Option(min=1, max=5000, help="How many there are.")] = 1280,
    fast: Annotated[
        bool, typer.Option("--fast", help="Few students, and no tier that needs PyTorch.")
    ] = False,
) -> None:
    """A living course in the browser, with real scores from baselines that are trained while you look."""
    for name in FOREIGN:  # the demonstration never touches a real installation
        os.environ.pop(name, None)
    settings = Settings(data_dir=data.resolve())
    with clear_words():
        require_loopback(host)
        with listen_somewhere(host, port) as listening:
            upgrade(settings.url)
            notes, token = prepare(settings)
            environment = {"SPLITBOARD_DATA_DIR": str(settings.data_dir)}
            address, log_file = address_of(listening), settings.data_dir / "worker.log"
            programs = [
                server_program(listening, number=1, log_level="warning", environment=environment),
                embedded.worker_program(settings, address=address, token=token, log_file=log_file),
            ]
            if not notes.is_filled:
                tiers = "no-torch" if fast or no_torch or not has_torch() else "torch"
                count = min(students, FEW) if fast else students
                programs.append(filling_program(count, tiers=tiers, environment=environment))
            typer.echo(welcome(address, settings.data_dir, notes))
            Supervisor(programs, say=lambda line: typer.echo(line, err=True)).run()
    typer.echo("Stopped. The next start goes on with the same course.")


def require_loopback(host: str) -> None:
    """Raise Invalid for an address that others can reach."""
    if not is_loopback(host):
        raise Invalid(
            f"The demonstration prints its passwords, so it listens on this machine alone and not on {host}. "
            "`splitboard serve` is for a course."
        )


def listen_somewhere(host: str, port: int | None) -> socket.socket:
    """A socket on the port that was asked for, or on 8080, or where that is taken on any free one."""
    if port is not None:
        return listen(host, port)
    try:
        return listen(host, PORT)
    except Conflict:
        return listen(host, 0)


def prepare(settings: Settings) -> tuple[Notes, str]:
    """The notes of the course, which now stands, and a token for its worker."""
    notes = Notes.read(settings.data_dir)
    notes.write(settings.data_dir)

    def work(session: Session) -> str:
        found_course(session, notes.logins, now=utc_now())
        return embedded.fresh_token(session, now=utc_now())

    with opened(settings) as db:
        return notes, db.write(work)


def has_torch() -> bool:
    """Whether PyTorch is installed and wanted."""
    unwanted = os.environ.get("SPLITBOARD_NO_TORCH", "0") not in ("", "0")
    return not unwanted and importlib.util.find_spec("torch") is not None


def filling_program(students: int, *, tiers: str, environment: dict[str, str]) -> Program:
    """What fills the course; `tiers` is 'torch' or 'no-torch'."""
    return Program(
        name="the simulation",
        module="server.demo",
        arguments=(str(students), tiers),
        environment=environment | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        niceness=embedded.NICENESS,
    )


def welcome(address: str, folder: Path, notes: Notes) -> str:
    """What the person at the terminal needs: the address, the logins, and how it ends."""
    logins = [f"  {login.username:12}  {login.password}  {login.sees}" for login in notes.logins]
    state = "as you left it" if notes.is_filled else "it fills up while you look"
    return "\n".join(
        [
            "",
            f"Splitboard: a machine-learning course on {address}; {state}.",
            "",
            *logins,
            "",
            f"Ctrl-C stops it. The course lies in {folder}; remove the folder to begin anew.",
            "",
        ]
    )
