"""The nightly comparison: at its hour in the course's zone, once a night, told to those who may see it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.audit.actor import COMMAND_LINE
from server.domain.integrity import nightly
from server.domain.people import courses
from server.domain.people.members import member as members
from server.domain.rights.of_tas import give
from server.models import ALL_RIGHTS, AuditEntry, Course, Notice, NoticeKind, Right, User
from server.services import nightly as nights
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

TAIPEI = ZoneInfo("Asia/Taipei")


def due(installation: Installation) -> list[int]:
    return installation.db.read(lambda session: nightly.due(session, now=installation.clock()))


def compare(installation: Installation) -> bool:
    return nights.compare(
        installation.db, installation.context.settings, competition_id=1, began=installation.clock()
    )


def receivers(installation: Installation) -> list[str]:
    """Who has a notice of look-alikes."""
    query = select(User.username).join(Notice).where(Notice.kind == NoticeKind.LOOK_ALIKES)
    return sorted(installation.db.read(lambda session: session.scalars(query).all()))


def acts(installation: Installation) -> list[tuple[int | None, int]]:
    """Who compared at night, and how many pairs were new."""
    query = select(AuditEntry).where(AuditEntry.act == nightly.COMPARED).order_by(AuditEntry.id)
    return installation.db.read(
        lambda session: [(each.by, each.details["new_pairs"]) for each in session.scalars(query)]
    )


def hours(installation: Installation) -> Iterator[int]:
    """The hours of a day in Taipei at which the comparison is due."""
    start = datetime(2030, 3, 14, tzinfo=TAIPEI)
    for hour in range(24):
        installation.clock.now = start + timedelta(hours=hour)
        if due(installation):
            yield hour


@pytest.mark.parametrize(
    ("hour", "expected"), [(3, [3, 4, 5, 6]), (23, [0, 1, 2, 23]), (0, [0, 1, 2, 3]), (None, [])]
)
def test_it_is_due_for_some_hours_of_the_courses_night(
    installation: Installation, hour: int | None, expected: list[int]
) -> None:
    installation.clock.now = datetime(2030, 3, 13, 22, tzinfo=TAIPEI)
    installation.submit_accuracy("student0", 0.6, seed=1)
    installation.db.write(lambda session: session.execute(update(Course).values(look_alikes_hour=hour)))

    assert list(hours(installation)) == expected


def copied(installation: Installation) -> None:
    """Two students send the same answers, and a third one others; it is night."""
    data = predictions(400, accuracy=0.6, seed=1)
    installation.submit("student0", data)
    installation.submit("student1", data.replace(b"\n", b"\r\n"))
    installation.submit_accuracy("student2", 0.6, seed=2)
    installation.clock.now = datetime(2030, 3, 14, 3, 30, tzinfo=TAIPEI)


def test_a_night_compares_once_and_tells_those_who_may_see_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(installation)
    tina = installation.user("tina")

    def withhold(session: Session) -> None:
        about = members.person_in(session, course=courses.course_named(session, "ml"), user_id=tina.id)
        rights = ALL_RIGHTS - {Right.SEE_PRIVATE}
        course = courses.course_named(session, "ml")
        give(
            session, course=course, ta=about.member, rights=rights, by=COMMAND_LINE, now=installation.clock()
        )

    installation.db.write(withhold)
    monkeypatch.setattr(nightly, "pairs_of", lambda report: set() if report is None else {(1, 2)})

    ours = [compare(installation) for _ in range(2)]
    later = due(installation)
    installation.clock.advance(timedelta(days=1))
    installation.submit_accuracy("student2", 0.7, seed=3)
    again = compare(installation)

    assert (ours, later, again) == ([True, False], [], True)
    assert receivers(installation) == ["iris"]
    assert acts(installation) == [(None, 1), (None, 0)]


def test_a_night_has_three_tries_and_a_killed_one_is_done_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(installation)

    def killed(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    tries = 0
    with monkeypatch.context() as patch:
        patch.setattr("server.services.look_alikes.run", killed)
        while due(installation) and tries < 9:
            tries += 1
            with pytest.raises(KeyboardInterrupt):
                compare(installation)
            if tries == 1:
                assert due(installation) == [1]

    assert tries == nightly.TRIES
    assert acts(installation) == []


def test_two_servers_that_finish_the_same_night_tell_it_once(installation: Installation) -> None:
    copied(installation)
    night, now = "2030-03-14", installation.clock()
    for _ in range(2):
        installation.db.write(
            lambda session: nightly.finish(
                session, competition_id=1, night=night, new={(1, 2)}, facts={}, now=now
            )
        )

    assert receivers(installation) == ["iris", "tina"]
    assert len(acts(installation)) == 1


def test_a_night_without_a_new_file_is_left_out(installation: Installation) -> None:
    copied(installation)
    installation.clock.advance(timedelta(days=2))

    assert due(installation) == []


def test_the_pairs_that_stand_out_are_named_by_their_teams() -> None:
    pair = {"one": {"team_id": 9}, "other": {"team_id": 4}}
    report = {"pairs_compared": 9, "pairs": [pair | {"expected": 0.001}, pair | {"expected": 3.0}]}

    assert nightly.pairs_of(report) == {(4, 9)}
    assert nightly.pairs_of(None) == set()
