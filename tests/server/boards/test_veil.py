"""Kind boards: behind the veil no way to a board tells who is behind a team, or how the last ones stand."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.audit.actor import COMMAND_LINE
from server.domain.boards import pseudonyms, snapshots
from server.domain.boards import veil as boards_veil
from server.domain.boards.leaderboard import BoardRow
from server.domain.people import courses
from server.domain.people.members import member as members
from server.domain.rights.of_tas import give
from server.models import (
    ALL_RIGHTS,
    BoardNames,
    Course,
    Member,
    Right,
    Team,
    TeamKind,
    User,
)
from tests.server.first_law.test_first_law import addresses, crawl
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation
from tests.support.person import take_snapshots

TINY = "/competitions/tiny"
API = f"/api{TINY}/leaderboard/public"
SETUP = "/courses/ml/setup"
KEPT = re.compile("leaderboard|board|points|glance|results|^/$")  # what the server keeps of a course
NAMES = {"student0": "Ada Ashgrove", "student1": "Bram Birchwood", "student2": "Cleo Cedarholm"}
ACCURACIES = {"student0": 0.6, "student1": 0.75, "student2": 0.9}


def veil(installation: Installation, names: BoardNames, most: int | None = None) -> None:
    """Choose how the course's boards look, on its page Set up."""
    page = browser(installation, "iris")
    fields = {"title": "ML", "zone": "Asia/Taipei", "board_names": names.value}
    rows = "" if most is None else str(most)
    page.post(SETUP, data={"form_token": form_token(page), **fields, "board_rows": rows})


@pytest.fixture
def named(installation: Installation) -> Installation:
    """Three students of whom one stands in the middle, with names, user names and numbers all their own."""

    def work(session: Session) -> None:
        for username, name in NAMES.items():
            key = name.split()[1].lower() + "77"
            of_user = User.username == username
            session.execute(update(User).where(of_user).values(display_name=name, email=f"{key}@example.edu"))
            number = update(Member).where(Member.user_id == installation.user(username).id)
            session.execute(number.values(student_number=f"B{key.upper()}"))

    installation.db.write(work)
    for seed, (username, accuracy) in enumerate(ACCURACIES.items()):
        installation.submit_accuracy(username, accuracy, seed=seed)
    for username, name in NAMES.items():
        changed = {"username": f"x{name.split()[1].lower()}", "username_key": f"x{name.split()[1].lower()}"}
        change = update(User).where(User.username == username).values(**changed)
        installation.db.write(lambda session, change=change: session.execute(change))
    return installation


def rows_of(installation: Installation, username: str, path: str = API) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = installation.client(username).get(path).json()["rows"]
    return [row for row in rows if row["tier"] is None]


def teams_of(installation: Installation, username: str, path: str = API) -> list[str]:
    """The names on a board, the best first."""
    return [row["team"] for row in rows_of(installation, username, path)]


def in_file(installation: Installation, username: str, query: str = "") -> list[str]:
    """The names in the board's CSV file, in its order."""
    text = installation.client(username).get(f"{API}/board.csv{query}").text.lstrip("\ufeff")
    return [row["team"] for row in csv.DictReader(io.StringIO(text)) if not row["tier"]]


def pseudonyms_of(installation: Installation) -> dict[str, str]:
    query = select(Team.name, Team.pseudonym).where(Team.kind == TeamKind.STUDENT)
    return dict(installation.db.read(lambda session: session.execute(query).all()))


def of_others() -> Iterator[str]:
    """What must not be read by the first student: names, user names, addresses and numbers of the others."""
    for name in list(NAMES.values())[1:]:
        yield from (name, name.split()[1], name.split()[1].lower(), name.split()[1].upper())


def test_with_pseudonyms_no_answer_to_a_student_names_anybody_of_another_team(named: Installation) -> None:
    veil(named, BoardNames.PSEUDONYMS)
    competition = named.competition()
    paths = list(addresses(named, 1, 1))
    paths += [f"{API}?limit=2", f"{TINY}/leaderboard?sort=team", f"{TINY}/leaderboard/deadline?split=private"]
    leaks = {}
    for now in (named.clock(), competition.deadline_at + timedelta(hours=1), competition.reveal_at):
        named.clock.now = now
        for each in named.db.read(lambda session, now=now: snapshots.due(session, now=now)):
            named.db.write(
                lambda session, each=each, now=now: snapshots.take(session, competition_id=each, now=now),
                private=True,
            )
        staff = crawl(named.client("iris"), [path for path in paths if KEPT.search(path)])
        assert "Cedarholm" in "".join(staff.values())  # and every cache of the staff is warm
        answers = crawl(named.client("student0"), paths)
        leaks |= {
            (now, path): text for path, answer in answers.items() for text in of_others() if text in answer
        }

    assert leaks == {}


@pytest.mark.both
def test_whoever_looks_for_a_real_name_behind_the_veil_reads_nothing(named: Installation) -> None:
    veil(named, BoardNames.PSEUDONYMS)
    student, staff = browser(named, "xashgrove"), browser(named, "iris")

    page = words(student.get(f"{TINY}/leaderboard?q=Cedarholm").text)
    table = student.get(f"{API}/board.csv?q=Cedarholm").text

    assert "No team here has such a name." in page
    assert len(table.splitlines()) == 1
    assert "Cleo Cedarholm" in staff.get(f"{API}/board.csv?q=Cedarholm").text


@pytest.mark.both
@pytest.mark.parametrize("names", BoardNames)
@pytest.mark.parametrize("most", [None, 1, 2])
def test_every_way_shows_the_same_rows_under_the_same_names(
    named: Installation, names: BoardNames, most: int | None
) -> None:
    if (names, most) != (BoardNames.REAL, None):
        veil(named, names, most)
    drawn = pseudonyms_of(named)
    order = [NAMES[name] for name in ("student2", "student1", "student0")]
    shown = order if names is BoardNames.REAL else [drawn[name] for name in order]

    hall = browser(named, "iris").get(f"{TINY}/leaderboard/hall").text

    assert teams_of(named, "student0") == shown[:most]
    assert teams_of(named, "student0", f"{API}?limit=9") == shown[:most]
    assert teams_of(named, "student0", f"{API}/at") == shown  # with those right before it
    assert teams_of(named, "student2", f"{API}/at") == shown[:most]
    assert in_file(named, "iris") == order
    assert [name for name in [*order, *drawn.values()] if name in hall] == (
        [name for name in [*order, *drawn.values()] if name in shown[:most]]
    )
    assert teams_of(named, "iris") == teams_of(named, "tina", f"{API}/at") == order


@pytest.mark.both
@pytest.mark.parametrize("names", BoardNames)
@pytest.mark.parametrize(("most", "of_first", "of_second"), [(None, 3, 3), (1, 1, 2), (2, 2, 2)])
def test_a_file_of_the_board_has_what_its_page_shows_and_nobody_elses_row(
    named: Installation, names: BoardNames, most: int | None, of_first: int, of_second: int
) -> None:
    veil(named, names, most)
    drawn = pseudonyms_of(named)
    order = [NAMES[name] for name in ("student2", "student1", "student0")]
    shown = order if names is BoardNames.REAL else [drawn[name] for name in order]

    assert in_file(named, "student2") == shown[:of_first]
    assert in_file(named, "student1") == shown[:of_second]
    assert in_file(named, "student0") == shown  # its own row, and those right before it
    assert in_file(named, "student1", "?sort=-rank") == shown[:of_second][::-1]


@pytest.mark.both
def test_ones_own_row_is_in_the_board_of_the_deadline_too(named: Installation) -> None:
    veil(named, BoardNames.REAL, 1)
    named.clock.now = named.competition().deadline_at + timedelta(hours=1)
    take_snapshots(named)

    boards = {name: teams_of(named, name, f"{API}/deadline") for name in ("student0", "student2", "iris")}

    first, last = NAMES["student2"], NAMES["student0"]
    assert boards == {
        "student0": [first, last],
        "student2": [first],
        "iris": [first, NAMES["student1"], last],
    }


@pytest.mark.parametrize(
    ("most", "own", "ranks"),
    [
        (1, 9, [1, 6, 7, 8, 9]),
        (2, 4, [1, 2, 3, 4]),
        (4, 3, [1, 2, 3, 4]),
        (None, 9, [*range(1, 11)]),
        (1, 2, [1, 2]),
        (2, None, [1, 2]),
    ],
)
def test_of_a_board_one_reads_what_is_listed_and_ones_own_part(
    most: int | None, own: int | None, ranks: list[int]
) -> None:
    now = datetime(2030, 3, 13, tzinfo=UTC)
    whole = [
        BoardRow(rank, None, rank, str(rank), None, None, None, None, 0.5, now, 1) for rank in range(1, 11)
    ]
    seen = boards_veil.SeenRows(whole, [row for row in whole if boards_veil.is_listed(row.rank, most=most)])

    assert [row.rank for row in boards_veil.rows_for(seen, own)] == ranks


@pytest.mark.both
@pytest.mark.parametrize("names", [BoardNames.REAL, BoardNames.PSEUDONYMS])
def test_the_chart_of_the_shake_up_marks_ones_own_team_and_those_that_are_listed(
    named: Installation, names: BoardNames
) -> None:
    veil(named, names, 1)
    drawn = pseudonyms_of(named)
    named.clock.now = named.competition().reveal_at

    page = browser(named, "xashgrove").get(f"{TINY}/shake-up").text
    staff = browser(named, "iris").get(f"{TINY}/shake-up").text

    best = NAMES["student2"] if names is BoardNames.REAL else drawn[NAMES["student2"]]
    titles = re.findall("<title>([^<]*) in public, ", page)
    assert titles[-2:] == [f"{best}: rank 1", "You: rank 3"]
    assert len(re.findall(r"M[\d.]+ [\d.]+h3.0v3.0h-3.0z", page)) == 1
    assert "Teams that the board does not list have no mark." in words(page)
    assert "Teams that the board does not list" not in words(staff)
    assert all(f"{name}: rank" in staff for name in NAMES.values())


@pytest.mark.both
def test_ones_own_row_and_three_before_it_are_always_there(named: Installation) -> None:
    veil(named, BoardNames.PSEUDONYMS, 1)
    drawn = pseudonyms_of(named)
    own, before, best = (drawn[NAMES[name]] for name in ("student0", "student1", "student2"))

    answer = named.client("student0").get(f"{API}/me").json()
    page = words(browser(named, "xashgrove").get(f"{TINY}/leaderboard").text)
    nobody = named.client("student1").get(f"{API}/me").json()
    named.train("boss")
    tier = named.client("student0").get(f"{API}/me").json()

    assert answer["row"]["team"] == own
    assert [row["team"] for row in answer["ahead"]] == [best, before]
    assert page.index(before) < page.index(own) < page.index(best)  # which the board lists
    assert "Teams stand under pseudonyms." in page
    assert "Rank 1 alone is listed" in page
    assert [row["team"] for row in nobody["ahead"]] == [best]
    thresholds = {row["tier"]: row["score"] for row in named.client("tina").get(API).json()["rows"]}
    assert answer["next_tier"] is None
    assert tier["next_tier"]["tier"] == "boss"
    assert tier["next_tier"]["difference"] == pytest.approx(thresholds["boss"] - tier["row"]["score"])


def test_rows_near_ones_own_do_not_tell_where_they_stood_before(named: Installation) -> None:
    veil(named, BoardNames.REAL, 1)
    named.clock.advance(timedelta(days=1))
    named.submit_accuracy("xbirchwood", 0.99, seed=9)

    own, staff = (moves_in_file(named, name) for name in ("student0", "tina"))
    page = browser(named, "xashgrove").get(f"{TINY}/leaderboard").text

    assert staff == {"Bram Birchwood": "1", "Cleo Cedarholm": "-1", "Ada Ashgrove": "0"}
    assert own == {"Bram Birchwood": "1", "Cleo Cedarholm": "0", "Ada Ashgrove": "0"}
    assert "▲" in page
    assert "▼" not in page.partition("<tbody")[2].partition("</tbody")[0]


def moves_in_file(installation: Installation, name: str) -> dict[str, str]:
    """The ranks that each team won, as the board's file says."""
    text = installation.client(name).get(f"{API}/board.csv").text.lstrip("\ufeff")
    rows = csv.reader(io.StringIO(text))
    return {row[2]: row[1] for row in list(rows)[1:]}


@pytest.mark.both
def test_chosen_names_stand_and_real_ones_do_not(named: Installation) -> None:
    veil(named, BoardNames.CHOSEN)
    named.client("student1").put(f"/api{TINY}/team", json={"name": "Foxes"}).raise_for_status()
    first = teams_of(named, "student0")
    named.client("student1").put(f"/api{TINY}/team", json={"name": NAMES["student1"]}).raise_for_status()

    drawn = {row["team"] for row in rows_of(named, "student0")}

    assert first[1] == "Foxes"
    assert NAMES["student1"] not in drawn
    assert drawn == set(pseudonyms_of(named).values())


@pytest.mark.both
def test_whoever_looks_for_a_free_name_reads_no_name_of_another(named: Installation) -> None:
    veil(named, BoardNames.PSEUDONYMS)

    taken = named.client("student0").put(f"/api{TINY}/team", json={"name": "Brаm Birchwood"})

    assert taken.status_code == 409
    assert "Bram Birchwood" not in taken.text  # what was typed has a letter of another script


@pytest.mark.both
def test_a_switch_of_the_course_makes_every_kept_copy_old_and_is_in_the_trail(named: Installation) -> None:
    client, staff = named.client("student0"), named.client("iris")
    etag = client.get(API).headers["etag"]
    veil(named, BoardNames.PSEUDONYMS)
    answers = [each.get(API, headers={"If-None-Match": etag}) for each in (client, staff, client)]
    mixed = client.get(API, headers={"If-None-Match": answers[1].headers["etag"]})
    acts = staff.get("/api/competitions/tiny/audit", params={"act": "course_changed"}).json()["entries"]

    assert [each.status_code for each in (*answers, mixed)] == [200] * 4
    assert len({etag, *(each.headers["etag"] for each in answers)}) == 3
    assert acts[0]["after"] == {"board_names": "pseudonyms"}


@pytest.mark.both
def test_a_ta_without_the_right_to_names_reads_the_board_as_students_do(named: Installation) -> None:
    veil(named, BoardNames.PSEUDONYMS, 2)
    tina = named.user("tina")

    def withhold(session: Session, *rights: Right) -> None:
        course = courses.course_named(session, "ml")
        about = members.person_in(session, course=course, user_id=tina.id)
        left = ALL_RIGHTS - set(rights)
        give(session, course=course, ta=about.member, rights=left, by=COMMAND_LINE, now=named.clock())

    before = teams_of(named, "tina")
    named.db.write(lambda session: withhold(session, Right.SEE_NAMES))

    assert before[0] == NAMES["student2"]
    assert teams_of(named, "tina") == teams_of(named, "student0")


@pytest.mark.both
def test_pseudonyms_are_unlike_in_a_competition_and_tell_nothing(named: Installation) -> None:
    drawn = set()
    for _ in range(300):
        drawn.add(named.db.read(lambda session: pseudonyms.draw(session, competition_id=1)))
    values = set(pseudonyms_of(named).values())

    assert len(drawn) > 290
    assert len(values) == 3
    assert len({word for name in drawn for word in name.split()[:2]}) > 80


@pytest.mark.both
@pytest.mark.parametrize("rows", ["0", "-3", "many", "1.5", "9" * 9])
def test_a_number_of_ranks_that_is_none_is_refused(named: Installation, rows: str) -> None:
    page = browser(named, "iris")
    fields = {"title": "ML", "zone": "Asia/Taipei", "board_rows": rows}

    answer = page.post(SETUP, data={"form_token": form_token(page), **fields})

    assert answer.status_code == 422
    assert named.db.read(lambda session: session.scalars(select(Course.board_rows)).all()) == [None, None]
