"""The commands that ask a server for baseline runs and watch them; staff sign in first."""

import time
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.live import Live

from baselines.commands.overview import Watched, overview
from baselines.commands.show import runs_table
from baselines.commands.terminal import clear_words, console
from client.api.client import Api
from client.api.errors import Misuse
from client.api.types.competitions import Competition, Id
from client.credentials import current

STAFF = {"ta", "instructor", "admin"}
LOOK_SECONDS = 1.0  # between two looks at the runs that are watched
Slug = Annotated[str, typer.Argument(help="The competition's slug.")]


def run(
    competition: Annotated[
        str | None, typer.Argument(help="The competition's slug; none with --all.")
    ] = None,
    tiers: Annotated[
        list[str] | None, typer.Option("--tier", help="A tier; all four when none is named.")
    ] = None,
    seeds: Annotated[
        list[int] | None, typer.Option("--seed", help="A training seed; give it several times for several.")
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every competition that is not archived.")] = False,
    course: Annotated[str | None, typer.Option(help="With --all: of this course alone.")] = None,
) -> None:
    """Ask the server for baseline runs, and watch them; exit status 1 when one did not succeed."""
    with clear_words(), staff_api() as api:
        competitions = competitions_to_run(api, competition, is_all=is_all, course=course)
        run_ids = {
            target.slug: [
                run.id
                for run in api.request_runs(
                    target.slug, tiers or [tier.name for tier in target.tiers], seeds=seeds or [0]
                )
            ]
            for target in competitions
        }
        watch_until_ended(api, run_ids)


def watch(competition: Slug) -> None:
    """Show the runs of a competition live, until none is left to wait for."""
    with clear_words(), staff_api() as api:
        watch_until_ended(api, {competition: [run.id for run in api.runs(competition)]})


def stop(run_ids: Annotated[list[int], typer.Argument(help="Numbers of runs.")]) -> None:
    """End runs that wait or train; what a run has trained so far is lost."""
    with clear_words(), staff_api() as api:
        for run_id in run_ids:
            run = api.stop_run(run_id)
            console.print(f"run {run_id}: {run.state}", highlight=False)


def staff_api() -> Api:
    """A connection to the server that `splitboard login` signed in to."""
    credentials = current()
    return Api(credentials.url, credentials.token)


def competitions_to_run(api: Api, slug: str | None, *, is_all: bool, course: str | None) -> list[Competition]:
    """The competitions to run; raises Misuse when they are named twice, or not at all."""
    if is_all == (slug is not None) or (course is not None and not is_all):
        raise Misuse("Name one competition, or say --all, with --course where only one course is meant.")
    if slug is not None:
        return [api.competition(slug)]
    competitions = [
        competition
        for competition in api.competitions()
        if competition.role in STAFF
        and competition.archived_at is None
        and course in (None, competition.course)
    ]
    if not competitions:
        scope = "of which you are staff" if course is None else f"of the course '{course}' for you to run"
        raise Misuse(f"There is no competition {scope}; archived ones are left out.")
    return competitions


def watch_until_ended(api: Api, run_ids: Mapping[str, Sequence[Id]]) -> None:
    """Show these runs, by competition, until all have ended; exit status 1 when one did not succeed."""
    with Live(console=console, auto_refresh=False) as live:
        while not (watched := runs_as_they_stand(api, run_ids)).has_ended:
            live.update(overview(watched), refresh=True)
            time.sleep(LOOK_SECONDS)
        live.update(overview(watched), refresh=True)
    for slug, runs in watched.runs.items():
        console.print(runs_table(slug, runs))
    if watched.has_failed:
        raise typer.Exit(1)


def runs_as_they_stand(api: Api, run_ids: Mapping[str, Sequence[Id]]) -> Watched:
    """The runs as they stand, the oldest first."""
    return Watched(
        {slug: [run for run in reversed(api.runs(slug)) if run.id in ids] for slug, ids in run_ids.items()}
    )
