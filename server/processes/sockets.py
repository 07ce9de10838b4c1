"""The socket that the server processes share, and the address under which people reach it."""

import ipaddress
import socket
from contextlib import ExitStack

from server.domain.errors import Conflict

BACKLOG = 2048  # connections that may wait for a server process


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there, to be handed to children; port 0 takes a free one. Raises Conflict."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as on_failure:
            listener = on_failure.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
            listener.setblocking(False)
            on_failure.pop_all()
            return listener
    except OSError as error:
        reason = error.strerror or str(error)
        raise Conflict(
            f"Cannot listen on {host}, port {port}: {reason}. Choose another with --port."
        ) from None


def address_of(listener: socket.socket) -> str:
    """The address to open on this machine, such as http://127.0.0.1:8080."""
    host, port = listener.getsockname()[:2]
    ip = ipaddress.ip_address(host)
    if ip.is_unspecified:
        host = "127.0.0.1" if ip.version == 4 else "::1"
    return f"http://{f'[{host}]' if ip.version == 6 else host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this very machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
