"""The daily limit holds under parallel uploads to two servers, because the database says so."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.journeys.town import town
from tests.support import tiny_homework

pytestmark = pytest.mark.both

UPLOADS = 60


def test_sixty_parallel_uploads_over_two_servers_use_exactly_five_slots(
    database_url: str, tmp_path: Path
) -> None:
    files = [tiny_homework.predictions(400, accuracy=0.6, seed=seed) for seed in range(UPLOADS)]
    barrier = Barrier(UPLOADS)
    with town(database_url, tmp_path) as campus:
        addresses = [campus.start_server(), campus.start_server()]

        def upload(number: int) -> int:
            with campus.client(addresses[number % 2], "student0") as client:
                client.get("/api/me")
                barrier.wait()
                return client.post("/api/competitions/tiny/submissions", content=files[number]).status_code

        with ThreadPoolExecutor(UPLOADS) as threads:
            statuses = list(threads.map(upload, range(UPLOADS)))
        with campus.client(addresses[0], "student0") as client:
            listed = client.get("/api/competitions/tiny/submissions").json()["submissions"]

    assert statuses.count(201) == 5
    assert statuses.count(429) == UPLOADS - 5
    assert sorted(each["slot"] for each in listed) == [1, 2, 3, 4, 5]
