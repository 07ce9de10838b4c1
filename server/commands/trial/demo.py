"""splitboard demo

Nothing that needs the database is imported here: this process supervises, and the page is there the sooner.
"""

import importlib.util
import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from grader.processes import children as processes
from grader.processes.children import PROJECT
from server.commands.refusals import print_refusals
from server.domain.errors import Conflict, Invalid
from server.processes.programs import DELAY_SECONDS, NICENESS, server_program, worker_program
from server.processes.sockets import address_of, is_loopback, listen
from server.processes.supervisor import Program, Supervisor
from server.services.demo.notes import Notes

app = typer.Typer(add_completion=False)
HOST, PORT = "127.0.0.1", 8080
FOLDER = Path("splitboard-data", "demo")
MIGRATIONS = PROJECT / "migrations" / "versions"
FEW = 150  # students of a fast demonstration
# Settings of a real installation, which the demonstration never touches.
FOREIGN = (
    "SPLITBOARD_DATABASE_URL",
    "SPLITBOARD_REDIS_URL",
    "SPLITBOARD_ORIGIN",
    "SPLITBOARD_SMTP_URL",
    "SPLITBOARD_MAIL_FROM",
)


@app.command()
def demo(
    host: Annotated[
        str, typer.Option(help="A loopback address: the demonstration is for this machine.")
    ] = HOST,
    port: Annotated[int | None, typer.Option(help=f"Port; default: {PORT}, or any that is free.")] = None,
    data: Annotated[Path, typer.Option(help="Folder of the course; it is kept for the next start.")] = FOLDER,
    no_torch: Annotated[bool, typer.Option("--no-torch", help="Skip the tiers that need PyTorch.")] = False,
    students: Annotated[int, typer.Option(min=1, max=5000, help="How many there are.")] = 1280,
    fast: Annotated[
        bool, typer.Option("--fast", help=f"{FEW} students, two homeworks, and no tier with PyTorch.")
    ] = False,
) -> None:
    """A living course in the browser, with real scores from baselines that are trained while you look."""
    folder = data.resolve()
    # Mails become files beside the course: nobody is written to from a demonstration.
    environment = {
        "SPLITBOARD_DATA_DIR": str(folder),
        "SPLITBOARD_MAIL_DIR": str(folder / "mails"),
        "SPLITBOARD_LOG_LEVEL": "warning",
    }
    for name in FOREIGN:
        os.environ.pop(name, None)
    with print_refusals():
        require_loopback(host)
        listener = listen_somewhere(host, port)
        notes = open_course(folder, environment)
    address = address_of(listener)
    programs = [
        server_program(listener, number=1, environment=environment),
        worker_program(folder, address=address, token=notes.worker_token, log_file=folder / "worker.log"),
    ]
    if not notes.is_filled:
        with_torch = has_torch() and not no_torch and not fast
        count = min(students, FEW) if fast else students
        choices = ("torch" if with_torch else "no-torch", "two" if fast else "all")
        programs.append(filling_program(count, choices, environment))
    typer.echo(welcome(address, folder, notes))
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


def open_course(folder: Path, environment: dict[str, str]) -> Notes:
    """The notes of the course in `folder`, which is made or brought to the newest schema at need.

    Raises Invalid when that fails.
    """
    notes = Notes.read(folder)
    if notes.worker_token and schema_of(folder / "splitboard.db") == newest_schema():
        return notes
    process = processes.start(
        "server.services.demo.course", environment=processes.own_environment(environment)
    )
    status = process.wait()
    processes.end_group(process)  # its guard, which waits for us
    if status != 0:
        raise Invalid(f"The course could not be made in {folder}; the lines above say why.")
    return Notes.read(folder)


def schema_of(database: Path) -> str:
    """The schema that a SQLite file has, such as "0003"; empty when it has none or is not there."""
    if not database.exists():
        return ""
    try:
        with closing(sqlite3.connect(database)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


def newest_schema() -> str:
    """The schema that this version of Splitboard needs; a migration's file name begins with it."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("[0-9]*_*.py"))


def has_torch() -> bool:
    """Whether PyTorch is installed and wanted."""
    is_unwanted = os.environ.get("SPLITBOARD_NO_TORCH", "0") not in ("", "0")
    return not is_unwanted and importlib.util.find_spec("torch") is not None


def filling_program(students: int, choices: tuple[str, str], environment: dict[str, str]) -> Program:
    """What fills the course; `choices` are 'torch' or 'no-torch', and 'all' homeworks or 'two'."""
    return Program(
        name="the simulation",
        module="server.services.demo.fill",
        arguments=(str(students), *choices),
        environment=environment | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        delay_seconds=DELAY_SECONDS,
        niceness=NICENESS,
    )


def welcome(address: str, folder: Path, notes: Notes) -> str:
    """What the person at the terminal needs: the address, the logins, and how it ends."""
    state = "as you left it" if notes.is_filled else "it fills up while you look"
    lines = [
        "",
        f"Splitboard: a machine-learning course on {address} ({state})",
        "",
        *(f"  {login.username:12}  {login.password}  {login.sees}" for login in notes.logins),
        "",
        f"Ctrl-C stops it. The course lies in {folder}; remove the folder to begin anew.",
        "",
    ]
    return "\n".join(lines)
