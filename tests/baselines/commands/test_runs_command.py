"""The commands that ask for runs and watch them: which competitions they mean, and what they show."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from baselines.commands.overview import Watched, overview, totals
from baselines.commands.runs import competitions_to_run, runs_as_they_stand
from client.api.client import Api
from client.api.errors import Misuse
from client.api.types.competitions import Progress, Run
from client.api.types.runs import Place
from tests.client import answers
from tests.client.stub_server import Answer, StubServer, running

LIST = {
    "competitions": [
        answers.competition(slug="food", course="ml", role="ta"),
        answers.competition(slug="old", course="ml", role="ta", archived_at="2026-03-01T00:00:00Z"),
        answers.competition(slug="audio", course="speech", role="instructor"),
        answers.competition(slug="mine", course="ml", role="student"),
    ]
}


@pytest.fixture
def server() -> Iterator[StubServer]:
    """A server that knows four competitions."""
    with running() as stub:
        stub.prepare("GET", "/api/competitions", Answer(200, LIST))
        yield stub


@pytest.fixture
def api(server: StubServer) -> Iterator[Api]:
    """A staff member's connection to it."""
    with Api(server.url, "sbp_x") as connected:
        yield connected


def a_run(**changes: object) -> Run:
    """A run of hw01's simple tier, that succeeded unless something else is said."""
    fields: dict[str, object] = {
        "id": 1,
        "competition": "hw01",
        "homework": "hw01_covid",
        "tier": "simple",
        "seed": 0,
        "state": "succeeded",
        "public_score": 0.5,
        "seconds": 61.0,
    }
    return Run(**{**fields, **changes})  # type: ignore[arg-type]


def shown(watched: Watched) -> str:
    """What the terminal shows."""
    console = Console(file=io.StringIO(), width=160)
    console.print(overview(watched))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("course", "slugs"), [(None, ["food", "audio"]), ("ml", ["food"]), ("speech", ["audio"])]
)
def test_all_means_what_i_am_staff_of_and_what_is_not_archived(
    api: Api, course: str | None, slugs: list[str]
) -> None:
    assert [
        competition.slug for competition in competitions_to_run(api, None, is_all=True, course=course)
    ] == slugs


@pytest.mark.parametrize(
    ("slug", "is_all", "course"),
    [(None, False, None), ("food", True, None), ("food", False, "ml"), (None, True, "physics")],
)
def test_what_is_named_twice_or_not_at_all_is_refused(
    api: Api, slug: str | None, is_all: bool, course: str | None
) -> None:
    with pytest.raises(Misuse):
        competitions_to_run(api, slug, is_all=is_all, course=course)


def test_only_the_runs_that_were_asked_for_are_watched(server: StubServer, api: Api) -> None:
    runs = {"runs": [answers.run(id=9), answers.run(id=8), answers.run(id=7)]}
    server.prepare("GET", "/api/competitions/food/baseline-runs", Answer(200, runs))

    watched = runs_as_they_stand(api, {"food": [7, 9]})

    assert [run.id for run in watched.all] == [7, 9]


def test_the_view_says_how_far_each_run_is_and_when_all_end() -> None:
    running_one = a_run(
        tier="boss", state="running", progress=Progress(epoch=4, epochs=16, loss=1.0), seconds_left=40.0
    )
    waiting = a_run(
        tier="strong", state="requested", queue=Place(position=2, starts_in=60, ends_in=300, workers=1)
    )
    failed = a_run(tier="medium", state="failed", error="No memory.\nlast line", public_score=None)

    text = shown(Watched({"hw01": [a_run(), failed, waiting, running_one]}))

    for words in ("0.5", "failed: No memory.", "place 2, ends in 5 min", "##...... 4/16 40 s"):
        assert words in text
    assert "last line" not in text
    assert "4 runs: 1 succeeded, 1 failed, 1 running, 1 requested; about 5 min left" in text


def test_several_seeds_have_a_line_each() -> None:
    text = shown(Watched({"hw01": [a_run(seed=0), a_run(seed=1, public_score=0.75)]}))

    assert "0: 0.5" in text
    assert "1: 0.75" in text


def test_what_no_worker_does_yet_is_said() -> None:
    waiting = a_run(state="requested", queue=Place(position=1, starts_in=0, ends_in=60, workers=0))

    assert totals([waiting]).endswith("about 1 min left, once a worker comes")


@pytest.mark.parametrize(
    ("state", "has_ended", "has_failed"),
    [
        ("requested", False, False),
        ("running", False, False),
        ("succeeded", True, False),
        ("failed", True, True),
        ("stopped", True, True),
    ],
)
def test_watching_ends_with_the_last_run_and_a_run_without_a_score_is_a_failure(
    state: str, has_ended: bool, has_failed: bool
) -> None:
    watched = Watched({"hw01": [a_run(), a_run(state=state)]})

    assert (watched.has_ended, watched.has_failed) == (has_ended, has_failed)
