"""Prepared answer keys in a process' memory, and the sandbox for those with a metric of their own."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from threading import Lock

from grader.custom_metrics.metric import CustomMetric
from grader.custom_metrics.sandbox import Sandbox
from grader.errors import MetricFailed
from grader.grade import AnyAnswerKey, read_answer_key
from grader.messages import Message, joined
from grader.spec import GradingSpec
from server.domain.files.file_store import FileStore
from server.domain.grading.grading_key import GradingKey
from server.logs import logger_of

log = logger_of(__name__)
KEPT_KEYS = 32  # answer keys held in memory; a key of a million rows takes about 100 MB


@dataclass
class _Place:
    """One answer key's place in memory, empty until its first use has prepared it."""

    lock: Lock = field(default_factory=Lock)
    prepared: AnyAnswerKey | None = None


class AnswerKeys:
    """Prepared answer keys, the last used kept in memory. Safe to share between threads.

    Each key has a lock of its own: who wants one that is being prepared waits for it, and nobody else does.
    scores_at_once: of custom metrics; as many as files are graded, or slow ones hold up the rest.
    """

    def __init__(
        self, store: FileStore, *, unconfined_metrics: bool = False, scores_at_once: int = 2
    ) -> None:
        self._store = store
        self._unconfined_metrics = unconfined_metrics
        self._is_told = False  # whether the log has what the sandbox lacks
        self._places: OrderedDict[int, _Place] = OrderedDict()
        self._lock = Lock()  # of the places; never held while a key is read
        self.sandbox = Sandbox(at_once=scores_at_once)

    def get(self, key: GradingKey) -> AnyAnswerKey:
        """The prepared answer key; read and prepared at its first use."""
        place = self._place(key.answer_key_id)
        with place.lock:
            if place.prepared is None:
                place.prepared = read_answer_key(self._store.read(key.sha256), self._spec(key))
            return place.prepared

    def require_walls(self) -> None:
        """Log what a metric could do on this machine that it should not.

        Raises MetricFailed where there is something, unless the installation allows it.
        """
        weaknesses = list(self.sandbox.start().weaknesses())
        if not self._is_told:
            self._is_told = True
            for weakness in weaknesses:
                log.error("the sandbox lacks a wall", weakness=weakness)
        if weaknesses and not self._unconfined_metrics:
            raise MetricFailed(
                joined(
                    *weaknesses,
                    Message(
                        "So no metric of a homework's own runs here. `splitboard sandbox` tells more; "
                        "SPLITBOARD_UNCONFINED_METRICS=true runs them all the same."
                    ),
                )
            )

    def close(self) -> None:
        """End the sandbox's process."""
        self.sandbox.close()

    def _place(self, answer_key_id: int) -> _Place:
        """The key's place, the last used now; the place of the one that was longest unused is given up."""
        with self._lock:
            place = self._places.setdefault(answer_key_id, _Place())
            self._places.move_to_end(answer_key_id)
            while len(self._places) > KEPT_KEYS:
                self._places.popitem(last=False)
            return place

    def _spec(self, key: GradingKey) -> GradingSpec:
        if key.metric_sha256 is None:
            return key.spec
        source = self._store.read(key.metric_sha256)
        return replace(
            key.spec,
            custom=CustomMetric.read(
                source, arguments=key.spec.arguments, higher_is_better=key.higher_is_better
            ),
        )
