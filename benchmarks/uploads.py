"""From upload to score, against the same bytes merely uploaded, hashed and synced through the same framework.

    .venv/bin/python -m benchmarks.uploads [--rows 10000 100000 1000000]

One server process with both routes, one client, cases interleaved; medians of the client's own clock.
Target T3, from 100 thousand rows on: p50 <= 2.75x for shuffled files, <= 1.25x for labels in the key's order.
Target T10: p99 of a board's GET while files are uploaded without pause <= 2x that of the idle server.
"""

import argparse
import asyncio
import hashlib
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI, Request

from server.app import create_app
from tests.journeys.town import Town, town
from tests.support import databases, tiny_homework

UPLOADS = {10_000: 40, 100_000: 20, 1_000_000: 8}
SUBMIT = "/api/competitions/tiny/submissions"
BOARD = "/api/competitions/tiny/leaderboard/public"
QUIET_SECONDS = 4.0


def app_with_floor() -> FastAPI:
    """Our application with one route more: the floor, which keeps a body durably and knows nothing else."""
    app = create_app()

    async def floor(request: Request) -> dict[str, str]:
        digest, chunks = hashlib.sha256(), []
        async for chunk in request.stream():
            digest.update(chunk)
            chunks.append(chunk)
        path = app.state.context.store.root / "incoming" / secrets.token_hex(16)
        await asyncio.to_thread(keep, path, b"".join(chunks))
        return {"sha256": digest.hexdigest()}

    app.put("/floor", max_body_size=2**40)(floor)
    return app


def keep(path: Path, data: bytes) -> None:
    """Write and sync a file, rename it, sync its folder: what both sides do."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.rename(path.with_suffix(".kept"))
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def variants(rows: int, number: int) -> dict[str, bytes]:
    """Two files of new predictions: in the key's order, and shuffled."""
    plain = tiny_homework.predictions(rows, accuracy=0.7, seed=number)
    lines = plain.decode().splitlines()
    shuffled = lines[1:]
    random.Random(number).shuffle(shuffled)
    return {"same order": plain, "shuffled": "\n".join([lines[0], *shuffled, ""]).encode()}


@contextmanager
def served(rows: int) -> Iterator[tuple[Town, str]]:
    """A server with the floor's route over a competition of that many rows and no daily limit to speak of."""
    with tempfile.TemporaryDirectory() as name:
        url = databases.fresh("sqlite", Path(name))
        with town(url, Path(name), rows=rows, SPLITBOARD_BOARD_LAG_MS="100") as site:
            site.lift_limits()
            yield site, site.start_server("benchmarks.uploads:app_with_floor")


def measure(rows: int) -> None:
    """Print the ratios of the two variants at this size, and the board's tail meanwhile."""
    times: dict[str, list[float]] = {"floor": [], "same order": [], "shuffled": []}
    with served(rows) as (site, address), site.client(address, "student0") as client:
        for number in range(UPLOADS.get(rows, 8) + 1):
            files = variants(rows, number)
            for name, data in {"floor": files["shuffled"] + b"\n", **files}.items():
                began = time.perf_counter()
                path = "/floor" if name == "floor" else SUBMIT
                client.request("PUT", path, content=data).raise_for_status()
                if number:  # the first round warms up
                    times[name].append((time.perf_counter() - began) * 1000)
        idle, busy = tails(site, address, rows)
    floor = statistics.median(times["floor"])
    print(f"{rows:>10,} rows, {len(files['shuffled']) / 1e6:.1f} MB: floor {floor:.1f} ms", end="")
    for name in ("same order", "shuffled"):
        took = statistics.median(times[name])
        print(f"; {name} {took:.1f} ms = {took / floor:.2f}x", end="")
    print(f"; board p99 idle {idle:.1f} ms, while grading {busy:.1f} ms = {busy / idle:.2f}x", flush=True)


def tails(site: Town, address: str, rows: int) -> tuple[float, float]:
    """The p99 in ms of a board's GET, on the idle server and while files are uploaded without pause."""
    idle = board_p99(site, address)
    stop = threading.Event()
    head, *lines = variants(rows, 10_000)["shuffled"].splitlines(keepends=True)

    def upload() -> None:
        with site.client(address, "student1") as client:
            while not stop.is_set():  # a new file costs this process no time: another row comes first
                lines.append(lines.pop(0))
                client.post(SUBMIT, content=head + b"".join(lines)).raise_for_status()

    uploader = threading.Thread(target=upload)
    uploader.start()
    busy = board_p99(site, address)
    stop.set()
    uploader.join()
    return idle, busy


def board_p99(site: Town, address: str) -> float:
    """The p99 of GETs of the board for some seconds, by a process of its own, which shares no interpreter."""
    script = (
        "import http.client,sys,time\n"
        "host, path, token, seconds = sys.argv[1:]\n"
        "c = http.client.HTTPConnection(host)\n"
        "times, end = [], time.perf_counter() + float(seconds)\n"
        "while time.perf_counter() < end:\n"
        "    t = time.perf_counter(); c.request('GET', path, headers={'Authorization': 'Bearer ' + token})\n"
        "    c.getresponse().read(); times.append(time.perf_counter() - t); time.sleep(0.002)\n"
        "times.sort(); print(times[int(len(times) * 0.99)] * 1000)\n"
    )
    host = address.removeprefix("http://")
    command = [sys.executable, "-c", script, host, BOARD, site.tokens["student0"], str(QUIET_SECONDS)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print one line for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    for rows in parser.parse_args().rows:
        measure(rows)


if __name__ == "__main__":
    main()
