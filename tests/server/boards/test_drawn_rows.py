"""Rows of a board that are drawn once for many look as each of them must see them."""

import re

from tests.support.browser import browser
from tests.support.installation import Installation

PAGE = "/competitions/tiny/leaderboard"


def rows_of(installation: Installation, name: str, *, language: str = "en") -> list[str]:
    """The rows of the public board's page for somebody, as they stand in its source."""
    page = browser(installation, name).get(PAGE, headers={"Accept-Language": language}).text
    return re.findall(r"<tr [^>]*data-team.*?</tr>", page, re.DOTALL)


def test_everybody_has_their_own_mark_and_nobody_anothers(installation: Installation) -> None:
    for number in range(3):
        installation.submit_accuracy(f"student{number}", 0.5 + number / 10, seed=number)

    views = [rows_of(installation, f"student{number}") for number in (0, 1, 2, 0)]

    marks = [["mine" in row for row in rows] for rows in views]
    assert marks == [[False, False, True], [False, True, False], [True, False, False], [False, False, True]]
    assert views[0] == views[3]


def test_staff_have_links_that_no_student_has(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)

    views = [rows_of(installation, name) for name in ("tina", "student1", "tina")]

    assert ["href" in rows[0] for rows in views] == [True, False, True]


def test_a_new_score_and_another_language_are_drawn_anew(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)
    before = rows_of(installation, "student1")
    installation.submit_accuracy("student0", 0.8, seed=2)

    after, chinese = rows_of(installation, "student1"), rows_of(installation, "student1", language="zh-TW")

    assert before != after
    assert [re.findall(r"0\.\d+", row) for row in after] == [re.findall(r"0\.\d+", row) for row in chinese]
