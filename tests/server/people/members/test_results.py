"""A page for every student: what stands on it, what counts, and who may see which part of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from server.domain.boards import leaderboard
from server.domain.grades import report as grades
from server.domain.grades.private_results import private_results
from server.domain.grades.results import PersonResult, results_of
from server.models import AuditEntry, PrivateStanding, Standing
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation
from tests.support.person import erase
from tests.support.teamwork import in_teams_of, join

STUDENTS = ["student0", "student1", "student2"]
MINE = "/courses/ml/results"


def page_of(installation: Installation, name: str) -> str:
    """The address of somebody's page."""
    return f"/courses/ml/people/{installation.user(name).id}"


def results(installation: Installation, name: str) -> list[PersonResult]:
    """What somebody has, without the private half."""
    user, course_id = installation.user(name), installation.competition().course_id
    return installation.db.read(lambda session: results_of(session, course_id=course_id, user_id=user.id))


def handed_in(installation: Installation) -> None:
    """Files in time of a team of two and of a third student, finals, an exclusion, a late file, a trial."""
    until = installation.competition().deadline_at + timedelta(hours=40)
    in_teams_of(installation, 2, late_penalty=0.25, late_until=until)
    installation.train("simple")
    installation.train("medium")
    join(installation, "student0", "student1")
    for name, accuracy, seed in (("student0", 0.7, 1), ("student1", 0.8, 2), ("student2", 0.52, 3)):
        installation.submit_accuracy(name, accuracy, seed)
    first, second = (installation.submit_accuracy("student0", 0.6, seed).id for seed in (4, 5))
    student, staff = installation.client("student0"), installation.client("tina")
    for number in (first, second):
        student.put(f"/api/submissions/{number}/final", json={"selected": True}).raise_for_status()
    spoiled = installation.submit_accuracy("student2", 0.9, 6).id
    why = {"excluded": True, "reason": "It was copied."}
    staff.put(f"/api/submissions/{spoiled}/excluded", json=why).raise_for_status()
    installation.submit_accuracy("tina", 0.9, 7)
    installation.clock.now = installation.competition().deadline_at + timedelta(hours=30)
    installation.submit_accuracy("student2", 0.95, 8)


@pytest.mark.both
def test_results_say_what_boards_and_grades_say(installation: Installation) -> None:
    handed_in(installation)
    competition = installation.competition()

    by_board, by_grade = [], []
    for name in STUDENTS:
        (row,) = results(installation, name)
        private = installation.db.read(
            lambda session, row=row: private_results(session, [row])[row.competition.id], private=True
        )
        assert row.team is not None
        by_board.append(
            (name, row.team.id, row.place and row.place.rank, private.place and private.place.rank)
        )
        by_grade.append((name, row.grade, private.grade))

    def boards() -> list[dict[int, int | None]]:
        return [
            installation.db.read(
                lambda session, split=split: {
                    each.team_id: each.rank
                    for each in leaderboard.board(session, competition=competition, split=split)
                },
                private=True,
            )
            for split in (Standing, PrivateStanding)
        ]

    public_ranks, private_ranks = boards()
    report = installation.db.read(
        lambda session: grades.grades_of(session, competition=competition), private=True
    )
    assert by_board == [
        (name, team, public_ranks[team], private_ranks[team]) for name, team, _, _ in by_board
    ]
    assert by_grade == [(each.username, each.public, each.private) for each in report]
    assert by_grade[2][1].days_late == 2


def test_an_extension_is_in_force_on_the_page_too(installation: Installation) -> None:
    handed_in(installation)
    deadline = (installation.competition().deadline_at + timedelta(hours=8)).isoformat()
    allowance = {"to": "student2", "deadline_at": deadline, "reason": "Was ill."}
    installation.client("tina").post("/api/competitions/tiny/allowances", json=allowance).raise_for_status()

    (row,) = results(installation, "student2")

    assert row.grade.days_late == 1
    assert "Was ill." in browser(installation, "tina").get(page_of(installation, "student2")).text


def test_the_page_says_what_counts_and_why(installation: Installation) -> None:
    handed_in(installation)

    team = words(browser(installation, "tina").get(page_of(installation, "student0")).text)
    lone = words(browser(installation, "tina").get(page_of(installation, "student2")).text)

    assert "Counts on the public board: the best public score of the files in time." in team
    assert "Counts on the private board: the best of the final selections." in team
    assert "by student1" in team
    assert "nothing was selected, so the best public submission counts" in lone
    assert "Counts for the public points: 2 days late, 50 % of them are left." in lone
    assert "Excluded by the staff: It was copied." in lone


def test_the_number_of_statements_is_that_of_one_homework(installation: Installation) -> None:
    handed_in(installation)
    tina, student = browser(installation, "tina"), browser(installation, "student0")
    address = page_of(installation, "student0")
    with statements(installation) as before:
        tina.get(address)
        student.get(MINE)
    for number in (2, 3):
        clone = {"slug": f"tiny-{number}", "first_day": "2030-03-11"}
        installation.client("iris").post("/api/competitions/tiny/clone", json=clone).raise_for_status()

    with statements(installation) as after:
        shown = tina.get(address).text
        student.get(MINE)

    assert 'id="tiny-3"' in shown
    assert len(after) == len(before) <= 60


@contextmanager
def statements(installation: Installation) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    listed: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        listed.append(statement)

    event.listen(installation.db.engine, "before_cursor_execute", note)
    yield listed
    event.remove(installation.db.engine, "before_cursor_execute", note)


def test_before_the_reveal_a_student_reads_the_same_page_without_its_private_half(
    installation: Installation,
) -> None:
    handed_in(installation)
    student = browser(installation, "student0")

    sealed = words(student.get(MINE).text)
    installation.clock.now = installation.competition().reveal_at
    opened = words(browser(installation, "student0").get(MINE).text)

    assert "What the private rows say is sealed until" in sealed
    assert "Counts on the private board" not in sealed
    assert "Counts on the private board: the best of the final selections." in opened
    assert "sealed" not in opened


def test_the_reason_of_a_team_mates_allowance_is_not_told(installation: Installation) -> None:
    handed_in(installation)
    allowance = {"to": "student0", "extra_slots": 1, "reason": "A private matter."}
    installation.client("tina").post("/api/competitions/tiny/allowances", json=allowance).raise_for_status()

    own, mates = (browser(installation, name).get(MINE).text for name in STUDENTS[:2])

    assert "A private matter." in own
    assert "1 more on every day" in words(mates)
    assert "A private matter." not in mates


@pytest.mark.parametrize(
    ("name", "status"), [("student1", 403), ("mallory", 404), ("ivan", 404), ("iris", 200)]
)
def test_the_page_of_a_person_is_for_the_staff_of_the_course(
    installation: Installation, name: str, status: int
) -> None:
    client = browser(installation, name)
    address = page_of(installation, "student0")
    data = {"form_token": form_token(client), "body": "Asked for help twice."}

    assert client.get(address).status_code == status
    assert client.post(f"{address}/notes", data=data).status_code == status
    assert client.get("/courses/ml/people/999").status_code == (404 if status == 200 else status)


def test_a_note_is_for_the_staff_alone_and_the_trail_does_not_quote_it(installation: Installation) -> None:
    tina, address = browser(installation, "tina"), page_of(installation, "student0")
    data = {"form_token": form_token(tina), "body": "Private score 0.77?\n<b>Ask.</b>"}

    shown = tina.post(f"{address}/notes", data=data)
    empty = tina.post(f"{address}/notes", data=data | {"body": " "})

    assert "Private score 0.77?\n&lt;b&gt;Ask.&lt;/b&gt;" in shown.text
    assert (empty.status_code, "A note has 1 to 2,000 characters" in empty.text) == (422, True)
    student = browser(installation, "student0")
    assert "0.77?" not in student.get(MINE).text + student.get("/account/data.json").text
    handed_out = (
        installation.client("root").get(f"/api/people/{installation.user('student0').id}/data").json()
    )
    assert [each["body"][:20] for each in handed_out["notes"]] == ["Private score 0.77?\n"]
    entries = installation.db.read(
        lambda session: session.query(AuditEntry).filter_by(act="note_added").all()
    )
    assert [(each.before, each.after, each.details) for each in entries] == [(None, None, {})]
    erase(installation, "student0")
    assert "0.77?" not in tina.get(address).text


def test_each_name_that_staff_see_is_a_link_to_the_person(installation: Installation) -> None:
    installation.train("simple")
    installation.submit_accuracy("student2", 0.7, 1)
    link = f'href="{page_of(installation, "student2")}"'
    team = next(
        each["id"] for each in installation.client("tina").get("/api/competitions/tiny/teams").json()["teams"]
    )
    addresses = [
        f"{TINY}/leaderboard",
        f"{TINY}/leaderboard/private",
        f"{TINY}/teams",
        f"{TINY}/teams/{team}",
        f"{TINY}/grades",
        "/submissions/2",
    ]

    tina, student = browser(installation, "tina"), browser(installation, "student2")

    assert [address for address in addresses if link not in tina.get(address).text] == []
    assert [address for address in addresses if "/people/" in student.get(address).text] == []


def test_the_first_page_says_how_a_finished_homework_ended(installation: Installation) -> None:
    handed_in(installation)
    installation.submit("student0", b"id,label\n", "late.csv")
    student = browser(installation, "student0")
    before = student.get("/").text
    installation.clock.now = installation.competition().reveal_at

    after = browser(installation, "student0").get("/").text

    assert "Private rank" not in before
    assert "Private rank" in after
    assert re.search(r"Private rank \d of 2 Private score 0\.\d+ Public rank \d of 2", words(after))
    assert "Counted: pred.csv" in words(after)
    assert f'href="{TINY}/shake-up"' in after
    assert f'class="button" href="{TINY}/submit"' not in after


@pytest.mark.both
def test_the_api_has_what_the_page_has_and_the_private_half_from_the_reveal_on(
    installation: Installation,
) -> None:
    handed_in(installation)
    client, address = installation.client("student0"), "/api/courses/ml/results"
    sealed = client.get(address)
    (before,) = sealed.json()["homeworks"]
    page = words(browser(installation, "student0").get(MINE).text)
    installation.clock.now = installation.competition().reveal_at

    opened = client.get(address).json()
    (after,) = opened["homeworks"]

    assert sealed.headers["cache-control"] == "no-store"
    assert before["private"] is None
    assert {each["private_score"] for each in before["files"]} == {None}
    assert [each["is_final"] for each in before["files"]].count(True) == 2
    assert all(sentence in page for each in before["files"] for sentence in each["counts"])
    assert any(each["counts"] for each in before["files"])
    assert (before["public"]["rank"], before["public"]["teams"]) == (1, 2)
    assert after["private"]["rank"] is not None
    assert any(each["private_score"] is not None for each in after["files"])
    assert opened["points"] == client.get("/api/courses/ml/points").json()
    assert client.get("/api/courses/other/results").status_code == 404


def test_staff_read_their_trials_and_have_no_points_in_their_results(installation: Installation) -> None:
    handed_in(installation)

    answer = installation.client("tina").get("/api/courses/ml/results").json()

    assert answer["points"] is None
    assert [each["is_trial"] for each in answer["homeworks"][0]["files"]] == [True]
