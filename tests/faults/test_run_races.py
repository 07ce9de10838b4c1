"""Two servers that race about baseline runs: a stop and a report, and a choice of thresholds meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from server.app import create_app
from server.domain.boards import standings
from server.settings import Settings
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

API = "/api/competitions/tiny"
AT_ONCE = 8
REPORT = {"device": "cpu", "seconds": 1.0, "peak_memory_mb": 5.0, "versions": {}}


@pytest.fixture
def two_servers(installation: Installation) -> Iterator[list[Any]]:
    """The installation's own application, and a second one over the same database and files."""
    settings = Settings(
        data_dir=installation.folder / "data",
        database_url=SecretStr(installation.db.url),
        sweep_seconds=3600,
    )
    second = create_app(settings)
    second.state.clock = second.state.context.clock = installation.clock
    for app in (installation.app, second):
        TestClient(app).get("/api/nowhere")  # routes are built as they are first looked at, by one thread
    yield [installation.app, second]
    second.state.context.close()
    second.state.db.close()


def trained(installation: Installation, tier: str, seed: int) -> tuple[str, str]:
    """A claimed run whose predictions stand and whose report has not come: its address and its lease."""
    answer = installation.client("tina").post(f"{API}/baseline-runs", json={"tiers": [tier], "seed": seed})
    run: dict[str, Any] = answer.json()["runs"][0]
    worker = installation.client("worker")
    claim = worker.post("/api/worker/claim", json={"worker": "w", "run_id": run["id"]}).json()
    data = predictions(400, accuracy=0.6 + seed / 50, seed=seed)
    params = {"lease_token": claim["lease_token"]}
    worker.post(f"{run['url']}/predictions", params=params, content=data).raise_for_status()
    return run["url"], claim["lease_token"]


def at_once(requests: list[tuple[Any, str, str, str, dict[str, Any]]]) -> list[int]:
    """The statuses of requests that begin together: (application, token, method, path, body) each."""
    barrier = Barrier(len(requests))

    def one(request: tuple[Any, str, str, str, dict[str, Any]]) -> int:
        app, token, method, path, body = request
        headers = {"Authorization": f"Bearer {token}"}
        client = TestClient(app, headers=headers, raise_server_exceptions=False)
        barrier.wait()
        return client.request(method, path, json=body).status_code

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(one, requests))


def test_of_stops_and_reports_at_once_one_wins_and_the_run_is_what_it_says(
    installation: Installation, two_servers: list[Any]
) -> None:
    tina, worker = installation.tokens["tina"], installation.tokens["worker"]
    for seed in range(4):
        run, lease = trained(installation, "medium", seed)
        report = REPORT | {"lease_token": lease}
        requests = [
            (two_servers[number // 2 % 2], tina, "POST", f"{run}/stop", {})
            if number % 2
            else (two_servers[number // 2 % 2], worker, "POST", f"{run}/report", report)
            for number in range(AT_ONCE)
        ]

        statuses = at_once(requests)

        ended = installation.client("tina").get(run).json()["state"]
        assert sorted(statuses) == [200] + [409] * (AT_ONCE - 1)
        assert ended == ("stopped" if 200 in statuses[1::2] else "succeeded")
    assert kept_wrongly(installation) == []


def test_thresholds_are_right_when_runs_end_while_staff_choose(
    installation: Installation, two_servers: list[Any]
) -> None:
    tina, worker = installation.tokens["tina"], installation.tokens["worker"]
    runs = [trained(installation, "simple", seed) for seed in range(AT_ONCE // 2)]
    ends = [
        (two_servers[number % 2], worker, "POST", f"{run}/report", REPORT | {"lease_token": lease})
        for number, (run, lease) in enumerate(runs)
    ]
    choices = [
        (app, tina, "PUT", f"{API}/thresholds/simple", {"rule": rule, "reason": "x"})
        for app in two_servers
        for rule in ("latest", "all_runs")
    ]

    statuses = at_once([*ends, *choices])
    last = {"rule": "all_runs", "reason": "x"}
    chosen = installation.client("tina").put(f"{API}/thresholds/simple", json=last)

    assert statuses == [200] * AT_ONCE
    simple = chosen.json()["thresholds"][0]
    ended_runs = installation.client("tina").get(f"{API}/baseline-runs").json()["runs"]
    assert simple["public"] == min(run["public_score"] for run in ended_runs)
    assert kept_wrongly(installation) == []


def kept_wrongly(installation: Installation) -> list[str]:
    """Standings that are not what the runs say."""
    competition = installation.competition()
    return installation.db.read(
        lambda session: standings.differences(session, competition=competition), private=True
    )
