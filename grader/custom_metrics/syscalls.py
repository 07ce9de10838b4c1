"""The system calls a custom metric may make, as a filter that the kernel holds it to (seccomp, Linux).

The list says what numerical Python needs: memory, its own descriptors, clocks, reading libraries. All else is
answered "not permitted", so sockets, new programs, tracing, signals to others, mounts, and whatever later
kernels invent are refused without being named.
"""

import ctypes
import errno
import platform
import sys

NAMES = ("x86_64", "aarch64")
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_* of linux/audit.h

# Numbers on x86_64 and on aarch64; None where the call does not exist. The most frequent ones come first.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "futex": (202, 98),
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "madvise": (28, 233),
    "mremap": (25, 216),
    "mprotect": (10, 226),
    "brk": (12, 214),
    "mincore": (27, 232),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "lseek": (8, 62),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "stat": (4, None),
    "lstat": (6, None),
    "statx": (332, 291),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "getdents64": (217, 61),
    "dup": (32, 23),
    "dup3": (292, 24),
    "flock": (73, 32),
    "fadvise64": (221, 223),
    "set_robust_list": (273, 99),
    "get_robust_list": (274, 100),
    "rseq": (334, 293),
    "membarrier": (324, 283),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "setrlimit": (160, 164),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getgroups": (115, 158),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getcpu": (309, 168),
    "get_mempolicy": (239, 236),
    "getrandom": (318, 278),
    "poll": (7, None),
    "ppoll": (271, 73),
    "pselect6": (270, 72),
    "select": (23, None),
    "pipe2": (293, 59),
    "eventfd2": (290, 19),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "set_tid_address": (218, 96),
    "restart_syscall": (219, 128),
}
OPENING: dict[str, tuple[int | None, int | None]] = {"openat": (257, 56), "open": (2, None)}
CLONE, CLONE3, PRLIMIT, IOCTL, FCNTL = (56, 220), (435, 435), (302, 261), (16, 29), (72, 25)

CLONE_THREAD = 0x00010000
# Duplicate, and flags of a descriptor. Not the commands that have the kernel signal another process.
FCNTL_COMMANDS = (0, 1, 2, 3, 4, 1030)
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # BPF: ld abs word, jeq, jset, ret
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000  # SECCOMP_RET_ALLOW, _ERRNO, _KILL_PROCESS
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16  # struct seccomp_data

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, value


class _Filter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("true", ctypes.c_uint8),
        ("false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filters", ctypes.POINTER(_Filter)))


def allow_few_calls(*, opening: bool, threads: bool) -> bool:
    """Hold this process from now on to the calls above; False where the kernel has no such filter.

    opening: files may be opened, because something else says which. threads: threads may be started, because
    something else counts them; a new process never may. Needs NO_NEW_PRIVS to be set.
    """
    if sys.platform != "linux" or platform.machine() not in NAMES or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    program = _program(NAMES.index(platform.machine()), opening=opening, threads=threads)
    filters = (_Filter * len(program))(*(_Filter(*instruction) for instruction in program))
    filter_program = _Program(len(program), ctypes.cast(filters, ctypes.POINTER(_Filter)))
    libc = ctypes.CDLL(None, use_errno=True)
    status: int = libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_program), 0, 0)
    return status == 0


def _program(machine: int, *, opening: bool, threads: bool) -> list[Instruction]:
    """The filter for NAMES[machine]. Jumps are counted from the next instruction."""
    program: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (EQUAL, 1, 0, ARCHITECTURE[NAMES[machine]]),
        (RETURN, 0, 0, KILL),  # the calls of another architecture have other numbers
        (LOAD, 0, 0, NUMBER_AT),
    ]
    for numbers in (ALLOWED | (OPENING if opening else {})).values():
        number = numbers[machine]
        if number is not None:
            program += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    if threads:
        program += _if_argument(0, CLONE[machine], ANY_BIT, CLONE_THREAD)
    program += _if_argument(0, PRLIMIT[machine], EQUAL, 0)  # limits of this process, of no other
    program += _if_argument(1, FCNTL[machine], EQUAL, *FCNTL_COMMANDS)
    # The C library tries clone3 first, and takes clone, whose flags can be seen here, if there is none.
    program += [(EQUAL, 0, 1, CLONE3[machine]), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    program += [(EQUAL, 0, 1, IOCTL[machine]), (RETURN, 0, 0, REFUSE | errno.ENOTTY)]
    return [*program, (RETURN, 0, 0, REFUSE | errno.EPERM)]


def _if_argument(place: int, number: int, test: int, *values: int) -> list[Instruction]:
    """Allow this call when its argument at `place`, as 32 bits, passes the test with one of the values."""
    tests = [step for value in values for step in ((test, 0, 1, value), (RETURN, 0, 0, ALLOW))]
    return [
        (EQUAL, 0, len(tests) + 2, number),
        (LOAD, 0, 0, ARGUMENTS_AT + 8 * place),
        *tests,
        (RETURN, 0, 0, REFUSE | errno.EPERM),
    ]
