"""The worker behind a broker: a message on the queue "gpu" says which baseline run to ask the server for.

Started by `python -m baselines worker` when SPLITBOARD_REDIS_URL is set. A message carries a run's id and
nothing else; whoever forges or repeats one can at most make a worker ask for a run that the database does not
give it.
"""

import os
import signal
import threading
from typing import Any

from celery import Celery
from celery.exceptions import Reject
from celery.signals import worker_ready, worker_shutting_down

from baselines.run import LONGEST_SECONDS
from baselines.worker.serve import run_baseline
from baselines.worker.settings import WorkerSettings

QUEUE = "gpu"
TASK = "baselines.run"  # the server sends by this name, since it never imports us

app = Celery("splitboard", broker=os.environ.get("SPLITBOARD_REDIS_URL"))
app.conf.update(
    task_default_queue=QUEUE,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,  # results live in the database
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # A message that stays unacknowledged for longer than this is given to a second worker as well. Redis
    # looks for such messages at every tenth poll; a short interval makes that seconds instead of minutes.
    broker_transport_options={"visibility_timeout": 2 * LONGEST_SECONDS, "unacked_restore_interval": 0.5},
)
stop = threading.Event()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # celery ships no types
def leave_the_run(**_: Any) -> None:
    """Stop the training at once on SIGTERM, and give the run back."""
    stop.set()


@worker_ready.connect  # type: ignore[untyped-decorator]  # celery ships no types
def stop_on_usr1(**_: Any) -> None:
    """Take SIGUSR1 for SIGTERM: a cluster sends it before it takes a machine away."""
    signal.signal(signal.SIGUSR1, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


@app.task(name=TASK, bind=True)  # type: ignore[untyped-decorator]  # celery ships no types
def run(task: Any, run_id: int) -> None:
    """Train one baseline run, unless the server says that it is not due."""
    settings = WorkerSettings.from_environment()
    with settings.api() as api:
        run_baseline(run_id, api=api, settings=settings, stop=stop)
    if stop.is_set():
        raise Reject("this worker stops", requeue=True)
