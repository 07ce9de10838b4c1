"""Changing a competition's rules: what may be changed, what follows, and who is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from server.clock import iso
from server.domain.boards import standings
from server.models import AuditEntry, Course, Submission
from tests.support import tiny_homework
from tests.support.browser import TINY, browser, rules_form, words
from tests.support.installation import Installation

PATH = "/api/competitions/tiny/rules"
DAY = timedelta(days=1)


def change(installation: Installation, editor: str = "tina", **changes: Any) -> Any:
    """Ask over the API to change rules from what they are now."""
    client = installation.client(editor)
    version = client.get(PATH).json()["version"]
    return client.put(PATH, json={"changes": changes, "version": version, "reason": "Typhoon"})


def entries(installation: Installation) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.act == "rules_changed").order_by(AuditEntry.id)
    return installation.db.read(lambda session: list(session.scalars(query)))


def submission(installation: Installation, submission_id: int) -> Submission:
    return installation.db.read(lambda session: session.get_one(Submission, submission_id))


@pytest.mark.both
def test_a_changed_rule_holds_at_once_and_stands_on_the_page_with_its_reason(
    installation: Installation,
) -> None:
    later = installation.competition().deadline_at + timedelta(hours=6)

    changed = change(installation, deadline_at=iso(later), daily_limit=7)

    assert changed.status_code == 200
    assert changed.json()["changes"][0]["changes"] == [
        {"rule": "daily_limit", "before": 5, "after": 7},
        {"rule": "deadline_at", "before": iso(later - timedelta(hours=6)), "after": iso(later)},
    ]
    seen = installation.client("student0").get("/api/competitions/tiny").json()
    assert (seen["deadline_at"], seen["today"]["limit"]) == (iso(later), 7)
    page = words(browser(installation, "student0").get(TINY).text).replace(" :", ":").replace("” .", "”.")
    assert (
        "Rules changed on Wed 13 Mar 2030, 12:00 (Asia/Taipei): submissions a day from 5 to 7, deadline from "
        "Mon 18 Mar 2030, 12:00 (Asia/Taipei) to Mon 18 Mar 2030, 18:00 (Asia/Taipei), because “Typhoon”."
    ) in page
    entry = entries(installation)[0]
    assert (entry.reason, entry.before) == (
        "Typhoon",
        {"daily_limit": 5, "deadline_at": iso(later - timedelta(hours=6))},
    )


def test_title_and_description_change_without_a_line_on_the_page(installation: Installation) -> None:
    change(installation, title="Tiny again", description_md="# New").raise_for_status()

    page = browser(installation, "student0").get(TINY).text

    assert "Tiny again" in page
    assert "Rules changed" not in page
    assert len(entries(installation)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"daily_limit": 0}, "daily_limit"),
        ({"deadline_at": "2030-03-01T00:00:00Z"}, "Times run in this order"),
        ({"reveal_at": "2030-03-14T00:00:00Z"}, "Times run in this order"),
        ({"late_until": "2030-03-17T00:00:00"}, "late_until"),
        ({"reset_zone": "Mars/Olympus"}, "an IANA time zone, such as Asia/Taipei"),
        ({"late_penalty": 1.5}, "late_penalty"),
        ({"unselected": "worst"}, "unselected"),
        ({"title": ""}, "title"),
        ({"slug": "other"}, "There is no rule slug"),
        ({"daily_limit": 5}, "Nothing would change"),
    ],
)
def test_rules_out_of_bounds_are_refused_and_change_nothing(
    installation: Installation, changes: dict[str, Any], sentence: str
) -> None:
    before = installation.client("tina").get(PATH).json()

    answer = change(installation, **changes)

    assert answer.status_code == 422
    assert sentence in answer.json()["error"]["message"]
    assert installation.client("tina").get(PATH).json() == before


@pytest.mark.parametrize("name", ["deadline_at", "late_until"])
def test_nothing_is_moved_onto_a_holiday_and_what_is_due_on_one_stays(
    installation: Installation, name: str
) -> None:
    due = getattr(installation.competition(), name)
    days = [(due + DAY * later).date().isoformat() for later in (0, 1)]
    holidays = update(Course).values(holidays=days)
    installation.db.write(lambda session: session.execute(holidays))

    refused = change(installation, **{name: iso(due + DAY)})
    title = change(installation, title="Tiny again")

    assert refused.status_code == 422
    assert f"'tiny' would be due on {days[1]}, a holiday of the course" in refused.json()["error"]["message"]
    assert title.status_code == 200
    assert getattr(installation.competition(), name) == due


def test_the_page_refuses_a_holiday_and_keeps_what_was_typed(installation: Installation) -> None:
    holidays = update(Course).values(holidays=["2030-03-19"])
    installation.db.write(lambda session: session.execute(holidays))
    client = browser(installation, "tina")
    typed = {"deadline_at": "2030-03-19T12:00", "reason": "Typhoon"}

    page = client.post(f"{TINY}/rules/change", data=rules_form(client) | typed)

    assert page.status_code == 422
    assert "would be due on 2030-03-19, a holiday of the course" in words(page.text)
    assert 'value="2030-03-19T12:00"' in page.text


def test_a_change_from_rules_that_have_changed_since_is_refused(installation: Installation) -> None:
    client = installation.client("iris")
    old = client.get(PATH).json()["version"]
    change(installation, daily_limit=7).raise_for_status()

    late = client.put(PATH, json={"changes": {"team_size": 3}, "version": old, "reason": "x"})

    assert late.status_code == 409
    assert installation.competition().team_size == 1


@pytest.mark.both
def test_of_two_changes_at_once_one_is_refused(installation: Installation) -> None:
    version = installation.client("tina").get(PATH).json()["version"]
    clients = [installation.client(editor) for editor in ("tina", "iris")]
    bodies = [{"changes": {"daily_limit": limit}, "version": version, "reason": "x"} for limit in (8, 9)]

    with ThreadPoolExecutor(2) as threads:
        statuses = list(
            threads.map(
                lambda each: each[0].put(PATH, json=each[1]).status_code, zip(clients, bodies, strict=True)
            )
        )

    assert sorted(statuses) == [200, 409]
    assert len(entries(installation)) == 1


def test_a_reason_is_asked_for(installation: Installation) -> None:
    client = installation.client("tina")
    version = client.get(PATH).json()["version"]

    answer = client.put(PATH, json={"changes": {"daily_limit": 9}, "version": version, "reason": " "})

    assert answer.status_code == 422
    assert entries(installation) == []


def test_what_was_revealed_cannot_be_hidden_again(installation: Installation) -> None:
    reveal = installation.competition().reveal_at
    installation.clock.now = reveal

    hidden = change(installation, reveal_at=iso(reveal + timedelta(microseconds=1)))
    earlier = change(installation, reveal_at=iso(reveal - timedelta(hours=1)))

    assert (hidden.status_code, earlier.status_code) == (409, 200)
    assert "cannot be hidden again" in hidden.json()["error"]["message"]
    board = installation.client("student0").get("/api/competitions/tiny/leaderboard/private")
    assert board.status_code == 200


def test_before_the_reveal_it_moves_and_the_private_board_stays_closed_until_then(
    installation: Installation,
) -> None:
    installation.submit_accuracy("student0", 0.7, seed=1)
    reveal = installation.competition().reveal_at
    board = "/api/competitions/tiny/leaderboard/private"
    installation.client("tina").get(board).raise_for_status()

    change(installation, reveal_at=iso(reveal + DAY)).raise_for_status()

    student = installation.client("student0")
    installation.clock.now = reveal
    closed = student.get(board).status_code
    installation.clock.now = reveal + DAY
    assert (closed, student.get(board).status_code) == (403, 200)


@pytest.mark.both
def test_the_opening_cannot_move_into_the_future_once_students_have_submitted(
    installation: Installation,
) -> None:
    tomorrow = iso(installation.clock() + DAY)
    before = change(installation, opens_at=tomorrow)
    change(installation, opens_at=iso(installation.clock() - DAY)).raise_for_status()
    installation.submit_accuracy("student0", 0.7, seed=1)

    after = change(installation, opens_at=tomorrow)

    assert (before.status_code, after.status_code) == (200, 409)


@pytest.mark.both
def test_a_later_deadline_makes_late_files_timely_and_boards_follow(installation: Installation) -> None:
    deadline = installation.competition().deadline_at
    installation.clock.now = deadline + timedelta(hours=1)
    late = installation.submit_accuracy("student0", 0.8, seed=1)
    board = "/api/competitions/tiny/leaderboard/public"
    before = installation.client("student0").get(board)

    change(installation, deadline_at=iso(deadline + timedelta(hours=2))).raise_for_status()

    after = installation.client("student0").get(board)
    assert (late.is_late, submission(installation, late.id).is_late) == (True, False)
    assert (before.json()["rows"], [row["team"] for row in after.json()["rows"]]) == ([], ["Student0"])
    assert before.headers["etag"] != after.headers["etag"]
    assert differences(installation) == []


@pytest.mark.both
@pytest.mark.parametrize("changes", [{"deadline_at": -1}, {"grace_seconds": 0}])
def test_no_change_makes_a_file_late_that_came_in_time(
    installation: Installation, changes: dict[str, int]
) -> None:
    deadline = installation.competition().deadline_at
    installation.clock.now = deadline + timedelta(seconds=30)
    sent = installation.submit_accuracy("student0", 0.8, seed=1)
    moved: dict[str, Any] = dict(changes)
    if "deadline_at" in moved:
        moved["deadline_at"] = iso(deadline - DAY)

    answer = change(installation, **moved)

    assert answer.status_code == 409
    assert "stays in time" in answer.json()["error"]["message"]
    assert not submission(installation, sent.id).is_late


def test_a_deadline_may_come_closer_but_not_before_now(installation: Installation) -> None:
    sent = installation.submit_accuracy("student0", 0.8, seed=1)
    now = installation.clock()

    past = change(installation, deadline_at=iso(now - timedelta(hours=1)))
    soon = change(installation, deadline_at=iso(now + timedelta(hours=1)))

    assert (past.status_code, soon.status_code) == (409, 200)
    assert not submission(installation, sent.id).is_late


@pytest.mark.both
def test_another_way_to_judge_those_who_select_nothing_recomputes_the_private_board(
    installation: Installation,
) -> None:
    files = [tiny_homework.predictions(400, accuracy=0.7, seed=seed) for seed in range(4)]
    for data in files:
        installation.submit("student0", data)
    board = "/api/competitions/tiny/leaderboard/private"
    expected = {
        "first": tiny_homework.score_of(files[0], "Private"),
        "best": max(tiny_homework.score_of(data, "Private") for data in files),
        "best_public": tiny_homework.score_of(
            max(files, key=lambda data: tiny_homework.score_of(data, "Public")), "Private"
        ),
    }

    scores = {}
    for way in expected:
        change(installation, unselected=way)
        row = installation.client("tina").get(board).json()["rows"][0]
        scores[way] = row["score"]

    assert len(set(expected.values())) > 1
    assert scores == {way: pytest.approx(score, abs=1e-4) for way, score in expected.items()}
    assert differences(installation) == []


def differences(installation: Installation) -> list[str]:
    competition = installation.competition()
    return installation.db.read(
        lambda session: standings.differences(session, competition=competition), private=True
    )


@pytest.mark.both
def test_final_selections_cannot_become_fewer_than_a_team_has_chosen(installation: Installation) -> None:
    for seed in range(2):
        sent = installation.submit_accuracy("student0", 0.7, seed=seed)
        chosen = installation.client("student0").put(
            f"/api/submissions/{sent.id}/final", json={"selected": True}
        )
        chosen.raise_for_status()

    fewer, more = change(installation, final_selections=1), change(installation, final_selections=3)

    assert (fewer.status_code, more.status_code) == (409, 200)
    assert "1 team has selected more than 1 already" in fewer.json()["error"]["message"]


@pytest.mark.both
def test_another_zone_leaves_past_submissions_on_their_day(installation: Installation) -> None:
    sent = installation.submit_accuracy("student0", 0.7, seed=1)
    installation.clock.advance(timedelta(hours=13))  # the next day in Taipei, the same one in London

    change(installation, reset_zone="Europe/London").raise_for_status()

    today = installation.client("student0").get("/api/competitions/tiny").json()["today"]
    assert submission(installation, sent.id).course_day == sent.course_day
    assert (today["day"], today["used"]) == ("2030-03-13", 1)


@pytest.mark.parametrize(
    ("username", "status"), [("student0", 403), ("mallory", 404), ("ivan", 404), (None, 401)]
)
def test_nobody_but_the_courses_staff_changes_rules(
    installation: Installation, username: str | None, status: int
) -> None:
    body = {"changes": {"daily_limit": 100}, "version": "x", "reason": "x"}

    assert installation.client(username).put(PATH, json=body).status_code == status
