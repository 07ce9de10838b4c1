"""Lateness, practice, extensions, and what a late file may earn, on both databases."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from server.clock import days_later
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.boards import standings
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.grades import report as grades
from server.domain.grades.earned.late_points import days_begun
from server.domain.teams import allowances
from server.domain.teams.allowances import Extension, Grant, Receiver
from server.models import AuditEntry, Competition, PrivateStanding, Standing, Submission
from tests.support import tiny_homework
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

PATH = "/api/competitions/tiny/submissions"


def test_after_the_time_for_late_files_a_file_is_practice_and_changes_no_board(
    installation: Installation,
) -> None:
    client = installation.client("student0")
    client.post(PATH, content=predictions(400, accuracy=0.6, seed=1))
    before = client.get("/api/competitions/tiny/leaderboard/public").content
    installation.clock.now = installation.competition().late_until + timedelta(seconds=60)

    answer = client.post(PATH, content=predictions(400, accuracy=0.9, seed=2))

    assert answer.status_code == 201
    assert (answer.json()["is_late"], answer.json()["is_practice"]) == (True, True)
    after = client.get("/api/competitions/tiny/leaderboard/public").json()
    assert after["rows"] == json.loads(before)["rows"]
    chosen = client.put(f"/api/submissions/{answer.json()['id']}/final", json={"selected": True})
    assert chosen.status_code == 403


@pytest.mark.parametrize(
    ("change", "code"),
    [({"has_practice": False}, "closed"), ({"archived_at": tiny_homework.NOW}, "archived")],
)
def test_without_practice_or_once_archived_a_competition_takes_nothing_more(
    installation: Installation, change: dict[str, object], code: str
) -> None:
    installation.db.write(lambda session: session.execute(update(Competition).values(**change)) and None)
    installation.clock.now = installation.competition().late_until + timedelta(seconds=60)
    client = installation.client("student0")

    answer = client.post(PATH, content=predictions(400, accuracy=0.6, seed=1))

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == code
    assert client.get("/api/competitions/tiny").json()["takes_uploads"] is False


@pytest.mark.parametrize(("unselected", "stands_with"), [("first", 0), ("best_public", 1), ("best", 2)])
def test_a_team_that_selects_nothing_stands_with_the_competitions_default(
    installation: Installation, unselected: str, stands_with: int
) -> None:
    installation.db.write(
        lambda session: session.execute(update(Competition).values(unselected=unselected)) and None
    )
    files = [mixed(public=0.5, private=0.5), mixed(public=0.9, private=0.6), mixed(public=0.7, private=0.8)]

    sent = [installation.submit("student0", data).id for data in files]

    standing = installation.db.read(
        lambda session: session.scalars(select(PrivateStanding)).one(), private=True
    )
    assert sent.index(standing.submission_id) == stands_with


def mixed(*, public: float, private: float) -> bytes:
    """A file whose first labels of each split are right, so many as those shares say."""
    lines, seen = ["id,label"], {"Public": 0, "Private": 0}
    total = {split: tiny_homework.usage(400).count(split) for split in seen}
    share = {"Public": public, "Private": private}
    for number, (label, split) in enumerate(
        zip(tiny_homework.truth(400), tiny_homework.usage(400), strict=True)
    ):
        is_right = seen[split] < share[split] * total[split]
        seen[split] += 1
        lines.append(f"{number},{label if is_right else 'abcd'['abcd'.index(label) - 1]}")
    return ("\n".join(lines) + "\n").encode()


def test_the_oracle_agrees_with_every_default(installation: Installation) -> None:
    for seed in range(3):
        installation.submit_accuracy("student0", 0.5 + seed / 10, seed)
    competition = installation.competition()

    disagreements = installation.db.read(
        lambda session: standings.differences(session, competition=competition), private=True
    )

    assert disagreements == []


def extend(installation: Installation, deadline_at: datetime) -> int:
    """A later deadline for student0, given by tina; its id."""
    competition, by = installation.competition(), Actor(installation.user("tina").id)
    extension = Extension(receiver(installation), deadline_at, "was ill")
    return installation.db.write(
        lambda session: (
            allowances.extend_deadline(
                session, competition=competition, extension=extension, by=by, now=installation.clock()
            ).id
        ),
        private=True,
    )


def grant(installation: Installation, slots: int, day: date | None) -> int:
    """More slots for student0, given by tina; their id."""
    competition, by = installation.competition(), Actor(installation.user("tina").id)
    slots_and_day = Grant(receiver(installation), slots, day, "was ill")
    return installation.db.write(
        lambda session: (
            allowances.grant_slots(
                session, competition=competition, grant=slots_and_day, by=by, now=installation.clock()
            ).id
        ),
        private=True,
    )


def receiver(installation: Installation) -> Receiver:
    return Receiver("Student0 (student0)", user_id=installation.user("student0").id)


def revoke(installation: Installation, allowance_id: int) -> None:
    """Take it back."""
    competition = installation.competition()
    installation.db.write(
        lambda session: allowances.revoke(
            session,
            competition=competition,
            allowance_id=allowance_id,
            reason="a mistake",
            by=COMMAND_LINE,
            now=installation.clock(),
        ),
        private=True,
    )


def test_an_extension_makes_late_files_timely_and_taking_it_back_makes_them_late_again(
    installation: Installation,
) -> None:
    deadline = installation.competition().deadline_at
    installation.clock.now = deadline + timedelta(hours=20)
    late = installation.submit_accuracy("student0", 0.7, seed=1)
    other = installation.submit_accuracy("student1", 0.7, seed=2)

    extension = extend(installation, deadline + timedelta(days=1))

    assert (late.is_late, other.is_late) == (True, True)
    assert flags(installation) == {late.id: False, other.id: True}
    assert stands(installation) == [late.id]
    revoke(installation, extension)
    assert flags(installation) == {late.id: True, other.id: True}
    assert stands(installation) == []


def flags(installation: Installation) -> dict[int, bool]:
    """Which submissions are late, by id."""
    rows = installation.db.read(lambda session: session.scalars(select(Submission)).all())
    return {row.id: row.is_late for row in rows}


def stands(installation: Installation) -> list[int]:
    """The submissions that stand on the public board."""
    return installation.db.read(lambda session: list(session.scalars(select(Standing.submission_id))))


def test_an_extension_holds_to_the_microsecond_with_its_grace_and_for_its_student_alone(
    installation: Installation,
) -> None:
    deadline = installation.competition().deadline_at
    extend(installation, deadline + timedelta(days=2))
    edge = deadline + timedelta(days=2, seconds=60)

    installation.clock.now = edge - timedelta(microseconds=1)
    last = installation.submit_accuracy("student0", 0.6, seed=1)
    installation.clock.now = edge
    first_late = installation.submit_accuracy("student0", 0.6, seed=2)
    installation.clock.now = deadline + timedelta(days=1, hours=23)
    shown = installation.client("student0").get("/api/competitions/tiny").json()
    other = installation.client("student1").get("/api/competitions/tiny").json()

    assert (last.is_late, first_late.is_late, first_late.is_practice) == (False, True, True)
    assert (shown["state"], other["state"]) == ("open", "closed")
    assert shown["extended_to"] is not None
    assert other["extended_to"] is None


def test_a_grant_adds_slots_on_its_day_or_on_each(installation: Installation) -> None:
    grant(installation, 2, date(2030, 3, 13))
    daily_grant = grant(installation, 1, None)
    client = installation.client("student0")

    statuses = [
        client.post(PATH, content=predictions(400, accuracy=0.6, seed=seed)).status_code for seed in range(9)
    ]
    installation.clock.advance(timedelta(days=1))
    tomorrow = client.get("/api/competitions/tiny").json()["today"]
    revoke(installation, daily_grant)
    without = client.get("/api/competitions/tiny").json()["today"]

    assert statuses == [201] * 8 + [429]
    assert (tomorrow["limit"], without["limit"]) == (6, 5)
    assert installation.client("student1").get("/api/competitions/tiny").json()["today"]["limit"] == 5


@pytest.mark.parametrize("days", [-1, 3])
def test_an_extension_lies_between_the_deadline_and_the_reveal(installation: Installation, days: int) -> None:
    deadline = installation.competition().deadline_at

    with pytest.raises(Invalid):
        extend(installation, deadline + timedelta(days=days))


def test_an_allowance_is_taken_back_once_and_each_act_is_in_the_trail(installation: Installation) -> None:
    allowance = grant(installation, 2, None)
    revoke(installation, allowance)

    with pytest.raises(Conflict):
        revoke(installation, allowance)
    with pytest.raises(NotFound):
        revoke(installation, allowance + 100)

    acts = installation.db.read(
        lambda session: session.execute(
            select(AuditEntry.act, AuditEntry.reason).where(AuditEntry.subject == f"allowance {allowance}")
        ).all()
    )
    assert [tuple(row) for row in acts] == [("slots_granted", "was ill"), ("allowance_revoked", "a mistake")]


@pytest.mark.parametrize("name", ["student0", " STUDENT0 "])
def test_a_receiver_is_found_by_user_name(installation: Installation, name: str) -> None:
    competition = installation.competition()

    person = installation.db.read(
        lambda session: allowances.receiver_named(session, competition=competition, name=name)
    )

    assert person.user_id == installation.user("student0").id


@pytest.mark.parametrize("name", ["mallory", "tina", "", "nobody"])
def test_strangers_and_staff_receive_nothing(installation: Installation, name: str) -> None:
    competition = installation.competition()

    with pytest.raises(NotFound):
        installation.db.read(
            lambda session: allowances.receiver_named(session, competition=competition, name=name)
        )


def test_a_late_file_earns_its_share_and_each_split_counts_whichever_earns_more(
    installation: Installation,
) -> None:
    for tier in ("simple", "medium"):
        installation.train(tier)
    installation.db.write(
        lambda session: (
            session.execute(update(Competition).values(late_penalty=0.25, late_until=Competition.reveal_at))
            and None
        )
    )
    installation.submit("student0", mixed(public=0.6, private=0.3))
    installation.clock.now = installation.competition().deadline_at + timedelta(days=1, hours=1)
    late = installation.submit("student0", mixed(public=0.61, private=0.75))
    competition = installation.competition()

    rows = installation.db.read(
        lambda session: grades.grades_of(session, competition=competition), private=True
    )

    row = next(row for row in rows if row.username == "student0")
    assert (row.public.points, row.public.days_late) == (1.0, 0)
    assert (row.private.points, row.private.days_late) == (1.0, 2)
    assert row.private.submission_id == late.id


@pytest.mark.parametrize(
    ("after", "days"),
    [
        (timedelta(0), 1),
        (timedelta(days=1, seconds=60, microseconds=-1), 1),
        (timedelta(days=1, seconds=60), 2),
        (timedelta(days=6, hours=3), 7),
    ],
)
def test_a_day_late_begins_with_its_first_microsecond_after_the_grace(after: timedelta, days: int) -> None:
    deadline = datetime(2030, 3, 13, tzinfo=UTC)

    assert days_begun(deadline, deadline + after, zone="Asia/Taipei", grace=timedelta(seconds=60)) == days


@pytest.mark.parametrize(
    ("deadline", "received", "days"),
    [
        ("2026-10-31T20:00-04:00", "2026-11-01T19:30-05:00", 1),  # a day of 25 hours
        ("2026-10-31T20:00-04:00", "2026-11-01T20:00-05:00", 2),
        ("2026-03-07T20:00-05:00", "2026-03-08T19:59-04:00", 1),  # a day of 23 hours
        ("2026-03-07T20:00-05:00", "2026-03-08T20:00-04:00", 2),
    ],
)
def test_a_day_late_is_a_day_of_the_courses_zone(deadline: str, received: str, days: int) -> None:
    begun = days_begun(
        datetime.fromisoformat(deadline),
        datetime.fromisoformat(received),
        zone="America/New_York",
        grace=timedelta(0),
    )

    assert begun == days


@given(
    hours=st.integers(0, 24 * 400),
    minutes=st.integers(0, 24 * 60 * 20),
    zone=st.sampled_from(["Asia/Taipei", "America/New_York", "Africa/Cairo", "America/Santiago"]),
)
def test_days_late_are_counted_as_on_a_calendar(hours: int, minutes: int, zone: str) -> None:
    deadline = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    received = deadline + timedelta(minutes=minutes)
    calendar = (days_later(deadline, days=day, zone=zone) for day in range(1, 30))

    begun = days_begun(deadline, received, zone=zone, grace=timedelta(0))

    assert begun == 1 + sum(received >= beginning for beginning in calendar)
