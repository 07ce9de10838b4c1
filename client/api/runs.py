"""The calls by which staff ask for baseline runs, watch them, and end them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from client.api.decode import Json
from client.api.transport import Transport
from client.api.types.competitions import Id, Run, WholeRun
from client.api.types.runs import TierCost


@dataclass(frozen=True, kw_only=True)
class _Runs:
    runs: tuple[Run, ...]


@dataclass(frozen=True, kw_only=True)
class _TierCosts:
    tiers: tuple[TierCost, ...]


class RunApi:
    """Routes of baseline runs, for a course's staff where nothing else is said."""

    _transport: Transport

    def request_runs(
        self, slug: str, tiers: Sequence[str], *, seed: int = 0, seeds: Sequence[int] | None = None
    ) -> tuple[Run, ...]:
        """Ask for one baseline run of each tier with `seed`, or with each of `seeds`."""
        all_seeds: list[Json] = [seed] if seeds is None else [*seeds]
        body: dict[str, Json] = {"tiers": list(tiers), "seeds": all_seeds}
        return self._transport.call(_Runs, "POST", _of(slug), body=body).runs

    def runs(self, slug: str) -> tuple[Run, ...]:
        """The competition's baseline runs, the newest first."""
        return self._transport.call(_Runs, "GET", _of(slug)).runs

    def run(self, run_id: Id) -> WholeRun:
        """One baseline run with its log and its curve."""
        return self._transport.call(WholeRun, "GET", _path(run_id))

    def costs(self, slug: str) -> tuple[TierCost, ...]:
        """What each tier took and would take elsewhere; for students too."""
        path = f"/api/competitions/{quote(slug, safe='')}/costs"
        return self._transport.call(_TierCosts, "GET", path).tiers

    def stop_run(self, run_id: Id) -> WholeRun:
        """End a run that waits or trains; ApiError `conflict` when it has ended already."""
        return self._transport.call(WholeRun, "POST", f"{_path(run_id)}/stop")

    def run_again(self, run_id: Id, *, seed: int | None = None) -> WholeRun:
        """Ask for a new run of the same tier, with the same seed where none is named; return the new run."""
        return self._transport.call(WholeRun, "POST", f"{_path(run_id)}/again", body={"seed": seed})


def _of(slug: str) -> str:
    return f"/api/competitions/{quote(slug, safe='')}/baseline-runs"


def _path(run_id: Id) -> str:
    return f"/api/baseline-runs/{quote(str(run_id), safe='')}"
