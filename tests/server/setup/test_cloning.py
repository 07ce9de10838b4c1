"""Cloning competitions and courses for the next term, on both databases."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.clock import days_later
from server.domain.setup import cloning
from server.models import (
    AnswerKeyVersion,
    AuditEntry,
    BaselineRun,
    Competition,
    Course,
    Member,
    Submission,
    Team,
    TeamKind,
    TeamMember,
    Tier,
)
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation

pytestmark = pytest.mark.both

WANTED = {"slug": "tiny-2031", "first_day": "2031-03-10"}
COURSE = {"slug": "ml-2031", "title": "ML 2031", "first_day": "2031-03-10"}


@pytest.mark.parametrize(
    ("zone", "at", "days", "then"),
    [
        ("Asia/Taipei", "2030-03-13T15:59:00Z", 364, "2031-03-12T15:59:00Z"),
        ("America/New_York", "2026-03-01T04:59:00Z", 14, "2026-03-15T03:59:00Z"),  # summer time began
        ("America/New_York", "2026-10-25T03:59:59.999999Z", 14, "2026-11-08T04:59:59.999999Z"),  # and ended
        ("America/New_York", "2026-03-01T07:30:00Z", 7, "2026-03-08T07:30:00Z"),  # 02:30 is 03:30 that day
        ("America/Santiago", "2026-08-30T04:00:00Z", 7, "2026-09-06T04:00:00Z"),  # a midnight that is not
        ("Europe/Berlin", "2026-02-28T22:59:00Z", 365 * 2 + 1, "2028-02-29T22:59:00Z"),  # onto a leap day
        ("Pacific/Apia", "2011-12-23T10:00:00Z", 7, "2011-12-30T10:00:00Z"),  # a day that never was
        ("UTC", "2026-01-01T00:00:00Z", -1, "2025-12-31T00:00:00Z"),
    ],
)
def test_times_move_by_whole_days_and_keep_their_local_hour(zone: str, at: str, days: int, then: str) -> None:
    assert days_later(datetime.fromisoformat(at), days=days, zone=zone) == datetime.fromisoformat(then)


def test_every_column_of_a_competition_and_of_a_key_is_copied_moved_or_made_anew() -> None:
    competition = set(Competition.__table__.columns.keys())
    copied = {
        *("homework", "description_md", "metric", "metric_sha256", "higher_is_better", "id_column"),
        *("target_columns", "labels", "prediction_columns", "auxiliary_columns", "metric_arguments"),
        *("daily_limit", "final_selections", "reset_zone", "grace_seconds", "unselected", "team_size"),
        *("late_penalty", "has_practice", "shows_disagreement", "ladder_step", "upload_limit_bytes"),
        *("code_limit_bytes", "leaks_accepted"),
    }

    # A column that is new here needs a decision: copied to the next term, moved with the times, made anew?
    assert competition == copied | set(cloning.TIMES) | set(cloning.MADE_ANEW)
    assert set(cloning.KEY_MADE_ANEW) <= set(AnswerKeyVersion.__table__.columns.keys())


@pytest.fixture
def settled(installation: Installation) -> Installation:
    """A term that has been: two trained tiers, students who submitted."""
    installation.train("simple")
    installation.train("strong")
    installation.submit_accuracy("student0", 0.63, seed=1)
    installation.submit_accuracy("student1", 0.84, seed=2)
    return installation


def count(installation: Installation, table: type, slug: str) -> int:
    """How many rows of the table belong to the competition."""
    row = installation.competition_named(slug)
    counted = select(func.count()).select_from(table).where(table.competition_id == row.id)
    return installation.db.read(lambda session: session.scalar(counted) or 0)


def test_a_clone_has_the_rules_files_key_and_tiers_and_nobodys_work(settled: Installation) -> None:
    iris = settled.client("iris")

    answer = iris.post("/api/competitions/tiny/clone", json=WANTED | {"thresholds": "later"})

    assert answer.status_code == 201, answer.text
    old, new = settled.competition_named("tiny"), settled.competition_named("tiny-2031")
    copied = set(Competition.__table__.columns.keys()) - set(cloning.TIMES) - set(cloning.MADE_ANEW)
    assert {name: getattr(new, name) for name in copied} == {name: getattr(old, name) for name in copied}
    assert (new.title, new.course_id, new.archived_at) == (old.title, old.course_id, None)
    assert new.opens_at - old.opens_at == new.reveal_at - old.reveal_at == timedelta(days=364)
    before, after = (iris.get(f"/api/competitions/{slug}/files").json() for slug in ("tiny", "tiny-2031"))
    assert [each["sha256"] for each in before["files"]] == [each["sha256"] for each in after["files"]]
    assert [count(settled, table, "tiny-2031") for table in (Submission, TeamMember, BaselineRun)] == [0] * 3
    assert count(settled, Tier, "tiny-2031") == count(settled, Team, "tiny-2031") == 4
    tiers = iris.get("/api/competitions/tiny-2031").json()["tiers"]
    assert [each["threshold_public"] for each in tiers] == [None] * 4
    assert iris.get("/api/competitions/tiny-2031/leaderboard/public").json()["rows"] == []


def test_a_clones_key_is_version_one_and_has_a_commitment_of_its_own(settled: Installation) -> None:
    settled.client("iris").post("/api/competitions/tiny/clone", json=WANTED)

    old, new = settled.competition_named("tiny"), settled.competition_named("tiny-2031")
    keys = settled.db.read(
        lambda session: {key.competition_id: key for key in session.scalars(select(AnswerKeyVersion))}
    )
    assert keys[new.id].id == new.answer_key_id != old.answer_key_id
    assert (keys[new.id].version, keys[new.id].sha256) == (1, keys[old.id].sha256)
    assert keys[new.id].metric == old.metric
    assert new.commitment is not None
    assert new.commitment != old.commitment


def test_stored_predictions_entered_again_give_the_same_thresholds_at_once(settled: Installation) -> None:
    iris = settled.client("iris")

    clone = iris.post("/api/competitions/tiny/clone", json=WANTED).json()

    assert (clone["tiers_entered"], clone["tiers_waiting"]) == (["simple", "strong"], ["medium", "boss"])
    old, new = (iris.get(f"/api/competitions/{slug}").json()["tiers"] for slug in ("tiny", "tiny-2031"))
    names = ("name", "threshold_public", "threshold_private", "state", "minutes")
    assert [[each[name] for name in names] for each in old] == [
        [each[name] for name in names] for each in new
    ]
    runs = iris.get("/api/competitions/tiny-2031/baseline-runs").json()["runs"]
    assert {run["state"] for run in runs} == {"succeeded"}
    assert {run["worker"][:4] for run in runs} == {"run "}
    assert all(run["worker"].endswith(" of tiny") for run in runs)
    assert iris.post("/api/competitions/tiny-2031/clone", json=WANTED | {"slug": "again"}).json()[
        "tiers_entered"
    ] == ["simple", "strong"]


def test_a_file_that_is_gone_is_left_out_and_its_tier_waits(settled: Installation) -> None:
    hashes = settled.db.read(
        lambda session: session.scalar(
            select(Submission.sha256)
            .join(Team, Team.id == Submission.team_id)
            .where(Team.kind == TeamKind.BASELINE)
            .order_by(Submission.id)
        )
    )
    assert hashes is not None
    settled.context.store.path(hashes).unlink()

    clone = settled.client("iris").post("/api/competitions/tiny/clone", json=WANTED).json()

    assert clone["tiers_entered"] == ["strong"]
    assert "simple" in clone["tiers_waiting"]


def test_training_again_asks_for_a_run_of_every_tier(settled: Installation) -> None:
    clone = (
        settled.client("iris")
        .post("/api/competitions/tiny/clone", json=WANTED | {"thresholds": "train"})
        .json()
    )

    assert len(clone["runs"]) == 4
    claim = settled.client("worker").post("/api/worker/claim", json={"worker": "w"}).json()
    assert claim["run"]["competition"] == "tiny-2031"


def test_a_course_comes_with_all_its_competitions_and_staff_and_without_students(
    settled: Installation,
) -> None:
    iris = settled.client("iris")
    iris.post("/api/competitions/tiny/clone", json={"slug": "late-one", "first_day": "2030-04-11"})

    answer = iris.post("/api/courses/ml/clone", json=COURSE)

    assert answer.status_code == 201, answer.text
    clone = answer.json()
    assert clone["course"] == {"slug": "ml-2031", "title": "ML 2031", "zone": "Asia/Taipei"}
    assert [(each["slug"], each["opens_at"][:10]) for each in clone["competitions"]] == [
        ("tiny-ml-2031", "2031-03-10"),
        ("late-one-ml-2031", "2031-04-10"),
    ]
    people = settled.db.read(
        lambda session: session.execute(
            select(Member.role, func.count())
            .join(Course, Course.id == Member.course_id)
            .where(Course.slug == "ml-2031")
            .group_by(Member.role)
        ).all()
    )
    assert {role.value: number for role, number in people} == {"ta": 1, "instructor": 1}
    assert settled.client("tina").get("/api/competitions/tiny-ml-2031").status_code == 200
    assert settled.client("student0").get("/api/competitions/tiny-ml-2031").status_code == 404


def test_a_course_cloned_without_staff_has_its_cloner_alone_and_slugs_follow(settled: Installation) -> None:
    iris = settled.client("iris")
    iris.post("/api/courses/ml/clone", json=COURSE)

    third = iris.post(
        "/api/courses/ml-2031/clone", json=COURSE | {"slug": "ml-2032", "with_staff": False}
    ).json()

    assert [each["slug"] for each in third["competitions"]] == ["tiny-ml-2032"]
    assert settled.client("tina").get("/api/competitions/tiny-ml-2032").status_code == 404
    assert iris.get("/api/competitions/tiny-ml-2032").status_code == 200


def test_what_cannot_be_cloned_is_refused_and_leaves_nothing(settled: Installation) -> None:
    iris = settled.client("iris")

    refused = [
        iris.post("/api/competitions/tiny/clone", json=WANTED | {"slug": "tiny"}),
        iris.post("/api/competitions/tiny/clone", json=WANTED | {"slug": "Tiny 2"}),
        iris.post("/api/competitions/tiny/clone", json=WANTED | {"into": "other"}),
        iris.post("/api/competitions/tiny/clone", json=WANTED | {"first_day": "9031-03-10"}),
        iris.post("/api/courses/ml/clone", json=COURSE | {"slug": "other"}),
        iris.post("/api/courses/ml/clone", json=COURSE | {"slug": "x" * 58}),
        iris.post("/api/courses/other/clone", json=COURSE),
        settled.client("ivan").post("/api/courses/other/clone", json=COURSE),
    ]

    assert [answer.status_code for answer in refused] == [409, 422, 404, 422, 409, 422, 404, 422]
    assert settled.db.read(lambda session: len(list(session.scalars(select(Course))))) == 2


@pytest.mark.parametrize(
    ("username", "status"), [("tina", 403), ("student0", 403), ("mallory", 404), ("ivan", 404)]
)
def test_only_instructors_clone(settled: Installation, username: str, status: int) -> None:
    client = settled.client(username)

    assert client.post("/api/competitions/tiny/clone", json=WANTED).status_code == status
    assert client.post("/api/courses/ml/clone", json=COURSE).status_code == status


def test_hours_that_fall_into_a_change_of_the_clocks_are_refused_in_words(installation: Installation) -> None:
    zone = ZoneInfo("America/New_York")
    opens = datetime(2026, 11, 1, 1, 50, tzinfo=zone)  # the first of the two
    ends = datetime(2026, 11, 1, 1, 10, tzinfo=zone, fold=1)  # twenty minutes later, on the second

    def work(session: Session) -> None:
        session.execute(
            update(Competition).values(
                reset_zone="America/New_York",
                opens_at=opens.astimezone(UTC),
                deadline_at=ends.astimezone(UTC),
            )
        )

    installation.db.write(work)
    answer = installation.client("root").post(
        "/api/competitions/tiny/clone", json=WANTED | {"first_day": "2027-03-01"}
    )

    assert answer.status_code == 422
    assert "change of the clocks" in answer.json()["error"]["message"]


def test_cloning_stands_in_the_audit_trail(settled: Installation) -> None:
    settled.client("iris").post("/api/competitions/tiny/clone", json=WANTED)

    clone = settled.competition_named("tiny-2031")
    entries = settled.db.read(
        lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.competition_id == clone.id)))
    )
    entry_by_act = {entry.act: entry for entry in entries}
    assert entry_by_act["competition_cloned"].details == {
        "from": "tiny",
        "answer_key_version": 1,
        "days": 364,
    }
    assert entry_by_act["baselines_entered_again"].details["tiers"] == ["simple", "strong"]
    assert {entry.by for entry in entries} == {settled.user("iris").id}


def test_an_instructor_clones_on_the_pages(settled: Installation) -> None:
    client = browser(settled, "iris")
    form = {"form_token": form_token(client), "thresholds": "reenter", "first_day": "2031-03-10"}

    page = client.get(f"{TINY}/next-term")
    one = client.post(f"{TINY}/clone", data=form | {"into": "ml", "new_slug": "tiny-b", "title": "Tiny B"})
    course = client.get("/courses/ml")
    all_ = client.post(
        "/courses/ml/clone", data=form | {"new_slug": "ml-b", "title": "ML B", "with_staff": "true"}
    )

    assert 'value="2031-03-10"' in page.text
    assert "Stored predictions: simple, strong." in page.text
    assert (one.status_code, one.url.path) == (200, "/competitions/tiny-b/staff")
    assert "Tiny B" in course.text
    assert (all_.status_code, all_.url.path) == (200, "/courses/ml-b")
    assert "Tiny B" in words(all_.text)
    assert settled.competition_named("tiny-b-ml-b").title == "Tiny B"


def test_the_suggested_first_day_is_the_same_weekday_of_the_next_year() -> None:
    row = Competition(opens_at=datetime(2026, 3, 10, 1, tzinfo=UTC), reset_zone="Asia/Taipei")

    assert cloning.opening_day(row) == date(2026, 3, 10)
    assert cloning.days_to(row, date(2027, 3, 9)) == 364


def test_a_threshold_of_all_runs_is_the_same_in_the_clone_and_a_picked_run_its_latest(
    installation: Installation,
) -> None:
    for seed, accuracy in enumerate((0.62, 0.78, 0.70)):
        installation.clock.advance(timedelta(minutes=1))
        installation.train("medium", seed=seed, accuracy=accuracy)
    picked = installation.train("strong", accuracy=0.8)
    installation.train("strong", seed=1, accuracy=0.95)
    client = installation.client("iris")
    for tier, choice in (("medium", {"rule": "all_runs"}), ("strong", {"rule": "one_run", "run_id": picked})):
        body = choice | {"reason": "x"}
        client.put(f"/api/competitions/tiny/thresholds/{tier}", json=body).raise_for_status()

    clone = client.post("/api/competitions/tiny/clone", json=WANTED).json()

    old, new = (
        client.get(f"/api/competitions/{slug}/thresholds").json()["thresholds"]
        for slug in ("tiny", "tiny-2031")
    )
    assert clone["tiers_entered"] == ["medium", "strong"]
    assert [each["public"] for each in new] == [each["public"] for each in old]
    assert [each["private"] for each in new] == [each["private"] for each in old]
    assert [each["rule"] for each in new] == ["latest", "all_runs", "latest", "latest"]
    assert [len(each["counted"]) for each in new] == [0, 3, 1, 0]
