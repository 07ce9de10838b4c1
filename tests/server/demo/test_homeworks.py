"""The demonstration's homeworks beside the two main ones: one has begun, the others open week by week."""

from datetime import timedelta

from server.domain.people import courses
from server.services.demo import homeworks
from server.services.demo.course import times_of_week
from tests.support.drafts import write_box
from tests.support.installation import Installation


def test_other_homeworks_come_once_and_open_week_by_week(installation: Installation) -> None:
    settings = installation.context.settings
    settings.homeworks_dir = write_box(installation.folder, "hw01_covid", "hw81_one", "hw82_two")
    course = installation.db.read(lambda session: courses.course_named(session, "ml"))
    names = homeworks.others(settings)

    brought = [list(homeworks.bring(installation.context, course, names)) for _ in range(2)]

    first, second = (installation.competition_named(name) for name in ("hw81-one", "hw82-two"))
    assert names == ["hw81_one", "hw82_two"]
    assert brought == [names, []]
    assert second.opens_at - first.opens_at == timedelta(days=7)
    assert first.deadline_at > second.opens_at


def test_the_homework_that_has_begun_is_open_and_its_next_is_to_come(installation: Installation) -> None:
    now = installation.clock()
    begun, next_one = times_of_week(now, 0), times_of_week(now, 1)

    assert begun.opens_at < now < begun.deadline_at < begun.late_until < begun.reveal_at
    assert next_one.opens_at > now
