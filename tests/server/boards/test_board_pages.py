"""The pages of boards: found, sorted, moved, live, and in the lecture hall; complete without script."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from server.domain.boards.order import Sort
from server.web.boards.hall import hour_begins
from tests.support.browser import words
from tests.support.installation import Installation
from tests.support.tiny_homework import NOW

BOARD = "/competitions/tiny/leaderboard"
API = "/api/competitions/tiny/leaderboard"
HALL = f"{BOARD}/hall"


@pytest.fixture
def course(installation: Installation) -> Installation:
    """Two thresholds; of three students one has risen since yesterday, and one is new."""
    installation.train("simple")
    installation.train("strong")
    for name, accuracy in (("student0", 0.65), ("student1", 0.5)):
        installation.submit_accuracy(name, accuracy, seed=1)
    installation.clock.advance(timedelta(days=1))
    for name, accuracy in (("student1", 0.95), ("student2", 0.3)):
        installation.submit_accuracy(name, accuracy, seed=2)
    return installation


def page(installation: Installation, viewer: str, address: str = BOARD) -> str:
    """A page's HTML."""
    answer = installation.client(viewer).get(address)
    assert answer.status_code == 200
    return answer.text


def ranks(text: str) -> list[str]:
    """The ranks of a board's page from top to bottom."""
    return re.findall(r'class="n num rank">(\d+)<', text)


def test_the_board_tells_who_rose_fell_or_is_new_since_yesterday(course: Installation) -> None:
    text = words(page(course, "student0"))

    assert "▲\N{NARROW NO-BREAK SPACE}1 1 rank up Student1" in text.replace("&#8239;", "\u202f")
    assert "1 rank down Student0" in text
    assert "new Student2" in text
    assert "ranks won and lost since yesterday" in text


def test_a_board_on_which_nobody_moved_has_no_column_of_moves(course: Installation) -> None:
    course.clock.advance(timedelta(days=1))

    text = words(page(course, "student0"))

    assert "Moved" not in text
    assert "since yesterday" not in text


def test_the_private_board_tells_who_moved_against_the_public_one(course: Installation) -> None:
    first, second = (
        course.client("tina").get(f"{API}/{split}").json()["rows"] for split in ("public", "private")
    )
    moved = [row["team"] for row in first if row["tier"] is None] != [
        row["team"] for row in second if row["tier"] is None
    ]

    text = words(page(course, "tina", f"{BOARD}/private"))

    assert ("against the public board" in text) == moved


def test_ones_own_row_tells_what_is_missing_to_the_next_tier(course: Installation) -> None:
    rows = course.client("student0").get(f"{API}/public").json()["rows"]
    scores = {row["tier"] or row["team"]: row["score"] for row in rows}

    texts = {name: words(page(course, name)) for name in ("student0", "student1", "student2", "tina")}

    assert f"you {scores['strong'] - scores['Student0']:.4f} to strong" in texts["student0"]
    assert "you above all tiers" in texts["student1"]
    assert f"you {scores['simple'] - scores['Student2']:.4f} to simple" in texts["student2"]
    assert " to strong" not in texts["tina"]


def test_a_search_shows_the_rows_of_a_name_with_their_ranks(course: Installation) -> None:
    text = page(course, "student0", f"{BOARD}?q=student2")

    assert ranks(text) == ["2", "3"]  # the viewer's own row stays in sight
    assert "1 row for “student2”" in words(text)
    assert ranks(page(course, "student0", f"{BOARD}?q=nobody")) == ["2"]
    assert "No team here has such a name." in page(course, "student2", f"{BOARD}?q=nobody")


def test_a_student_does_not_find_a_team_by_its_people(course: Installation) -> None:
    renamed = course.client("student2").put("/api/competitions/tiny/team", json={"name": "Quiet owls"})
    renamed.raise_for_status()

    pages_by_viewer = {name: page(course, name, f"{BOARD}?q=student2") for name in ("student0", "tina")}

    assert "Quiet owls" not in pages_by_viewer["student0"]
    assert "Quiet owls" in pages_by_viewer["tina"]


@pytest.mark.parametrize(
    ("sort", "first", "order"),
    [("rank", "1", "ascending"), ("-rank", "3", "descending"), ("-submissions", "1", "descending")],
)
def test_rows_stand_in_the_order_of_a_link(course: Installation, sort: str, first: str, order: str) -> None:
    text = page(course, "tina", f"{BOARD}?sort={sort}")

    assert ranks(text)[0] == first
    assert re.findall(r'aria-sort="(\w+)"', text) == [order]


def test_the_links_of_the_columns_turn_an_order_around_and_keep_the_search(course: Installation) -> None:
    text = page(course, "tina", f"{BOARD}?q=student&amp;sort=rank".replace("&amp;", "&"))

    links = re.findall(r'class="sort" href="\?([^"]*)"', text)
    assert links == [
        "q=student&amp;sort=-rank",
        "q=student&amp;sort=team",
        "q=student&amp;sort=-submissions",
        "q=student&amp;sort=-received",
    ]


def test_a_phone_has_a_list_of_orders_in_the_place_of_links_and_it_keeps_the_search(
    course: Installation,
) -> None:
    text = page(course, "tina", f"{BOARD}?q=student&sort=-received")

    form = text[text.index('<form class="inline board-sort"') :].partition("</form>")[0]
    orders = re.findall(r'<option value="([\w-]+)"', form)
    assert '<input type="hidden" name="q" value="student">' in form
    assert re.findall(r'value="([\w-]+)" selected', form) == ["-received"]
    assert sorted(orders) == sorted(Sort)
    assert ranks(page(course, "tina", f"{BOARD}?q=student&sort=-rank"))[0] == "3"


def test_a_board_names_what_a_script_asks_for_and_that_answers_unchanged(course: Installation) -> None:
    text = page(course, "student0")
    address, etag = re.search(r'data-live="([^"]+)" data-etag="&#34;([^&]+)&#34;"', text).groups()  # type: ignore[union-attr]

    same = course.client("student0").get(address, headers={"If-None-Match": f'"{etag}"'})
    course.submit_accuracy("student2", 0.99, seed=5)
    other = course.client("student0").get(address, headers={"If-None-Match": f'"{etag}"'})

    assert (same.status_code, other.status_code) == (304, 200)


def test_past_ranks_are_read_once_for_a_revision(course: Installation) -> None:
    statements: list[str] = []
    client = course.client("student0")
    client.get(BOARD)

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    event.listen(course.db.engine, "before_cursor_execute", note)
    client.get(BOARD)
    of_the_second_look = [each for each in statements if "UNION ALL" in each]
    course.submit_accuracy("student2", 0.99, seed=5)
    client.get(BOARD)
    event.remove(course.db.engine, "before_cursor_execute", note)

    assert of_the_second_look == []
    assert len([each for each in statements if "UNION ALL" in each]) == 1


def test_the_hall_shows_the_first_teams_thresholds_and_who_rose_within_the_hour(course: Installation) -> None:
    course.clock.advance(timedelta(hours=2))
    course.submit_accuracy("student2", 0.99, seed=5)

    text = page(course, "student0", HALL)

    assert ranks(text) == ["1", "2", "3"]
    assert "Rose most since" in words(text)
    assert "2 ranks up Student2 now rank 1" in words(text)
    assert "Deadline" in words(text)
    assert "tier-simple" in text
    assert f'data-live="{API}/public"' in text


def test_the_hall_counts_down_to_what_everybody_waits_for(course: Installation) -> None:
    competition = course.competition()
    events = {}
    for name, now in (
        ("open", competition.deadline_at - timedelta(hours=1)),
        ("closed", competition.deadline_at),
        ("revealed", competition.reveal_at),
    ):
        course.clock.now = now
        events[name] = page(course, "student0", HALL)

    assert f'data-until="{competition.deadline_at:%Y-%m-%dT%H:%M}' in events["open"]
    assert f'data-until="{competition.reveal_at:%Y-%m-%dT%H:%M}' in events["closed"]
    assert "data-until" not in events["revealed"]
    assert f'data-live="{API}/private"' in events["revealed"]


def test_the_hour_of_the_hall_begins_at_the_same_instant_for_some_minutes() -> None:
    begins = {hour_begins(NOW + timedelta(seconds=seconds)) for seconds in range(0, 300, 7)}

    assert begins == {NOW - timedelta(hours=1)}


@pytest.mark.parametrize("address", [BOARD, HALL])
@pytest.mark.parametrize("way", ["nothing", "header", "account"])
def test_a_script_hears_of_no_change_in_any_language_when_nothing_changed(
    course: Installation, address: str, way: str
) -> None:
    reader = course.client("student0")
    if way == "header":
        reader.headers["Accept-Language"] = "zh-TW"
    if way == "account":
        reader.put("/api/me/language", json={"language": "zh-TW"}).raise_for_status()
    text = reader.get(address).text
    attributes = re.search(r'data-live="([^"]+)" data-etag="([^"]+)"', text)
    assert attributes is not None
    assert ('<html lang="zh-TW"' in text) == (way != "nothing")

    url, etag = attributes[1], html.unescape(attributes[2])

    assert reader.get(url, headers={"If-None-Match": etag}).status_code == 304
