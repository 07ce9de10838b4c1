"""splitboard serve"""

from typing import Annotated

import typer

from server.clock import utc_now
from server.commands.refusals import print_refusals
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.people.accounts import worker_account as worker_accounts
from server.processes.environment import environment_of
from server.processes.programs import server_program, worker_program
from server.processes.sockets import address_of, is_loopback, listen
from server.processes.supervisor import Program, Supervisor
from server.services.schema import upgrade
from server.settings import LogLevel, Settings

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: SPLITBOARD_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; default: SPLITBOARD_PORT.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="Server processes on this one port.")] = 1,
    worker: Annotated[
        bool | None,
        typer.Option("--worker/--no-worker", help="Train baselines here; default: where there is no Redis."),
    ] = None,
    log_level: Annotated[
        LogLevel | None,
        typer.Option(help="Least important lines to log; default: SPLITBOARD_LOG_LEVEL, info."),
    ] = None,
    data: DataDir = None,
) -> None:
    """Bring the database to the newest schema and serve until Ctrl-C; crashed processes are started again."""
    settings = settings_for(data)
    if log_level is not None:
        settings = settings.model_copy(update={"log_level": log_level})
    with print_refusals():
        listener = listen(host or settings.host, settings.port if port is None else port)
        upgrade(settings.url)
    address = address_of(listener)
    environment = environment_of(settings)
    programs = [
        server_program(listener, number=number, environment=environment) for number in range(1, processes + 1)
    ]
    if settings.redis_url is None if worker is None else worker:
        programs.append(embedded_worker(settings, address))
    typer.echo(f"Splitboard serves {address} from {settings.data_dir.resolve()}. Ctrl-C stops it.")
    warning = clear_text_warning(listener.getsockname()[0], settings.origin)
    if warning is not None:
        typer.secho(warning, fg="yellow", err=True)
    Supervisor(programs, say=lambda line: typer.echo(line, err=True)).run()


def clear_text_warning(host: str, origin: str | None) -> str | None:
    """What to say where other machines reach `host`, and nothing tells that they do so over https."""
    if is_loopback(host) or (origin or "").startswith("https://"):
        return None
    return (
        f"Warning: other machines reach this port ({host}), and SPLITBOARD_ORIGIN names no https:// address: "
        "passwords and scores cross the network for everybody on the way to read. Put a proxy with TLS in "
        "front, listen on 127.0.0.1, and set SPLITBOARD_ORIGIN to the address that people open."
    )


def embedded_worker(settings: Settings, address: str) -> Program:
    """The embedded worker with a token made for this start."""
    with open_database(settings) as db:
        token = db.write(lambda session: worker_accounts.fresh_token(session, now=utc_now()))
    return worker_program(settings.data_dir, address=address, token=token)
