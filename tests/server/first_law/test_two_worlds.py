"""Non-interference: in two worlds with other private labels, a student sees the same bytes until the reveal.

A session is a list of requests by students, strangers and staff; every answer to those who may not see
private scores is compared: status, head and body. Source of the method: Goguen and Meseguer 1982.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from server.models import Competition
from tests.server.first_law.planted_leaks import LEAKS, Plant
from tests.server.first_law.test_first_law import addresses
from tests.server.first_law.worlds import Worlds, WorldsDiffer, two_worlds
from tests.support.browser import browser, form_token
from tests.support.installation import Installation
from tests.support.kaggle import KaggleClient
from tests.support.points_by_hand import count_by_hand
from tests.support.tiny_homework import predictions

API = "/api/competitions/tiny"
STUDENTS = ["student0", "student1", "student2"]
WATCHERS = [*STUDENTS, "mallory", None]
Step = Callable[[Worlds], object]


def upload(student: str, accuracy: float, seed: int) -> Step:
    """A file with about that share of right labels, scored in the reply."""
    data = predictions(400, accuracy=accuracy, seed=seed)
    return lambda worlds: worlds.ask(student, "POST", f"{API}/submissions", content=data)


def ask_as_kaggle(viewer: str, method: str, **fields: Any) -> Step:
    """A question of Kaggle's client."""
    path = f"/api/v1/competitions.CompetitionApiService/{method}"
    return lambda worlds: worlds.ask(viewer, "POST", path, json=fields)


def upload_as_kaggle(student: str, data: bytes) -> Step:
    """A file by the three steps of Kaggle's client, of which the last answer tells what became of it."""

    def submit(worlds: Worlds) -> None:
        answers = [KaggleClient(world, student).submit(data) for world in (worlds.first, worlds.second)]
        if len({(answer.status_code, answer.text) for answer in answers}) > 1:
            raise WorldsDiffer(f"{student} submits by Kaggle's client:\n{answers[0].text}\n{answers[1].text}")

    return submit


def look_as_kaggle(student: str) -> list[Step]:
    """All that Kaggle's client tells a student."""
    tiny = {"competitionName": "tiny"}
    return [
        ask_as_kaggle(student, "ListCompetitions"),
        *(
            ask_as_kaggle(student, method, **tiny)
            for method in (
                *("ListSubmissions", "GetSubmissionLimits", "GetLeaderboard", "DownloadLeaderboard"),
                *("GetCompetition", "ListDataFiles", "ListCompetitionPages", "ListCompetitionHosts"),
            )
        ),
        ask_as_kaggle(student, "GetLeaderboard", overridePublic=True, **tiny),
        ask_as_kaggle(student, "GetSubmission", ref=3),
        ask_as_kaggle(student, "ListTeamPublicSubmissions", teamId=7),
    ]


def upload_broken(student: str, seed: int) -> Step:
    """A file with a row twice and one missing."""
    data = predictions(400, accuracy=0.5, seed=seed).replace(b"\n7,", b"\n6,")
    return lambda worlds: worlds.ask(student, "POST", f"{API}/submissions", content=data)


def select(student: str, submission: int, selected: bool) -> Step:
    """A final selection, put on or taken off."""
    path = f"/api/submissions/{submission}/final"
    return lambda worlds: worlds.ask(student, "PUT", path, json={"selected": selected})


def look(viewer: str | None, path: str, **what: Any) -> Step:
    """A page or an answer of the API."""
    return lambda worlds: worlds.ask(viewer, "GET", path, **what)


def train(tier: str) -> Step:
    """A baseline run, as a worker does it."""
    return lambda worlds: worlds.both(lambda world: world.train(tier))


def train_seeds(tier: str) -> Step:
    """Three runs of a tier whose middle one differs between the worlds on the private rows alone."""

    def train_each(worlds: Worlds) -> None:
        for seed, accuracy in enumerate((0.6, 0.64, 0.62)):
            worlds.both(
                lambda world, seed=seed, accuracy=accuracy: world.train(tier, seed=seed, accuracy=accuracy)
            )

    return train_each


def choose(tier: str, rule: str) -> Step:
    """Staff choose which runs set a tier's threshold."""
    body = {"rule": rule, "reason": "One seed is luck."}
    return lambda worlds: worlds.ask("tina", "PUT", f"{API}/thresholds/{tier}", json=body)


def wait(**time: float) -> Step:
    """Time goes by in both worlds, never as far as the reveal."""

    def advance(worlds: Worlds) -> None:
        for world in (worlds.first, worlds.second):
            last = world.competition().reveal_at - timedelta(microseconds=1)
            world.clock.now = min(last, world.clock.now + timedelta(**time))

    return advance


def look_at_points_as_staff(worlds: Worlds) -> None:
    """Staff read each student's page and the course's points, before the students do."""
    for name in STUDENTS:
        worlds.ask("tina", "GET", f"/courses/ml/people/{worlds.first.user(name).id}")
    worlds.ask("tina", "GET", "/courses/ml/points")


def give_points_by_hand(worlds: Worlds) -> None:
    """Points for an item, a weight, a bonus, a cap and an adjustment, in both worlds."""
    worlds.both(count_by_hand)


def tell_labels(worlds: Worlds) -> None:
    """The competition tells on which labels two files disagree, in both worlds."""
    for world in (worlds.first, worlds.second):
        world.db.write(lambda session: session.execute(update(Competition).values(shows_disagreement=True)))


def converse(worlds: Worlds) -> None:
    """A student asks about a submission, and staff reply, in both worlds."""

    def ask(world: Installation) -> None:
        for name, path, body in (
            ("student0", "/submissions/3/questions", "Why is it **so** low?"),
            ("tina", "/questions/1/replies", "Look at the first rows."),
        ):
            page = browser(world, name)
            page.post(path, data={"form_token": form_token(page), "body_md": body}).raise_for_status()

    worlds.both(ask)


def watch_everything(worlds: Worlds) -> None:
    """Every address, by everybody who may not see private scores."""
    for path in addresses(worlds.first, 1, 1):
        for watcher in WATCHERS:
            worlds.ask(watcher, "GET", path)


# A course in short: baselines, uploads good and bad, ties, finals, boards by all, after the deadline too.
SESSION: list[Step] = [
    give_points_by_hand,
    train("simple"),
    train("strong"),
    *(
        upload(username, accuracy, seed)
        for seed, username in enumerate(STUDENTS)
        for accuracy in (0.55, 0.7, 0.85)
    ),
    upload("student1", 0.55, 0),
    upload_broken("student0", 5),
    upload_as_kaggle("student0", predictions(400, accuracy=0.66, seed=6)),
    upload_as_kaggle("student0", predictions(400, accuracy=0.5, seed=7).replace(b"\n7,", b"\n6,")),
    look("tina", f"{API}/leaderboard/private"),
    look("tina", "/competitions/tiny/leaderboard/private"),
    select("student0", 3, True),
    select("student1", 6, True),
    *(step for name in STUDENTS for step in look_as_kaggle(name)),
    look("student0", f"{API}/leaderboard/public"),
    look("student0", f"{API}/leaderboard/public", params={"limit": 2}),
    look("student0", "/competitions/tiny/leaderboard", params={"q": "student", "sort": "-submissions"}),
    look("student0", f"{API}/leaderboard/public", params={"sort": "private_score"}),
    look("student2", f"{API}/submissions"),
    look("student0", f"{API}/grades.csv"),
    tell_labels,
    look("student0", "/api/submissions/5/comparisons/3"),
    look("student0", "/competitions/tiny/comparison", params={"submission": [3, 4]}),
    look("student0", "/"),
    look_at_points_as_staff,
    *(
        look(name, path)
        for name in STUDENTS
        for path in (
            *("/courses/ml/results", "/api/courses/ml/results", "/api/courses/ml/points"),
            *("/courses/ml/points", "/"),
        )
    ),
    look("student0", "/api/submissions/3/file"),
    converse,
    *(look("student0", path) for path in ("/submissions/3", "/notices", "/api/me/notices", "/api/me/data")),
    look("student1", "/submissions/3"),
    train_seeds("medium"),
    choose("medium", "all_runs"),
    choose("simple", "all_runs"),
    watch_everything,
    wait(days=5, hours=1),
    upload("student2", 0.8, 9),
    *look_as_kaggle("student2"),
    look("student0", f"{API}/leaderboard/private"),
    look("student0", "/competitions/tiny/submissions"),
]

QUICK_SESSION = [step for step in SESSION if step is not watch_everything]


def play(session: list[Step], kind: str) -> None:
    """Play the session in two new worlds."""
    with TemporaryDirectory() as folder, two_worlds(kind, Path(folder)) as worlds:
        for step in session:
            step(worlds)


def search(kind: str) -> None:
    """Play the quick session, which finds most leaks in a second, and the whole one for the others."""
    play(QUICK_SESSION, kind)
    play(SESSION, kind)


@pytest.mark.both
def test_a_students_session_is_the_same_to_the_byte_in_both_worlds(database_kind: str) -> None:
    play(QUICK_SESSION, database_kind)


@pytest.mark.parametrize(
    ("kind", "session"),
    [
        pytest.param("sqlite", SESSION, id="sqlite"),
        pytest.param("postgresql", [*SESSION, watch_everything], id="postgresql", marks=pytest.mark.long),
    ],
)
def test_every_address_is_the_same_to_the_byte_in_both_worlds_during_a_session(
    kind: str, session: list[Step]
) -> None:
    play(session, kind)


def test_the_two_worlds_do_differ_for_those_who_may_see(tmp_path: Path) -> None:
    with two_worlds("sqlite", tmp_path) as worlds:
        for step in SESSION[:6]:
            step(worlds)
        boards = [
            world.client("tina").get(f"{API}/leaderboard/private").json()["rows"]
            for world in (worlds.first, worlds.second)
        ]

    assert [row["score"] for row in boards[0]] != [row["score"] for row in boards[1]]


@pytest.mark.parametrize("plant", LEAKS, ids=lambda plant: plant.__name__)
def test_a_planted_leak_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    with pytest.raises(WorldsDiffer):
        search("sqlite")


username = st.sampled_from(STUDENTS)
steps = st.one_of(
    st.builds(upload, username, st.sampled_from([0.5, 0.6, 0.7, 0.8, 0.9]), st.integers(0, 5)),
    st.builds(upload_broken, username, st.integers(0, 2)),
    st.builds(select, username, st.integers(1, 8), st.booleans()),
    st.builds(train, st.sampled_from(["simple", "medium", "boss"])),
    st.builds(choose, st.sampled_from(["simple", "medium", "boss"]), st.sampled_from(["latest", "all_runs"])),
    st.builds(lambda hours: wait(hours=hours), st.sampled_from([1, 13, 60, 121])),
    st.builds(
        look,
        st.sampled_from(WATCHERS),
        st.sampled_from(
            [
                f"{API}/leaderboard/public",
                f"{API}/leaderboard/private",
                f"{API}/leaderboard/public/me",
                f"{API}/submissions",
                "/",
                "/competitions/tiny",
                "/competitions/tiny/leaderboard",
                "/competitions/tiny/leaderboard?sort=-received",
                "/competitions/tiny/leaderboard/hall",
                f"{API}/leaderboard/public/board.csv",
                "/competitions/tiny/submissions",
                "/courses/ml/results",
                "/api/courses/ml/results",
                "/api/courses/ml/points",
                "/courses/ml/points",
            ]
        ),
    ),
    st.just(look("tina", f"{API}/leaderboard/private")),
)


@pytest.mark.both
@pytest.mark.parametrize("sessions", [2, pytest.param(10, marks=pytest.mark.long)])
def test_no_drawn_session_tells_the_worlds_apart(database_kind: str, sessions: int) -> None:
    @settings(max_examples=sessions, deadline=None, database=None)
    @given(st.lists(steps, min_size=5, max_size=25))
    def drawn(session: list[Step]) -> None:
        play(session, database_kind)

    drawn()
