"""Run a module as a child that ends when its parent does: python -m grader.processes.guarded MODULE.

A parent that is killed with SIGKILL can tell nobody. So it holds the only write end of a pipe whose read end
each child has: when the pipe closes, the parent is gone. A small guard in the child's process group waits for
that. It is a process and not a thread, so that it outlives whatever the module does: compute for minutes
without a pause, or become another program, as the worker does behind a broker. Nothing heavy is imported
here: a worker starts this way too, and it must not load the server.
"""

import os
import runpy
import signal
import sys
import time
from contextlib import suppress

PARENT_FD = "SPLITBOARD_PARENT_FD"  # environment variables by which a parent speaks to this module
NICENESS = "SPLITBOARD_NICENESS"
LAST_WORDS_SECONDS = 10.0  # between the parent's death, which asks the group to end, and its end
POLL_SECONDS = 0.1


def watch_parent() -> None:
    """Let a guard end this process' group when the parent has ended; without a parent's pipe do nothing.

    Call it before any thread is started, since it forks.
    """
    descriptor = int(os.environ.pop(PARENT_FD, "-1"))
    if descriptor < 0:
        return
    leader = os.getpid()
    if os.fork() == 0:
        _guard(descriptor, leader)
    os.close(descriptor)


def _guard(descriptor: int, leader: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # these are meant for the others; who ends the group ends us
    _let_go_of_all_but(descriptor)
    os.read(descriptor, 1)  # nobody ever writes: it returns when the last write end is closed
    os.killpg(0, signal.SIGTERM)
    end = time.monotonic() + LAST_WORDS_SECONDS
    while os.getppid() == leader and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    os.killpg(0, signal.SIGKILL)


def _let_go_of_all_but(descriptor: int) -> None:
    """Close what the guard has from the child: whoever reads the child's output waits for its last writer."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for name in os.listdir("/dev/fd"):
        if int(name) > 2 and int(name) != descriptor:
            with suppress(OSError):  # the one that listed them is closed already
                os.close(int(name))


def main(arguments: list[str]) -> None:
    """Become the module `arguments[0]` with the other arguments, guarded."""
    watch_parent()
    os.nice(int(os.environ.pop(NICENESS, "0")))
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
