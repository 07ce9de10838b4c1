"""The programs that the supervisor runs: server processes that share a socket, and the worker beside them."""

import socket
from collections.abc import Mapping
from pathlib import Path

from server.processes.supervisor import Program

DELAY_SECONDS = 2.0  # until the first page is there, more or less
NICENESS = 5  # what trains and what simulates steps back for the pages


def server_program(listener: socket.socket, *, number: int, environment: Mapping[str, str]) -> Program:
    """The server process `number` on this socket, with its settings in `environment`.

    It is told where it listens, whatever its settings say: links in mails lead there where no origin is set.
    """
    descriptor = listener.fileno()
    host, port = listener.getsockname()[:2]
    return Program(
        name=f"server process {number}",
        module="server.processes.serving",
        arguments=(str(descriptor),),
        environment={**environment, "SPLITBOARD_HOST": host, "SPLITBOARD_PORT": str(port)},
        descriptors=(descriptor,),
    )


def worker_program(data_dir: Path, *, address: str, token: str, log_file: Path | None = None) -> Program:
    """The embedded worker, which speaks to the server at `address` as one on another machine would.

    It gets no database address, and no broker: it asks for due runs.
    """
    return Program(
        name="the worker",
        module="baselines",
        arguments=("worker",),
        environment={
            "SPLITBOARD_URL": address,
            "SPLITBOARD_WORKER_TOKEN": token,
            "SPLITBOARD_WORK_DIR": str(data_dir.resolve() / "worker"),
            "SPLITBOARD_DATABASE_URL": "",
            "SPLITBOARD_REDIS_URL": "",
        },
        log_file=log_file,
        delay_seconds=DELAY_SECONDS,
        niceness=NICENESS,
        leaves_first=True,  # it gives back the run that it trains
    )
