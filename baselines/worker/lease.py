"""Keeping a claimed run: a thread that often enough tells the server that it lives and how far it is."""

import logging
import threading
import time
from types import TracebackType
from typing import Self

from client.api.client import Api
from client.api.errors import ApiError, ClientError
from client.api.types.competitions import Claim, Progress
from client.api.types.runs import Point

log = logging.getLogger("splitboard.worker")
BEATS_PER_LEASE = 3  # two may be lost before the lease runs out
NEWS_SECONDS = 1.0  # progress is told this often while there is some
LOG_MOST = 100_000  # characters kept while the server is away, the latest
POINTS_MOST = 500  # of the curve, likewise; every second one goes when there are more


class Lease:
    """The lease of one claimed run, kept alive inside a `with` block; any thread may call any method."""

    def __init__(self, api: Api, claim: Claim) -> None:
        self._api, self._claim = api, claim
        self._lock, self._beating = threading.Lock(), threading.Lock()
        self._progress: Progress | None = None
        self._points: list[Point] = []
        self._text = ""
        self._beaten_at = time.monotonic()
        self._closing, self._lost = threading.Event(), threading.Event()
        self._thread = threading.Thread(
            target=self._beat_on, name=f"lease of run {claim.run.id}", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join(timeout=5)

    @property
    def token(self) -> str:
        """What the server knows this lease by."""
        return self._claim.lease_token

    def tell(self, progress: Progress | None, text: str) -> None:
        """Keep news for the next beat: progress, unless it has not moved, and new text of the log."""
        with self._lock:
            self._progress = progress or self._progress
            if progress is not None and progress.epoch is not None:
                point = Point(epoch=progress.epoch, loss=progress.loss, score=progress.score)
                self._points = _few([*self._points, point])
            self._text = (self._text + text)[-LOG_MOST:]

    def take_log(self) -> str:
        """The text that no beat has told yet; whoever takes it must tell it."""
        with self._lock:
            text, self._text = self._text, ""
            return text

    def tell_now(self) -> None:
        """Tell the server what no beat has told yet: the last step of a training that is over at once.

        A beat on its way is waited for: it may carry that step, and must not come after the run's report.
        """
        with self._beating:
            if self._has_news() and self.is_ours():
                self._beat()

    def is_ours(self) -> bool:
        """Say whether the run is still ours as far as we know."""
        return not self._lost.is_set()

    def notice(self, refusal: ApiError) -> bool:
        """Say whether this refusal means that the run is no longer ours, and remember it."""
        if refusal.code == "lease_lost" or refusal.status == 404:
            self._lost.set()
        return self._lost.is_set()

    def _beat_on(self) -> None:
        third = self._claim.lease_seconds / BEATS_PER_LEASE
        while self.is_ours() and not self._closing.wait(min(NEWS_SECONDS, third)):
            is_due = time.monotonic() - self._beaten_at >= third - NEWS_SECONDS
            with self._beating:
                if is_due or self._has_news():
                    self._beat()

    def _has_news(self) -> bool:
        with self._lock:
            return bool(self._progress or self._text)

    def _beat(self) -> None:
        text = self.take_log()
        with self._lock:
            progress, self._progress = self._progress, None
            points, self._points = self._points, []
        try:
            self._api.heartbeat(
                self._claim.run.id, lease_token=self.token, progress=progress, points=points, log=text
            )
            self._beaten_at = time.monotonic()
        except ClientError as fault:
            if isinstance(fault, ApiError) and self.notice(fault):
                return
            log.warning("run %s: a heartbeat went unheard: %s", self._claim.run.id, fault)
            with self._lock:
                self._text = (text + self._text)[-LOG_MOST:]
                self._progress = self._progress or progress
                self._points = _few(points + self._points)


def _few(points: list[Point]) -> list[Point]:
    return points if len(points) <= POINTS_MOST else [*points[:-1:2], points[-1]]
