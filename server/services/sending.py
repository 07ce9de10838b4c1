"""A thread that sends what waits in the database, beside the event loop: mails, scores for platforms.

No request waits for it and it waits for no request. Several servers share what waits by its claims; when the
process ends in the middle of a piece, its lease runs out and another thread takes it up.
"""

import threading
from abc import ABC, abstractmethod

from server.logs import logger_of

BATCH = 50  # pieces claimed at once
BATCH_SECONDS = 120.0  # well within the lease; what is left of a batch then is given back
AWAY_SECONDS = 60.0  # before another look where the database, or whoever takes the pieces, is away
STOP_SECONDS = 3.0  # how long the end of the process waits for a piece in hand
log = logger_of(__name__)


class SendingThread(ABC):
    """Looks for what is due until it is stopped.

    name: of the thread. failure: what the log says where a look fails, as when the database is away.
    """

    def __init__(self, *, name: str, failure: str) -> None:
        self._failure = failure
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        """Whether a look should end with the piece in hand."""
        return self._stopping.is_set()

    @abstractmethod
    def look(self) -> float:
        """Send what is due; the seconds to the next look."""

    def start(self) -> None:
        """Begin to look for what is due."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece in hand, or without it where its taker hangs."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    def _serve(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                pause = self.look()
            except Exception:  # the database may be away for a while; the next look tries again
                pause = AWAY_SECONDS
                if not self.is_stopping:
                    log.exception(self._failure)
