"""The calls of a baseline worker: claim a run, keep its lease, hand in predictions and the report."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from client.api.decode import Json, Time, encode
from client.api.transport import Transport
from client.api.types.competitions import Claim, ClosedRun, Id, Progress
from client.api.types.runs import Abilities, Cost, Point
from client.api.uploads import Upload


@dataclass(frozen=True, kw_only=True)
class _Lease:
    lease_until: Time


@dataclass(frozen=True, kw_only=True)
class _Taken:
    submission_id: Id


class WorkerApi:
    """Routes for a worker token. An ApiError `lease_lost` (409) means that another worker has the run: stop.

    None of these calls repeats itself after a cut connection: only the worker knows whether its lease can
    still stand, so it decides.
    """

    _transport: Transport

    def claim_run(
        self,
        *,
        worker: str,
        run_id: Id | None = None,
        abilities: Abilities | None = None,
        seconds_most: float | None = None,
    ) -> Claim | None:
        """Take the named run, or whichever is due that fits; None when there is none to take.

        seconds_most: no run that usually takes longer.
        """
        body: dict[str, Json] = {
            "worker": worker,
            "run_id": run_id,
            "abilities": encode(abilities),
            "seconds_most": seconds_most,
        }
        answer = self._transport.request("POST", "/api/worker/claim", body=body)
        if answer.status_code == 204:
            return None
        return self._transport.shaped(Claim, self._transport.json_object(answer), where="/api/worker/claim")

    def heartbeat(
        self,
        run_id: Id,
        *,
        lease_token: str,
        progress: Progress | None = None,
        points: Sequence[Point] = (),
        log: str = "",
    ) -> datetime:
        """Tell how far the run is, with new points of its curve and log lines; return when the lease ends."""
        body: dict[str, Json] = {
            "lease_token": lease_token,
            "progress": encode(progress),
            "points": encode(points),
            "log": log,
        }
        return self._transport.call(_Lease, "POST", f"{_run_path(run_id)}/heartbeat", body=body).lease_until

    def post_predictions(self, run_id: Id, *, lease_token: str, predictions: Path | bytes) -> Id:
        """Hand in the predictions of a run and return the submission's id; the run's report must follow."""
        upload = Upload.of(predictions)
        path = f"{_run_path(run_id)}/predictions"
        answer = self._transport.upload(
            path, body=upload.body(None), size=upload.size, query={"lease_token": lease_token}, headers={}
        )
        return self._transport.shaped(_Taken, self._transport.json_object(answer), where=path).submission_id

    def post_report(
        self,
        run_id: Id,
        *,
        lease_token: str,
        device: str,
        seconds: float,
        peak_memory_mb: float | None,
        versions: Mapping[str, str],
        cost: Cost | None = None,
        log: str = "",
    ) -> ClosedRun:
        """Close a run as succeeded, with what it took; `seconds` of wall time, `peak_memory_mb` in MiB."""
        body: dict[str, Json] = {
            **asdict(cost or Cost()),
            "lease_token": lease_token,
            "device": device,
            "seconds": seconds,
            "peak_memory_mb": peak_memory_mb,
            "versions": dict(versions),
            "log": log,
        }
        return self._transport.call(ClosedRun, "POST", f"{_run_path(run_id)}/report", body=body)

    def release_run(self, run_id: Id, *, lease_token: str, log: str = "") -> ClosedRun:
        """Give a run back that this worker must leave; the try does not count."""
        body: dict[str, Json] = {"lease_token": lease_token, "log": log}
        return self._transport.call(ClosedRun, "POST", f"{_run_path(run_id)}/release", body=body)

    def post_failure(self, run_id: Id, *, lease_token: str, error: str, log: str = "") -> ClosedRun:
        """Close a run as failed, with one sentence on why and the last log lines."""
        body: dict[str, Json] = {"lease_token": lease_token, "error": error, "log": log}
        return self._transport.call(ClosedRun, "POST", f"{_run_path(run_id)}/failure", body=body)


def _run_path(run_id: Id) -> str:
    return f"/api/baseline-runs/{run_id}"
