"""What an unprivileged process can give up for good before it runs a custom metric, on Linux mostly.

Every function says whether the kernel did it. The child tries out afterwards what is really refused, so that
a kernel that promises and does not keep is noticed too.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from enum import StrEnum

from grader.custom_metrics.syscalls import allow_few_calls

LINUX = sys.platform == "linux"
CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x04000000, 0x08000000, 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITIES_VERSION = 0x20080522

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same on every architecture
LANDLOCK_VERSION, LANDLOCK_PATH_BENEATH = 1, 1
WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
FILE_RIGHTS_BY_VERSION = (0, 13, 14, 15, 15, 16)  # how many rights versions 0 to 5 know; later ones: 16
NET_RIGHTS, SCOPES = 0b11, 0b11  # bind and connect by TCP; abstract sockets and signals outside

NULL = "/dev/null"
SYSTEM_LIBRARIES = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/dev/urandom",
    NULL,
)
MOST_DESCRIPTORS, MOST_THREADS = 64, 128


class Mechanism(StrEnum):
    """A wall that the kernel may offer. Tests leave single ones out."""

    NAMESPACES = "namespaces"
    LANDLOCK = "landlock"
    SECCOMP = "seccomp"


def enter_namespaces() -> bool:
    """Move this process, which must have one thread, to a network of its own without any interface.

    False where the kernel or a container's rules forbid it.
    """
    if not LINUX:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    status: int = libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
    return status == 0


def give_up_privileges() -> None:
    """Drop every capability, and let no program that is started ever bring one back."""
    if not LINUX:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    number = CAPSET.get(platform.machine())
    if number is not None:
        header, capabilities = struct.pack("Ii", CAPABILITIES_VERSION, 0), bytes(24)
        libc.syscall(ctypes.c_long(number), header, capabilities)


def show_libraries_alone(readable: Iterable[str]) -> int:
    """Let this process and its children read these folders and the system's libraries, and open nothing else.

    Returns the version of Landlock that does it, 0 where the kernel has none. Needs NO_NEW_PRIVS.
    """
    version = _landlock_version() if LINUX else 0
    if version < 1:
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    rights = (1 << FILE_RIGHTS_BY_VERSION[min(version, 5)]) - 1
    attributes = struct.pack("QQQ", rights, NET_RIGHTS if version >= 4 else 0, SCOPES if version >= 6 else 0)
    attributes = attributes[: 24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = libc.syscall(
        ctypes.c_long(LANDLOCK_CREATE), attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        return 0
    try:
        for path in (*readable, *SYSTEM_LIBRARIES):
            _show(libc, ruleset, path, rights)
        status: int = libc.syscall(
            ctypes.c_long(LANDLOCK_RESTRICT), ctypes.c_int(ruleset), ctypes.c_uint32(0)
        )
    finally:
        os.close(ruleset)
    return version if status == 0 else 0


def _landlock_version() -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    version: int = libc.syscall(
        ctypes.c_long(LANDLOCK_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint32(LANDLOCK_VERSION)
    )
    return version


def _show(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there need not be shown
    access = READ_FILE | (READ_DIR if os.path.isdir(path) else 0)
    if path == NULL:
        access |= WRITE_FILE | TRUNCATE
    rule = struct.pack("=Qi", access & rights, descriptor)
    libc.syscall(
        ctypes.c_long(LANDLOCK_ADD),
        ctypes.c_int(ruleset),
        ctypes.c_int(LANDLOCK_PATH_BENEATH),
        rule,
        ctypes.c_uint32(0),
    )
    os.close(descriptor)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent, which must have one thread, ends."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # it ended before it was asked for


def virtual_memory() -> int:
    """The bytes of address space that this process has mapped, its libraries included; 0 if unknown."""
    if not LINUX:
        return 0
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def set_limits(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Cap this process. memory_bytes: address space in all; cpu_seconds: of all its threads together.

    Files it writes may hold 0 bytes. Processes of its user are counted where the kernel counts them.
    """
    limits = {
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 1),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NOFILE: (MOST_DESCRIPTORS, MOST_DESCRIPTORS),
    }
    if LINUX:  # macOS does not hold RLIMIT_AS, and refuses to set it below what is mapped
        limits[resource.RLIMIT_AS] = (memory_bytes, memory_bytes)
    processes = MOST_THREADS if LINUX else 1  # elsewhere threads are not counted, so none may follow this one
    for kind, ends in (limits | {resource.RLIMIT_NPROC: (processes, processes)}).items():
        most = resource.getrlimit(kind)[1]
        low, high = (min(end, most) if most != resource.RLIM_INFINITY else end for end in ends)
        resource.setrlimit(kind, (low, high))


def threads_are_counted(user: int, *, namespaces: bool) -> bool:
    """Whether RLIMIT_NPROC counts the sandbox's threads alone. user: who started it, as seen outside.

    Not so outside a namespace, where it counts all of the user's, nor for root, whom the kernel lets pass.
    """
    return namespaces and user != 0


__all__ = [
    "Mechanism",
    "allow_few_calls",
    "die_with",
    "enter_namespaces",
    "give_up_privileges",
    "set_limits",
    "show_libraries_alone",
    "threads_are_counted",
    "virtual_memory",
]
