"""One web server process on an open socket: `grader.processes.guarded server.processes.serving FD`.

Several of them may share the socket; the kernel hands each connection to one that waits.
"""

import resource
import socket
import sys

import uvicorn

from server import logs
from server.processes.connections import Bounds, connection_within
from server.settings import Settings, get_settings

GRACE_SECONDS = 5  # for requests in flight when the server is told to end
STARTUP_FAILED = 3
DESCRIPTORS = 65_536  # that a process asks for; it gets no more than the system's hard limit
SPARE_DESCRIPTORS = 200  # for files, the database and children: the rest is for connections
FEWEST_CONNECTIONS = 16


def main(arguments: list[str]) -> None:
    """Serve on the socket with the descriptor `arguments[0]`."""
    descriptor = int(arguments[0])
    settings = get_settings()
    logs.configure(settings.log_level)
    config = uvicorn.Config(
        "server.app:create_app",
        factory=True,
        loop="uvloop",
        http=connection_within(bounds(settings, descriptors=raise_descriptors())),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # the application does that, and still knows who has connected
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[socket.socket(fileno=descriptor)])
    if not server.started:
        sys.exit(STARTUP_FAILED)


def raise_descriptors() -> int:
    """How many files and sockets this process may have open, after it has asked for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def bounds(settings: Settings, *, descriptors: int) -> Bounds:
    """The settings' bounds on connections, within what so many descriptors allow."""
    return Bounds(
        connections=min(settings.connections, max(FEWEST_CONNECTIONS, descriptors - SPARE_DESCRIPTORS)),
        head_seconds=settings.head_seconds,
        still_seconds=settings.still_seconds,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
