"""The archive: a competition in it is readable as ever and takes nothing, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.domain.competitions.archiving import Archived
from server.models import AuditEntry
from tests.support import teamwork
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

ARCHIVE = "/api/competitions/tiny/archive"
WHY = {"reason": "The term is over"}
READABLE = [
    "/api/competitions/tiny",
    "/api/competitions/tiny/files",
    "/api/competitions/tiny/files/sample_submission.csv",
    "/api/competitions/tiny/submissions",
    "/api/competitions/tiny/leaderboard/public",
    TINY,
    f"{TINY}/leaderboard",
]


@pytest.fixture
def archived(installation: Installation) -> Installation:
    """An archived competition with a trained tier and a scored student."""
    installation.train("simple")
    installation.submit_accuracy("student0", 0.63, seed=1)
    installation.client("iris").post(ARCHIVE, json=WHY).raise_for_status()
    return installation


def test_what_was_readable_before_is_readable_still_and_the_same(installation: Installation) -> None:
    installation.train("simple")
    installation.submit_accuracy("student0", 0.63, seed=1)
    student = installation.client("student0")
    before = {path: student.get(path) for path in READABLE}

    installation.client("iris").post(ARCHIVE, json=WHY).raise_for_status()
    after = {path: student.get(path) for path in READABLE}

    assert {answer.status_code for answer in after.values()} == {200}
    assert after[READABLE[4]].text == before[READABLE[4]].text
    assert after[READABLE[3]].text == before[READABLE[3]].text
    assert (before[READABLE[0]].json()["archived_at"], after[READABLE[0]].json()["archived_at"]) == (
        None,
        "2030-03-13T04:00:00.000000Z",
    )


def test_an_archived_competition_changes_no_more(archived: Installation) -> None:
    student, tina = archived.client("student0"), archived.client("tina")
    own = student.get("/api/competitions/tiny/submissions").json()["submissions"][0]["id"]

    refused = [
        student.post("/api/competitions/tiny/submissions", content=predictions(400, accuracy=0.6, seed=9)),
        student.put(f"/api/submissions/{own}/final", json={"selected": True}),
        tina.post("/api/competitions/tiny/baseline-runs", json={"tiers": ["medium"]}),
        tina.post(
            "/api/competitions/tiny/allowances",
            json={"to": "student0", "extra_slots": 1, "reason": "ill"},
        ),
    ]

    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert {answer.json()["error"]["code"] for answer in refused} == {"archived"}
    assert "Wed 13 Mar 2030, 12:00 (Asia/Taipei)" in refused[0].json()["error"]["message"]


def test_the_teams_of_an_archived_competition_stay_as_they_are(installation: Installation) -> None:
    teamwork.in_teams_of(installation, 3)
    teamwork.invite(installation, "student0", "student1")
    installation.client("iris").post(ARCHIVE, json=WHY).raise_for_status()

    with pytest.raises(Archived):
        teamwork.invite(installation, "student0", "student2")
    with pytest.raises(Archived):
        teamwork.join(installation, "student0", "student2")
    with pytest.raises(Archived):
        teamwork.rename(installation, "student0", "The Others")


def test_the_private_board_of_an_archived_competition_opens_at_its_time(archived: Installation) -> None:
    student = archived.client("student0")
    sealed = student.get("/api/competitions/tiny/leaderboard/private").status_code

    archived.clock.now = archived.competition().reveal_at

    assert (sealed, student.get("/api/competitions/tiny/leaderboard/private").status_code) == (403, 200)


def test_out_of_the_archive_everything_is_as_its_times_say(archived: Installation) -> None:
    iris, student = archived.client("iris"), archived.client("student0")
    own = student.get("/api/competitions/tiny/submissions").json()["submissions"][0]["id"]

    back = iris.post("/api/competitions/tiny/unarchive", json={"reason": "Archived too early"})

    assert (back.status_code, back.json()["archived_at"]) == (200, None)
    assert student.put(f"/api/submissions/{own}/final", json={"selected": True}).status_code == 200
    assert iris.post("/api/competitions/tiny/unarchive", json=WHY).status_code == 409


def test_archiving_needs_a_reason_an_instructor_and_happens_once(installation: Installation) -> None:
    iris = installation.client("iris")
    statuses = {
        name: installation.client(name).post(ARCHIVE, json=WHY).status_code for name in ("student0", "tina")
    }
    statuses |= {
        name: installation.client(name).post(ARCHIVE, json=WHY).status_code for name in ("mallory", "ivan")
    }

    silent = iris.post(ARCHIVE, json={"reason": "  "}).status_code
    first, again = (iris.post(ARCHIVE, json=WHY).status_code for _ in range(2))

    assert statuses == {"student0": 403, "tina": 403, "mallory": 404, "ivan": 404}
    assert (silent, first, again) == (422, 200, 409)


def test_all_of_a_course_goes_into_the_archive_at_once(installation: Installation) -> None:
    iris = installation.client("iris")
    clone = {"slug": "tiny-b", "first_day": "2030-04-11", "thresholds": "later"}
    iris.post("/api/competitions/tiny/clone", json=clone).raise_for_status()
    iris.post("/api/competitions/tiny-b/archive", json=WHY).raise_for_status()
    installation.clock.advance(timedelta(days=1))

    done = iris.post("/api/courses/ml/archive", json=WHY)
    again = iris.post("/api/courses/ml/archive", json=WHY)
    listed = iris.get("/api/courses/ml/competitions").json()["competitions"]

    assert (done.json(), again.status_code) == ({"archived": ["tiny"]}, 409)
    assert [each["archived_at"][:10] for each in listed] == ["2030-03-14", "2030-03-13"]
    assert installation.client("tina").post("/api/courses/ml/archive", json=WHY).status_code == 403
    assert installation.client("ivan").post("/api/courses/ml/archive", json=WHY).status_code == 404


def test_each_way_in_and_out_stands_in_the_audit_trail(archived: Installation) -> None:
    archived.client("iris").post("/api/competitions/tiny/unarchive", json={"reason": "Too early"})

    entries = archived.db.read(
        lambda session: [
            (entry.act, entry.reason, entry.after)
            for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))
            if entry.act.endswith("archived")
        ]
    )
    assert entries == [
        ("competition_archived", "The term is over", {"is_archived": True}),
        ("competition_unarchived", "Too early", {"is_archived": False}),
    ]


def test_the_pages_list_it_apart_and_instructors_switch_it_there(installation: Installation) -> None:
    iris, student = browser(installation, "iris"), browser(installation, "student0")
    form = {"form_token": form_token(iris), "reason": "Over"}

    open_page = iris.get(f"{TINY}/next-term")
    after = iris.post(f"{TINY}/archive", data=form)
    listed = words(student.get("/").text)
    back = iris.post(f"{TINY}/unarchive", data=form)
    all_ = iris.post("/courses/ml/archive", data=form)

    assert "archiving it ends them at once" in open_page.text
    assert "Take it out of the archive" in after.text
    assert "Archived Tiny accuracy deadline Mon 18 Mar 2030" in listed
    assert "Left today" not in listed
    assert "Archive the competition" in back.text
    assert (all_.status_code, all_.url.path) == (200, "/courses/ml")
    assert "Nothing is left to archive." in all_.text
    assert browser(installation, "tina").get(f"{TINY}/next-term").status_code == 403
