"""A lease that is renewed beside slow work, so that nobody else takes the work up meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta


@contextmanager
def beating(renew: Callable[[], object], *, lease: timedelta, lost: type[Exception]) -> Iterator[None]:
    """Call `renew` three times a lease until the block ends.

    lost: what `renew` raises once the lease is another's; the beat then ends, and the block's own next
    transaction finds that out.
    """
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(lease.total_seconds() / 3):
            try:
                renew()
            except lost:
                return

    thread = threading.Thread(target=beat, name="heart")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
