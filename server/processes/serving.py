"""One web server process on an open socket: `grader.guarded server.processes.serving FD`.

Several of them may share the socket; the kernel hands each connection to one that waits.
"""

import socket
import sys

import uvicorn

from server import logs
from server.settings import get_settings

GRACE_SECONDS = 5  # for requests in flight when the server is told to end
STARTUP_FAILED = 3


def main(arguments: list[str]) -> None:
    """Serve on the socket with the descriptor `arguments[0]`."""
    descriptor = int(arguments[0])
    logs.configure(get_settings().log_level)
    config = uvicorn.Config(
        "server.app:create_app",
        factory=True,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[socket.socket(fileno=descriptor)])
    if not server.started:
        sys.exit(STARTUP_FAILED)


if __name__ == "__main__":
    main(sys.argv[1:])
