"""A course at a glance is kept while nothing changes, and shows each change at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from server.models import Right
from tests.server.glance.test_glance import PAGE, crowded, figures
from tests.server.rights.test_rights import withhold
from tests.support.browser import browser, words
from tests.support.installation import Installation
from tests.support.teamwork import in_teams_of

pytestmark = pytest.mark.both
__all__ = ["crowded"]


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SELECTs of the block."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_second_look_reads_no_scores_again(crowded: Installation) -> None:
    client = crowded.client("iris")
    first = client.get(f"{PAGE}.csv").content

    with statements() as again:
        second = client.get(f"{PAGE}.csv").content

    assert second == first
    assert not any("standings" in each or "scores" in each for each in again)
    assert len(again) < 12


def a_file(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.97, 9)


def a_team(installation: Installation) -> None:
    in_teams_of(installation, 2)
    answer = installation.client("iris").post(
        "/api/competitions/tiny/teams/moves",
        json={"username": "student1", "to": "student0", "reason": "They work together."},
    )
    answer.raise_for_status()


def a_rule(installation: Installation) -> None:
    later = {"deadline_at": "2030-03-18T23:59:00+08:00"}
    answer = installation.client("iris").get("/api/competitions/tiny/rules")
    body = {"changes": later, "version": answer.json()["version"], "reason": "Snow."}
    installation.client("iris").put("/api/competitions/tiny/rules", json=body).raise_for_status()


@pytest.mark.parametrize("change", [a_file, a_team, a_rule])
def test_each_change_is_seen_at_once(crowded: Installation, change: Callable[[Installation], None]) -> None:
    crowded.submit_accuracy("student0", 0.9, 1)
    glances = crowded.app.state.glances
    crowded.client("iris").get(PAGE)
    before = dict(glances._kept)

    change(crowded)
    crowded.client("iris").get(PAGE)

    assert before.keys() == glances._kept.keys()
    assert [state for state, _ in before.values()] != [state for state, _ in glances._kept.values()]


def test_what_one_may_see_is_never_anothers(crowded: Installation) -> None:
    withhold(crowded, Right.SEE_PRIVATE)
    seen = {name: figures(crowded, name) for name in ("iris", "tina", "student0", "student1")}

    private = {name: any("private" in of for _, _, of in rows) for name, rows in seen.items()}
    assert private == {"iris": True, "tina": False, "student0": False, "student1": False}
    crowded.clock.now = crowded.competition().reveal_at
    assert any("private" in of for _, _, of in figures(crowded, "student0"))
    assert any("private" in of for _, _, of in figures(crowded, "tina"))


def test_each_students_own_score_stands_beside_what_is_kept(crowded: Installation) -> None:
    crowded.submit_accuracy("student0", 0.9, 1)
    pages = [words(browser(crowded, name).get(PAGE).text) for name in ("student0", "student1", "student0")]

    assert pages[0] == pages[2] != pages[1]
    assert "Your public score is" in pages[0]


def test_public_against_private_is_one_picture_once_it_may_be_seen(crowded: Installation) -> None:
    label = "Public score against private score of each team"

    assert label in browser(crowded, "iris").get(PAGE).text
    assert label not in browser(crowded, "student0").get(PAGE).text
    crowded.clock.now = crowded.competition().reveal_at
    assert label in browser(crowded, "student0").get(PAGE).text
