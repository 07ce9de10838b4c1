"""The lease of a run: news on its way arrive before what follows them."""

import threading
from typing import Any

from baselines.worker.lease import Lease
from client.api.types.competitions import Claim, ClaimedRun, Progress


class SlowServer:
    """A server that takes a heartbeat only when it is let."""

    def __init__(self) -> None:
        self.is_asked, self.may_answer = threading.Event(), threading.Event()
        self.epochs: list[float | None] = []

    def heartbeat(self, run_id: object, *, progress: Progress | None, **rest: Any) -> None:
        self.is_asked.set()
        self.may_answer.wait(timeout=10)
        self.epochs.append(None if progress is None else progress.epoch)


def test_the_last_step_is_told_before_the_report_even_when_a_beat_is_on_its_way_with_it() -> None:
    run = ClaimedRun(id=1, tier="simple", seed=0, homework="hw", competition="c")
    server = SlowServer()
    lease = Lease(server, Claim(run=run, lease_token="t", lease_seconds=3.0))  # type: ignore[arg-type]
    with lease:
        lease.tell(Progress(epoch=2.0), "")
        assert server.is_asked.wait(timeout=10)
        threading.Timer(0.2, server.may_answer.set).start()

        lease.tell_now()

        assert server.epochs == [2.0]
