"""A student's points now: what is earned, what the sealed half may add, what is still to be had."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import Member, Right, WithheldRight
from tests.support.browser import browser, words
from tests.support.installation import Installation
from tests.support.points_by_hand import count_by_hand

POINTS, RESULTS, COURSE = "/api/courses/ml/points", "/courses/ml/results", "/courses/ml/points"


def points_of(installation: Installation, name: str) -> Any:
    answer = installation.client(name).get(POINTS)
    assert answer.status_code == 200, answer.text
    return answer.json()


def furnished(installation: Installation) -> Installation:
    """Four trained tiers of 1 + 1 points; student0 has passed two, on both halves."""
    count_by_hand(installation)
    for tier in ("simple", "medium", "strong", "boss"):
        installation.train(tier)
    installation.submit_accuracy("student0", 0.75, seed=1)
    return installation


@pytest.mark.both
def test_before_the_reveal_the_sealed_half_is_told_by_its_most(installation: Installation) -> None:
    furnished(installation)

    points = points_of(installation, "student0")

    (homework,) = points["homeworks"]
    assert (homework["tiers_public"], homework["tiers_private"]) == (2.0, None)
    # Of weight 0.5 and cap 12: (2 + 1.5) / 2 are earned. Two more tiers and the report are (2 + 4) / 2 more.
    # Four private tiers and the bonus would be 14, of which the cap leaves 12.
    assert (points["earned"], points["open_most"], points["sealed_most"]) == (1.75, 3.0, 1.25)
    assert [(each["name"], each["points"], each["most"]) for each in homework["items"]] == [
        ("code", 1.5, 2.0),
        ("report", None, 4.0),
    ]
    assert homework["missing"] == ["report"]
    assert homework["next_tier"]["name"] == "strong"
    assert points["most"] == 6.0


@pytest.mark.both
def test_after_the_reveal_the_private_half_and_the_bonus_are_earned(installation: Installation) -> None:
    furnished(installation)
    installation.clock.now = installation.competition().reveal_at

    points = points_of(installation, "student0")

    (homework,) = points["homeworks"]
    assert (homework["tiers_private"], homework["bonus"], points["sealed_most"]) == (2.0, 0.5, 0.0)
    assert points["earned"] == (2 + 2 + 1.5 + 0.5) / 2
    assert points["open_most"] == 2.0  # the report, which staff have not checked
    assert homework["next_tier"] is None


def test_whoever_handed_nothing_in_has_less_and_less_to_gain(installation: Installation) -> None:
    furnished(installation)
    open_points = points_of(installation, "student2")
    installation.clock.now = installation.competition().late_until + timedelta(minutes=2)

    closed = points_of(installation, "student2")

    assert open_points["homeworks"][0]["missing"] == ["file", "code", "report"]
    assert (open_points["open_most"], open_points["sealed_most"]) == (5.0, 1.0)
    assert (closed["open_most"], closed["sealed_most"]) == (3.0, 0.0)


def test_an_adjustment_is_read_by_the_student_with_its_reason(installation: Installation) -> None:
    furnished(installation)

    page = words(browser(installation, "student1").get(RESULTS).text)

    assert "-1: A day late with the report." in page or "−1: A day late with the report." in page


def test_the_pages_say_the_same_as_the_api(installation: Installation) -> None:
    furnished(installation)
    student = browser(installation, "student0")

    results, first = words(student.get(RESULTS).text), words(student.get("/").text)

    assert "Earned 1.75 of 6" in results
    assert "strong +0.5" in results
    assert "1.75 of 6 points so far · up to 1.25 sealed · up to 3 still to be had" in first


def test_staff_see_the_course_as_far_as_their_rights_reach(installation: Installation) -> None:
    furnished(installation)
    whole = words(browser(installation, "tina").get(COURSE).text)
    tina = installation.user("tina")

    def withhold(session: Session) -> None:
        member = session.scalars(select(Member).where(Member.user_id == tina.id)).one()
        session.add(WithheldRight(member_id=member.id, withheld=Right.SEE_PRIVATE))

    installation.db.write(withhold)
    sealed = words(browser(installation, "tina").get(COURSE).text)
    search = words(browser(installation, "tina").get(COURSE, params={"q": "student1"}).text)

    assert "3 of 6" in whole  # of student0, whose private half and bonus are in it
    assert "1.75 of 6" in sealed
    assert "3 of 6" not in sealed
    assert "1 student" in search
    assert "student0" not in search
    assert browser(installation, "student0").get(COURSE).status_code == 403
    assert browser(installation, "mallory").get(COURSE).status_code == 404
    assert installation.client("tina").get(POINTS).status_code == 404


def test_on_a_phone_a_person_is_the_way_to_the_points_of_each_homework(installation: Installation) -> None:
    page = browser(installation, "iris").get(COURSE).text

    assert '<th class="n secondary"><a href="/competitions/tiny/grades">' in page
    assert '<p class="only-small soft">The points of each homework stand on a person\'s page' in page.replace(
        "&#39;", "'"
    )
    assert f'href="/courses/ml/people/{installation.user("student0").id}"' in page
