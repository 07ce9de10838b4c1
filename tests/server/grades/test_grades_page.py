"""The page of grades is searched and put in order by its columns; the file has all students, and says so."""

import re

import pytest
from starlette.testclient import TestClient

from tests.support.browser import TINY, browser, words
from tests.support.installation import Installation

GRADES = f"{TINY}/grades"


def names_on(client: TestClient, query: str = "") -> list[str]:
    """The students as they stand on the page, from the first."""
    page = client.get(f"{GRADES}{query}")
    assert page.status_code == 200
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r"<bdi>(Student\d+)</bdi>", body)


@pytest.fixture
def staff(installation: Installation) -> TestClient:
    """A TA's browser, where two students have a score and the others none."""
    installation.submit_accuracy("student1", 0.75, seed=1)
    installation.submit_accuracy("student0", 0.6, seed=2)
    return browser(installation, "tina")


def test_the_grades_are_put_in_order_by_each_column(staff: TestClient) -> None:
    usual = names_on(staff)

    assert usual == sorted(usual)
    assert names_on(staff, "?sort=-public")[:2] == ["Student1", "Student0"]
    assert names_on(staff, "?sort=public")[:2] == ["Student0", "Student1"]
    assert names_on(staff, "?sort=-private")[:2] == ["Student1", "Student0"]
    assert names_on(staff, "?sort=-name") == sorted(usual, reverse=True)
    assert {frozenset(names_on(staff, f"?sort={name}")) for name in ("points", "department")} == {
        frozenset(usual)
    }
    assert staff.get(f"{GRADES}?sort=luck").status_code == 422


def test_a_column_leads_to_its_order_with_the_best_first_and_back(staff: TestClient) -> None:
    page, sorted_page = staff.get(GRADES).text, staff.get(f"{GRADES}?q=Stu&sort=-public").text

    assert 'href="?sort=-public"' in page
    assert 'href="?sort=-number"' in page
    assert 'aria-sort="ascending"' in page
    assert 'href="?q=Stu&amp;sort=public"' in sorted_page
    assert 'aria-sort="descending"' in sorted_page


def test_a_search_finds_students_and_says_that_the_file_has_all(staff: TestClient) -> None:
    everybody = len(names_on(staff))

    page = words(staff.get(f"{GRADES}?q=student1").text)

    assert names_on(staff, "?q=STUDENT1&sort=-public") == ["Student1"]
    assert f"1 student of {everybody}; the file has all of them." in page
    assert "Export all students as CSV" in page
    assert "Nobody answers to that." in staff.get(f"{GRADES}?q=zebra").text
