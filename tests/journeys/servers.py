"""Servers as processes of their own, forked from one that has loaded what each of them would load anew.

A server starts in a fifth of the time so. `tests/journeys/test_log_lines.py` starts one by its command.
"""

import multiprocessing
import os
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

import uvicorn

from tests.support.tls import Certificate

WHAT_SERVERS_LOAD = ["server.app", "server.services.rescores.start_workers", __name__]


class ServerProcess:
    """A server of this factory, with this environment alone, in a session of its own."""

    def __init__(
        self, factory: str, *, port: int, environment: dict[str, str], tls: Certificate | None = None
    ) -> None:
        self._process = _forks().Process(target=_serve, args=(factory, port, environment, tls))
        self._process.start()
        self.pid = _pid_of(self._process)

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """How it ended, once it has."""
        self._process.join()
        return self._process.exitcode


@cache
def _forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(WHAT_SERVERS_LOAD)
    return context


def _pid_of(process: ForkServerProcess) -> int:
    assert process.pid is not None
    return process.pid


def _serve(factory: str, port: int, environment: dict[str, str], tls: Certificate | None) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    own: dict[str, Any] = {} if tls is None else {"ssl_certfile": tls.chain, "ssl_keyfile": tls.key}
    uvicorn.run(factory, factory=True, port=port, log_level="warning", **own)
