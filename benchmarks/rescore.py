"""A rescore of many large files, against grading one file so many times; and uploads while it runs.

    .venv/bin/python -m benchmarks.rescore [--submissions 10000] [--rows 100000] [--uploads 150]

The submissions share a handful of shuffled files, so that a disk holds them; the rescorer's memory of
outcomes by hash is switched off, so that each is read, graded and kept as if it were another one. Floor: the
median of grading one such file in memory, with its standard errors as live uploads get them, times the count;
no reading, no database. Then uploads of new files, one after the other with pauses, on a server that has
nothing else to do, and on one whose rescore runs. Last, how long the preview and the switch take. The
processor's seconds tell the truth on a machine with other work, where a process at the lowest priority waits.
Targets: rescore <= 1.3x the floor; p99 of an upload while it runs <= 2x that without.
"""

import argparse
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.files.file_store import FileStore, StoredFile
from server.domain.grading import grading_key
from server.domain.grading.answer_keys import KeyChange
from server.domain.grading.grading_key import GradingKey
from server.domain.rescores import verdicts as rescore_verdicts
from server.models import Competition, RescoreState, Submission, SubmissionState, Team, TeamKind, User
from server.services.grading.context import GradingContext
from server.services.grading.grade import outcome_of
from server.services.rescores import acts as rescore_acts
from server.services.rescores.worker import work_on
from server.settings import Settings, get_settings
from tests.journeys.town import PROJECT, Town, town
from tests.support import databases, tiny_homework
from tests.support.rescored import other_key

FILES = 5
TEAMS = 1300
PAUSE_SECONDS = 0.05
SUBMIT = "/api/competitions/tiny/submissions"
LEASE = timedelta(seconds=60)


def furnish(context: GradingContext, *, rows: int, submissions: int) -> list[bytes]:
    """So many scored submissions of 1,300 teams, which share five files; the files."""
    files = [
        shuffled(tiny_homework.predictions(rows, accuracy=0.6 + n / 20, seed=n), n) for n in range(FILES)
    ]
    stored_files = [context.store.put(data) for data in files]
    context.db.write(lambda session: enter(session, stored_files, submissions))
    key = context.db.read(current_key)
    outcomes = {
        each.sha256: outcome_of(data, key=key, keys=context.keys)
        for each, data in zip(stored_files, files, strict=True)
    }

    def score(session: Session) -> None:
        left = rescore_verdicts.missing(
            session, competition_id=1, answer_key_id=key.answer_key_id, most=submissions
        )
        verdicts = [(each, outcomes[each.sha256]) for each in left]
        rescore_verdicts.keep(session, key=key, verdicts=verdicts, now=datetime.now(UTC))

    context.db.write(score, private=True)
    return files


def enter(session: Session, stored_files: list[StoredFile], submissions: int) -> None:
    """Teams and their submissions, which stand as scored."""
    now = datetime.now(UTC)
    by = session.scalars(select(User).where(User.username == "student1")).one().id
    team = {"competition_id": 1, "kind": TeamKind.STUDENT, "created_at": now}
    teams = [team | {"name": f"team {number}"} for number in range(TEAMS)]
    team_ids = list(session.scalars(insert(Team).returning(Team.id), teams))
    same = {
        "competition_id": 1,
        "submitted_by": by,
        "received_at": now,
        "course_day": now.date(),
        "state": SubmissionState.SCORED,
        "file_name": "pred.csv",
        "is_late": False,
        "is_practice": False,
        "is_final": False,
        "problems": [],
    }
    for number in range(submissions):
        file = stored_files[number % FILES]
        own = {"team_id": team_ids[number % TEAMS], "sha256": file.sha256, "size": file.size}
        session.execute(insert(Submission), [same | own])


def current_key(session: Session) -> GradingKey:
    """The key by which live uploads are graded."""
    return grading_key.current_key(session, session.get_one(Competition, 1))


def shuffled(data: bytes, seed: int) -> bytes:
    """The file with its rows in another order, which must be found for each of them."""
    head, *lines = data.splitlines(keepends=True)
    random.Random(seed).shuffle(lines)
    return head + b"".join(lines)


def floor_of(context: GradingContext, files: list[bytes]) -> tuple[float, float]:
    """The median seconds of grading one of the files in memory: by the clock, and of the processor's."""
    key = context.db.read(current_key)
    clock, processor = [], []
    for number in range(8 * FILES):
        began, cpu_began = time.perf_counter(), time.process_time()
        outcome_of(files[number % FILES], key=key, keys=context.keys)
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - cpu_began)
    return statistics.median(clock), statistics.median(processor)


def upload_times(site: Town, address: str, *, rows: int, count: int, first: int) -> list[float]:
    """The milliseconds of uploads of new files, one after the other with pauses."""
    head, *lines = tiny_homework.predictions(rows, accuracy=0.7, seed=first).splitlines(keepends=True)
    times = []
    with site.client(address, "student0") as client:
        for _ in range(count):
            lines.append(lines.pop(0))  # another order is another file
            data = head + b"".join(lines)
            began = time.perf_counter()
            answer: httpx2.Response = client.put(SUBMIT, content=data)
            times.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            time.sleep(PAUSE_SECONDS)
    return times


def start_rescorer(site: Town, rescore_id: int) -> "subprocess.Popen[bytes]":
    """The rescorer in a process of its own, without its memory of outcomes."""
    command = [sys.executable, "-m", "benchmarks.rescore", "--work-on", str(rescore_id)]
    return subprocess.Popen(command, cwd=PROJECT, env=site.environment())


def seconds_of_rescore(site: Town, context: GradingContext, key: bytes) -> tuple[int, float, float]:
    """A rescore with nothing beside it: its id, how long it takes, and the processor's seconds.

    These are of both its processes, start included. The rescore is ready then.
    """
    competition = context.db.read(lambda session: session.scalars(select(Competition)).one())
    rescore = rescore_acts.start(
        context, competition=competition, wanted=KeyChange(key=key), reason="A benchmark.", by=COMMAND_LINE
    )
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    status = start_rescorer(site, rescore.id).wait()
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert status == 0, "the rescorer failed"
    return rescore.id, took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def quantiles(times: list[float]) -> tuple[float, float]:
    """p50 and p99."""
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def measure(*, submissions: int, rows: int, uploads: int) -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = databases.fresh("sqlite", folder)
        with town(url, folder, rows=rows, SPLITBOARD_SWEEP_SECONDS="3600") as site:
            site.lift_limits()
            settings = Settings(data_dir=site.data, database_url=url)
            context = GradingContext(db=Database(url), store=FileStore(settings.files_dir), settings=settings)
            files = furnish(context, rows=rows, submissions=submissions)
            floor = floor_of(context, files)
            rescore_id, took, cpu_seconds = seconds_of_rescore(
                site, context, other_key(rows, wrong=rows // 10)
            )
            clock, processor = (each * submissions for each in floor)
            print(
                f"{submissions:,} submissions of {rows:,} rows, one file {floor[0] * 1000:.1f} ms: ", end=""
            )
            print(f"rescore {took:.1f} s = {took / clock:.2f}x so many gradings, ", end="")
            print(f"of the processor {cpu_seconds:.1f} s = {cpu_seconds / processor:.2f}x", flush=True)
            switch(context, rescore_id)
            beside(site, context, rows=rows, uploads=uploads)
            context.close()
            context.db.close()


def switch(context: GradingContext, rescore_id: int) -> None:
    """Print how long the preview takes, and the switch."""
    began = time.perf_counter()
    rescore_acts.checked_preview(context, competition_id=1, rescore_id=rescore_id)
    preview_end = time.perf_counter()
    rescore_acts.apply(
        context,
        competition_id=1,
        rescore_id=rescore_id,
        reason="A benchmark.",
        by=COMMAND_LINE,
        now=context.clock(),
    )
    switch_end = time.perf_counter()
    print(
        f"preview {preview_end - began:.2f} s, switch {switch_end - preview_end:.2f} s for {TEAMS:,} teams",
        flush=True,
    )


def beside(site: Town, context: GradingContext, *, rows: int, uploads: int) -> None:
    """Print the latency of uploads on the idle server, and while a rescore runs."""
    address = site.start_server()
    upload_times(site, address, rows=rows, count=5, first=100)  # warm
    alone = upload_times(site, address, rows=rows, count=uploads, first=101)
    competition = context.db.read(lambda session: session.scalars(select(Competition)).one())
    key = other_key(rows, wrong=rows // 5)
    rescore = rescore_acts.start(
        context, competition=competition, wanted=KeyChange(key=key), reason="Again.", by=COMMAND_LINE
    )
    process = start_rescorer(site, rescore.id)
    time.sleep(2)  # until it grades
    busy = upload_times(site, address, rows=rows, count=uploads, first=102)
    row = context.db.read(lambda session: session.get_one(type(rescore), rescore.id))
    running = row.state is RescoreState.GRADING and row.done > 0
    process.send_signal(signal.SIGTERM)
    process.wait()
    (p50, p99), (busy50, busy99) = quantiles(alone), quantiles(busy)
    print(f"uploads alone p50 {p50:.1f} ms, p99 {p99:.1f} ms; ", end="")
    print(f"while a rescore runs p50 {busy50:.1f} ms = {busy50 / p50:.2f}x, ", end="")
    print(f"p99 {busy99:.1f} ms = {busy99 / p99:.2f}x{'' if running else ' (it had ended)'}", flush=True)


def main() -> None:
    """Measure, or be the rescorer of a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--uploads", type=int, default=150)
    parser.add_argument("--work-on", type=int, default=0)
    options = parser.parse_args()
    if options.work_on:
        settings = get_settings()
        database = Database(settings.url)
        work_on(database, rescore_id=options.work_on, lease=LEASE, settings=settings, remembered=0)
        database.close()
        return
    measure(submissions=options.submissions, rows=options.rows, uploads=options.uploads)


if __name__ == "__main__":
    main()
