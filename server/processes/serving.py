"""One web server process on an open socket: `server.processes.child server.processes.serving FD LEVEL`.

Several of them may share the socket; the kernel hands each connection to one that waits.
"""

import logging
import socket
import sys

import uvicorn

GRACE_SECONDS = 5  # for requests in flight when the server is told to end
STARTUP_FAILED = 3


def main(arguments: list[str]) -> None:
    """Serve on the socket with the descriptor `arguments[0]`; log from the level `arguments[1]` on."""
    descriptor, level = int(arguments[0]), arguments[1].upper()
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
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
