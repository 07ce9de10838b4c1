"""Run a module as a child of the supervisor, and end when the supervisor does: python -m server.supervised MODULE.

A supervisor that is killed with SIGKILL can tell nobody. So it holds the only write end of a pipe whose read
end each child has: when the read end closes, the supervisor is gone. On Linux the kernel sends a signal as
well, which still works after the child has become another program. Nothing heavy is imported here: the worker
starts this way too, and it must not load the server.
"""

import contextlib
import ctypes
import os
import runpy
import signal
import sys
import threading
import time

PARENT_FD = "SPLITBOARD_PARENT_FD"  # environment variables by which the supervisor speaks to its children
NICENESS = "SPLITBOARD_NICENESS"
PR_SET_PDEATHSIG = 1  # of Linux' prctl(2)
LAST_WORDS_SECONDS = 10.0  # between the parent's death, which asks us to end, and the end


def watch_parent() -> None:
    """End this process and its group soon after the supervisor has ended; without a supervisor do nothing."""
    descriptor = os.environ.pop(PARENT_FD, None)
    if descriptor is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.set_inheritable(int(descriptor), False)
    threading.Thread(target=_end_with_parent, args=[int(descriptor)], name="parent", daemon=True).start()


def _end_with_parent(descriptor: int) -> None:
    os.read(descriptor, 1)  # nobody ever writes: it returns when the last write end is closed
    os.killpg(0, signal.SIGTERM)
    time.sleep(LAST_WORDS_SECONDS)
    os.killpg(0, signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Become the module `arguments[0]` with the other arguments, watched over."""
    watch_parent()
    os.nice(int(os.environ.pop(NICENESS, "0")))
    sys.argv = arguments
    # The supervisor stops us by SIGTERM; a module that has no handler of its own ends by it.
    with contextlib.suppress(KeyboardInterrupt):
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
