"""The list of teams for staff: of a section, of a department, by name, score or number of files."""

import re

import pytest
from sqlalchemy import update

from server.models import Member
from tests.support.browser import TINY, browser, words
from tests.support.installation import Installation

pytestmark = pytest.mark.both
NAME = re.compile(r'/competitions/tiny/teams/\d+"><bdi>([^<]+)</bdi>')


LISTS = {  # by what is asked: the teams in their order
    "": ["Student0", "Student1", "Student2"],
    "?sort=-team": ["Student2", "Student1", "Student0"],
    "?sort=score": ["Student0", "Student2", "Student1"],
    "?sort=-score": ["Student2", "Student0", "Student1"],
    "?sort=-files": ["Student2", "Student0", "Student1"],
    "?section=A": ["Student0", "Student1"],
    "?department=CS&sort=-score": ["Student2", "Student0"],
    "?section=A&department=CS": ["Student0"],
    "?section=A&q=student1": ["Student1"],
    "?section=Z": [],
}


@pytest.fixture
def three_teams(installation: Installation) -> Installation:
    """Three teams of one: student0 has the best score, student1 none, student2 two files."""
    installation.submit_accuracy("student0", 0.9, seed=1)
    installation.submit("student1", b"id,label\n1,a\n")
    for seed in (2, 3):
        installation.submit_accuracy("student2", 0.5, seed=seed)
    groups = {"student0": ("A", "CS"), "student1": ("A", "EE"), "student2": ("B", "CS")}
    for name, (section, department) in groups.items():
        change = update(Member).where(Member.user_id == installation.user(name).id)
        values = change.values(section=section, department=department)
        installation.db.write(lambda session, values=values: session.execute(values) and None)
    return installation


def test_teams_are_found_by_section_and_department_and_stand_by_score(three_teams: Installation) -> None:
    client = browser(three_teams, "tina")

    lists = {query: NAME.findall(client.get(f"{TINY}/teams{query}").text) for query in LISTS}

    assert lists == LISTS


def test_the_page_keeps_what_was_asked_in_its_heads_and_shows_public_scores(
    three_teams: Installation,
) -> None:
    page = browser(three_teams, "tina").get(f"{TINY}/teams?section=A&sort=score").text

    assert "<option selected>A</option>" in page
    assert 'href="?section=A&amp;sort=-score"' in page
    assert "1 student" in words(page) or "2 students" in words(page)
    assert browser(three_teams, "tina").get(f"{TINY}/teams?sort=private").status_code == 422
