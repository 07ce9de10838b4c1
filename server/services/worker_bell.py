"""The bell for GPU workers: with a broker, a message with a run's id; without one, workers ask by themselves.

A message carries no truth: it may be lost or repeated. The row of the run decides, and
`server/services/sweeper.py` rings again for runs that stay due.
"""

import asyncio

from server.logs import logger_of
from server.settings import Settings

TASK = "baselines.run"  # named by its string: the server never imports the task
QUEUE = "gpu"
log = logger_of(__name__)


class Bell:
    """Wakes a worker for a run; silent in the embedded mode."""

    def __init__(self, settings: Settings) -> None:
        self._celery = None
        if settings.redis_url is not None:
            from celery import Celery  # noqa: PLC0415 - a server without a broker does without

            broker = settings.redis_url.get_secret_value()
            self._celery = Celery("splitboard", broker=broker, set_as_current=False)
            self._celery.conf.update(task_serializer="json", accept_content=["json"], task_ignore_result=True)

    async def ring_all(self, run_ids: list[int]) -> None:
        """`ring` for each of these runs, from the event loop: a slow broker makes nobody else wait."""
        for run_id in run_ids:
            await asyncio.to_thread(self.ring, run_id)

    def ring(self, run_id: int) -> None:
        """Send the run's id to the queue; a broker that is away only delays the run until the next sweep."""
        if self._celery is None:
            return
        from celery.exceptions import OperationalError  # noqa: PLC0415 - as above

        try:
            self._celery.send_task(TASK, args=[run_id], queue=QUEUE, retry=False)
        except OperationalError as error:
            log.warning("the broker is away, the sweep will ring again", run=run_id, reason=str(error))
