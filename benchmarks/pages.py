"""`./splitboard pages`: every page of the demonstration, measured as each of its people sees it.

A line a page: kB sent at a first visit, requests, the quickest answer in ms, axe's findings, English words on
the Chinese page, pixels too wide for a phone. Below the table stands what each finding is.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.page_visits import (
    PHONE,
    Onlooker,
    PageMeasures,
    addresses_of,
    measure,
    nobody,
    signed_in,
    worst,
)
from server.models import TierName
from server.services.demo import people
from server.services.demo.course import ADMIN, CAST, MAIL_DOMAIN
from server.services.demo.notes import Notes
from server.services.demo.points import FOR_THE_BUSY
from server.services.demo.teams import TEAMS
from tests.journeys.town import PROJECT, free_port, wait_for
from tests.support import chromium

app = typer.Typer(add_completion=False)
FOLDER = Path("splitboard-data", "pages")
GLANCE_SECONDS = 0.5
LINE = "{visitor:11} {address:58.58} {kb:>7} {requests:>8} {ms:>6} {axe:>4} {words:>6} {wide:>5}"
TITLES = {
    "visitor": "who",
    "address": "page",
    "kb": "kB",
    "requests": "requests",
    "ms": "ms",
    "axe": "axe",
    "words": "words",
    "wide": f"> {PHONE}",
}
NO_CHROMIUM = (
    "No Chromium is on the PATH, and the pages are read in one: "
    "sudo apt-get install chromium fonts-noto-cjk, then run this again."
)
NOT_OK = 1
# What the demonstration calls its people, departments and competitions; tiers, zones, files.
NAMES = {
    *(name for name, *_ in (*people.DEPARTMENTS, *CAST, ADMIN)),
    *(name for _, name, *_ in (*CAST, ADMIN)),
    *(each.title() for each in (*people.FAMILY, *people.FIRST, *people.SECOND, *people.ENGLISH)),
    *(tier.value for tier in TierName),
    *(
        "HW1",
        "HW2",
        "HW",
        "hw01-covid",
        "hw02-phoneme",
        "ml-autumn",
        "ml-ta@example.edu",
        MAIL_DOMAIN,
        "Total",
    ),
    *(name for name, _ in TEAMS),
    *(f"Section {number}" for number in range(1, people.SECTIONS + 1)),
    *("code", "report", FOR_THE_BUSY.reason),
    *("Asia/Taipei", "my-data.json", "sample_submission.csv", "student", "id"),
}


@app.command()
def pages(
    data: Annotated[
        Path, typer.Option(help="Folder of a demonstration; one of 150 students is made there at need.")
    ] = FOLDER,
    only: Annotated[list[str] | None, typer.Option(help="An address; again for several.")] = None,
    screenshots: Annotated[
        Path | None, typer.Option(help="Folder for pictures in both languages and two widths.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All that was measured, as JSON.")] = False,
) -> None:
    """Print for every page of the demonstration its weight, its time, and what is wrong with it."""
    if chromium.PROGRAM is None:
        typer.echo(NO_CHROMIUM, err=True)
        raise typer.Exit(2)
    if screenshots is not None:
        screenshots.mkdir(parents=True, exist_ok=True)
    with demonstration(data.resolve()) as (site, notes):
        measures = []
        if not as_json:
            print(LINE.format(**TITLES), flush=True)
        for each in measured(site, visitors_of(site, notes), only=only, screenshots=screenshots):
            measures.append(each)
            if not as_json:
                print(line_of(each), flush=True)
    print(json.dumps([asdict(each) for each in measures], indent=1) if as_json else summary(measures))
    raise typer.Exit(NOT_OK if worst(measures) else 0)


@contextmanager
def demonstration(folder: Path) -> Iterator[tuple[str, Notes]]:
    """The demonstration of a folder while it runs, once it is filled: its address and its logins."""
    port = free_port()
    command = [sys.executable, "-m", "client", "demo", "--port", str(port), "--data", str(folder)]
    size = [] if Notes.read(folder).logins else ["--fast"]
    process = subprocess.Popen([*command, *size], cwd=PROJECT, stdout=sys.stderr)
    site = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{site}/sign-in", process)
        while not Notes.read(folder).is_filled:
            if process.poll() is not None:
                raise RuntimeError(f"the demonstration ended with {process.returncode}; see above why")
            time.sleep(GLANCE_SECONDS)
        yield site, Notes.read(folder)
    finally:
        process.terminate()
        process.wait()


def visitors_of(site: str, notes: Notes) -> list[Onlooker]:
    """Everybody who has a login, and somebody who has none."""
    return [nobody(site), *(signed_in(site, each.username, each.password) for each in notes.logins)]


def measured(
    site: str, visitors: list[Onlooker], *, only: list[str] | None, screenshots: Path | None = None
) -> Iterator[PageMeasures]:
    """The measures of each page that each visitor reaches, or of those named, one after the other."""
    with chromium.launched() as browser:
        for visitor in visitors:
            for address in only or addresses_of(visitor, "/"):
                yield measure(browser, visitor, address, names=NAMES, screenshots=screenshots)


def line_of(each: PageMeasures) -> str:
    """A page's line of the table."""
    return LINE.format(
        visitor=each.visitor,
        address=each.address,
        kb=f"{each.weight / 1000:.1f}",
        requests=each.requests,
        ms=f"{each.milliseconds:.0f}",
        axe=len(each.violations),
        words=len(each.english),
        wide=each.overflow,
    )


def summary(measures: list[PageMeasures]) -> str:
    """What is wrong, line by line, and the heaviest and the slowest page."""
    heaviest = max(measures, key=lambda each: each.weight)
    slowest = max(measures, key=lambda each: each.milliseconds)
    findings = worst(measures)
    return "\n".join(
        [
            "",
            *findings,
            f"{len(measures)} pages, {len(findings)} findings. "
            f"Heaviest: {heaviest.address} ({heaviest.weight / 1000:.1f} kB). "
            f"Slowest: {slowest.address} ({slowest.milliseconds:.0f} ms).",
        ]
    )
