"""A Redis for the tests: the real server where one is installed, else fakeredis' over TCP."""

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from fakeredis import TcpFakeServer

from tests.journeys.town import free_port


@contextmanager
def broker() -> Iterator[str]:
    """The address of an empty Redis on a free port."""
    port = free_port()
    with _real(port) if shutil.which("redis-server") else _fake(port):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _real(port: int) -> Iterator[None]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _fake(port: int) -> Iterator[None]:
    server = TcpFakeServer(("127.0.0.1", port), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wait(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            with redis.Redis(port=port) as client:
                client.ping()
            return
        except redis.ConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
