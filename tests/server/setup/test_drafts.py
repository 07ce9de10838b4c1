"""Drafts of a course on its calendar: begun, moved, undone, launched, and seen by its instructors alone."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from server.domain.setup.drafts import launch
from server.models import Course, Draft, DraftState
from tests.support.archives import homework_files, packed
from tests.support.browser import words
from tests.support.drafts import (
    DRAFTS,
    Editor,
    begin_uploaded,
    drafts_of,
    furnish_box,
    launch_now,
)
from tests.support.installation import Installation

IN_LINE = re.compile(r"<bdi>[^<]*(?:<|&lt;)!--")  # of another language's part, where a title is shown
TAIPEI = ZoneInfo("Asia/Taipei")


def listed(editor: Editor) -> list[dict[str, str]]:
    """The drafts as the API lists them, in their order."""
    rows: list[dict[str, str]] = (
        editor.installation.client("iris").get("/api/courses/ml/drafts").json()["drafts"]
    )
    return rows


def opening_days(editor: Editor) -> dict[str, date]:
    """The local day on which each draft opens, in their order."""
    return {
        each["slug"]: datetime.fromisoformat(each["opens_at"]).astimezone(TAIPEI).date()
        for each in listed(editor)
    }


@pytest.mark.both
def test_an_uploaded_homework_is_a_draft_until_it_is_launched(installation: Installation) -> None:
    editor = Editor(installation)
    student = installation.client("student0")

    draft_id = begin_uploaded(editor)
    before = [student.get(path).status_code for path in ("/api/competitions/waves", "/competitions/waves")]
    request = editor.post(f"/{draft_id}/launch")
    launching = drafts_of(installation)[0].state
    launch_now(installation, draft_id)

    (draft,) = drafts_of(installation)
    row = installation.competition_named("waves")
    assert before == [404, 404]
    assert request[0] == 200
    assert launching is DraftState.LAUNCHING
    assert (draft.state, draft.competition_id) == (DraftState.LAUNCHED, row.id)
    assert (row.homework, row.title) == ("waves", "Tiny accuracy")
    assert row.opens_at > installation.clock()
    assert student.get("/api/competitions/waves").status_code == 404  # it has not opened
    assert installation.client("iris").get("/api/competitions/waves").status_code == 200


@pytest.mark.both
def test_homeworks_of_the_box_keep_their_distance_and_change_places(installation: Installation) -> None:
    furnish_box(installation, "hw81_one", "hw82_two", "hw83_three")
    editor = Editor(installation)

    status, _ = editor.post("/box", homework=["hw81_one", "hw82_two"])
    editor.post("/box", homework=["hw83_three"])
    before = opening_days(editor)
    last = drafts_of(installation)[2].id
    move = editor.post(f"/{last}/move", places="-2")
    after = opening_days(editor)
    undo = editor.post(f"/{last}/steps/undo")

    tiny = installation.competition().opens_at.astimezone(TAIPEI).date()
    week = timedelta(days=7)
    assert (status, move[0], undo[0]) == (200, 200, 200)
    assert before == {"hw81-one": tiny + week, "hw82-two": tiny + week, "hw83-three": tiny + 2 * week}
    assert list(after) == ["hw83-three", "hw81-one", "hw82-two"]
    assert list(after.values()) == list(before.values())
    assert opening_days(editor)["hw83-three"] == before["hw83-three"]
    assert editor.post(f"/{last}/move", places="5")[0] == 409


def test_a_title_of_several_languages_reads_in_one(installation: Installation) -> None:
    whole = "Waves <!-- zh-TW --> 波浪 <!-- de --> Wellen"
    rules = furnish_box(installation, "hw81_one") / "hw81_one" / "competition.toml"
    rules.write_text(rules.read_text().replace('title = "Tiny', f'title = "{whole}'))
    editor = Editor(installation)
    editor.post("/new", title=whole, new_slug="waves")

    for address in ("", f"/{drafts_of(installation)[0].id}"):
        page = editor.page(address)
        chinese = editor.client.get(f"{DRAFTS}{address}", headers={"Accept-Language": "zh-TW"}).text
        assert ("Waves" in page, "波浪" in chinese) == (True, True), address
        assert [text for text in (page, chinese) if IN_LINE.search(text)] == [], address


def test_nothing_is_put_or_typed_onto_a_holiday(installation: Installation) -> None:
    furnish_box(installation, "hw81_one")
    editor = Editor(installation)
    opening = installation.competition().opens_at.astimezone(TAIPEI).date() + timedelta(days=7)
    due = opening + timedelta(days=7)  # as the tiny homework has it
    installation.db.write(lambda session: session.execute(update(Course).values(holidays=[due.isoformat()])))

    editor.post("/box", homework=["hw81_one"])
    (draft,) = listed(editor)
    deadline = datetime.fromisoformat(draft["deadline_at"]).astimezone(TAIPEI)
    typed = {
        "opens_at": f"{opening}T12:00",
        "deadline_at": f"{due}T23:59",
        "late_until": f"{due + timedelta(days=1)}T23:59",
        "reveal_at": f"{due + timedelta(days=2)}T00:00",
    }
    status, page = editor.post(f"/{draft['id']}/times", **typed)

    assert deadline.date() == due + timedelta(days=1)
    assert status == 422
    assert f"'hw81-one' would be due on {due}, a holiday of the course" in words(page).replace("&#39;", "'")
    assert f'value="{due}T23:59"' in page  # what was typed stays
    assert listed(editor) == [draft]


def test_times_out_of_order_are_refused_and_good_ones_are_saved_and_undone(
    installation: Installation,
) -> None:
    editor = Editor(installation)
    draft_id = begin_uploaded(editor)
    before = listed(editor)
    typed = {
        "opens_at": "2031-03-01T09:00",
        "deadline_at": "2031-03-15T23:59",
        "late_until": "2031-03-17T23:59",
        "reveal_at": "2031-03-18T00:00",
    }

    refusal = editor.post(f"/{draft_id}/times", **typed | {"deadline_at": "2031-02-15T23:59"})
    between = listed(editor)
    save = editor.post(f"/{draft_id}/times", **typed)
    after = listed(editor)
    editor.post(f"/{draft_id}/steps/undo")

    assert (refusal[0], save[0]) == (422, 200)
    assert between == before == listed(editor)
    assert after[0]["deadline_at"] == "2031-03-15T15:59:00.000000Z"
    assert editor.post(f"/{draft_id}/steps/undo")[0] == 409
    assert editor.post(f"/{draft_id}/steps/redo")[0] == 200
    assert listed(editor) == after


def test_a_homework_of_the_box_is_built_at_its_launch(installation: Installation) -> None:
    furnish_box(installation, "hw81_one")
    editor = Editor(installation)
    editor.post("/box", homework=["hw81_one"])
    editor.post("/launch")

    launch_now(installation, drafts_of(installation)[0].id)

    row = installation.competition_named("hw81-one")
    runs = installation.client("iris").get("/api/competitions/hw81-one/baseline-runs").json()["runs"]
    assert row.homework == "hw81_one"
    assert len(runs) == 4  # whose thresholds are trained
    assert "launched" in words(editor.page())


def test_a_launch_that_fails_leaves_the_draft_and_says_why(installation: Installation) -> None:
    box = furnish_box(installation, "hw81_one")
    (box / "hw81_one" / "data.py").write_text('raise RuntimeError("no disk here")\n')
    editor = Editor(installation)
    editor.post("/box", homework=["hw81_one"])
    editor.post("/launch")

    launch_now(installation, drafts_of(installation)[0].id)

    (draft,) = drafts_of(installation)
    assert draft.state is DraftState.WRITTEN
    page = words(editor.page())
    assert "The launch came to nothing. The homework could not be built." in page
    assert "no disk here" in page


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        ({"private/answer_key.csv": b"id,label\n0,a\n"}, "Usage"),
        ({"pictures/fig.png": b"<html>"}, "'pictures/fig.png' is no picture"),
        ({"competition.toml": b"title = 3"}, "The key 'metric' is missing"),
        ({"public/sample_submission.csv": b"id,label\n77777,a\n"}, "sample_submission.csv does not fit"),
        ({"../evil": b"x"}, "leads out of the folder"),
    ],
    ids=["key", "picture", "rules", "sample", "slip"],
)
def test_a_spoiled_archive_is_refused_whole_with_what_is_wrong(
    installation: Installation, spoiled: dict[str, bytes], reason: str
) -> None:
    editor = Editor(installation)
    before = begin_uploaded(editor)

    status, page = editor.send(
        "/archive", "archive", "bad.zip", packed(homework_files(installation) | spoiled)
    )

    assert status == 422
    assert reason in words(page).replace("&#39;", "'")
    assert [each.id for each in drafts_of(installation)] == [before]


def test_a_draft_that_is_taken_away_gives_its_slug_back(installation: Installation) -> None:
    editor = Editor(installation)
    first = begin_uploaded(editor)

    second = begin_uploaded(editor)
    editor.post(f"/{first}/drop")
    third = begin_uploaded(editor)

    slugs = {each.id: (each.slug, each.state) for each in drafts_of(installation)}
    assert slugs[first] == ("waves", DraftState.DROPPED)
    assert slugs[second][0] == "waves-ml"
    assert slugs[third][0] == "waves"
    assert editor.post(f"/{first}/launch")[0] == 404


@pytest.mark.both
def test_a_draft_that_was_taken_away_is_put_back_as_it_was(installation: Installation) -> None:
    editor = Editor(installation)
    draft_id = begin_uploaded(editor)
    before = listed(editor)
    editor.post(f"/{draft_id}/drop")
    page = editor.page()

    put_back = editor.post(f"/{draft_id}/steps/undo")
    acts = installation.client("root").get("/api/audit?act=draft_restored").json()["entries"]

    assert f'action="{DRAFTS}/{draft_id}/steps/undo"' in page
    assert "Taken away" in words(page)
    assert (put_back[0], "Taken away" in words(put_back[1])) == (200, False)
    assert listed(editor) == before
    assert [each["subject"] for each in acts] == ["draft waves"]
    assert editor.post(f"/{draft_id}/steps/redo")[0] == 409


def test_a_draft_is_not_put_back_beside_another_of_its_slug(installation: Installation) -> None:
    editor = Editor(installation)
    first = begin_uploaded(editor)
    editor.post(f"/{first}/drop")
    second = begin_uploaded(editor)

    status, page = editor.post(f"/{first}/steps/undo")

    assert status == 409
    assert "cannot stand again beside it" in words(page)
    assert [each["id"] for each in listed(editor)] == [second]


@pytest.mark.both
def test_a_launch_has_one_worker_and_goes_to_the_next_when_that_one_dies(installation: Installation) -> None:
    editor = Editor(installation)
    first, second = begin_uploaded(editor), begin_uploaded(editor)
    editor.post("/launch")
    lease, now = timedelta(seconds=30), installation.clock()
    later = now + lease

    def claim(at: datetime) -> Draft | None:
        return installation.db.write(
            lambda session: launch.claim(session, draft_id=first, lease=lease, now=at)
        )

    due = [installation.db.read(lambda session: launch.due_ids(session, now=now))]
    dead, other = claim(now), claim(now)
    due += [
        installation.db.read(lambda session, at=at: launch.due_ids(session, now=at)) for at in (now, later)
    ]
    heir = claim(later)

    assert due == [[first], [], [first]]  # one at a time, the other draft waits
    assert second not in due[2]
    assert dead is not None
    assert (other, heir is None) == (None, False)
    with pytest.raises(launch.LaunchLost):
        installation.db.write(lambda session: launch.fail(session, dead, error="too late"))


@pytest.mark.parametrize(("name", "status"), [("tina", 403), ("student0", 403), ("ivan", 404)])
def test_nobody_but_its_instructors_meets_a_draft(installation: Installation, name: str, status: int) -> None:
    draft_id = begin_uploaded(Editor(installation))
    stranger = Editor(installation, name)

    statuses = {
        stranger.client.get(DRAFTS).status_code,
        stranger.client.get("/api/courses/ml/drafts").status_code,
        stranger.post("/box", homework=["hw01_covid"])[0],
        stranger.post("/launch")[0],
        *(
            stranger.post(f"/{draft_id}/{act}", places="1")[0]
            for act in ("launch", "steps/undo", "steps/redo", "drop", "move")
        ),
    }

    assert statuses == {status}


def test_a_draft_of_another_course_is_not_there(installation: Installation) -> None:
    draft_id = begin_uploaded(Editor(installation))
    client = Editor(installation, "ivan")

    answer = client.client.post(f"/courses/other/drafts/{draft_id}/drop", data={"form_token": client.token})

    assert answer.status_code == 404
    assert drafts_of(installation)[0].state is DraftState.WRITTEN
