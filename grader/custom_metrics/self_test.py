"""What a score cannot do here, tried out by a process in its place: a report should not rest on a promise."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress

SECRETS = ("/proc/self/environ", "/proc/1/environ", "/etc/passwd")
NOWHERE = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def run(shut_in: Callable[[int], None]) -> dict[str, int]:
    """Which deeds were refused to a process that `shut_in` confined: 1 for refused, 0 for done.

    shut_in: is given a descriptor to keep, and confines the process that calls it.
    """
    descriptor = os.open(os.devnull, os.O_RDONLY)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            shut_in(descriptor)
            os._exit(
                sum(1 << place for place, deed in enumerate(DEEDS.values()) if _is_refused(deed, parent))
            )
        finally:
            os._exit(0)
    os.close(descriptor)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    bits = max(code, 0)  # one that was killed has shown nothing
    return {f"no_{name}": bits >> place & 1 for place, name in enumerate(DEEDS)}


def _is_refused(deed: Callable[[int], None], parent: int) -> bool:
    try:
        deed(parent)
    except OSError:
        return True
    return False


def _reach_the_network(_: int) -> None:
    """Succeed if any address has a way to it; nothing is sent."""
    failure: OSError | None = None
    for family, address in NOWHERE.items():
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((address, 9))
        except OSError as error:
            failure = error
        else:
            return
    assert failure is not None, "every family failed or one succeeded"
    raise failure


def _open_a_local_socket(_: int) -> None:
    socket.socket(socket.AF_UNIX).close()


def _read_a_secret(_: int) -> None:
    """Succeed if any file that is no library's can be opened."""
    for path in SECRETS:
        with suppress(OSError):
            os.close(os.open(path, os.O_RDONLY))
            return
    raise PermissionError


def _start_a_process(_: int) -> None:
    if os.fork() == 0:
        os._exit(0)
    os.wait()


def _signal_another(parent: int) -> None:
    os.kill(parent, 0)


DEEDS: dict[str, Callable[[int], None]] = {
    "network": _reach_the_network,
    "local_sockets": _open_a_local_socket,
    "files": _read_a_secret,
    "processes": _start_a_process,
    "signals": _signal_another,
}
