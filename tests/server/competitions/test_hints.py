"""A tier's hint in the reader's language, on each page and in each answer that has it."""

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import update

from grader.parted_text import parted
from server.models import Tier
from server.settings import PROJECT
from tests.support.browser import TINY, browser
from tests.support.installation import Installation

API = "/api/competitions/tiny"
ENGLISH, CHINESE = "Look at the mean.", "看看平均值。"
ASKED = {"Accept-Language": "zh-TW,zh;q=0.9"}
FILES = sorted((PROJECT / "baselines" / "homeworks").glob("*/competition.toml"))


@pytest.fixture
def hinted(installation: Installation) -> Installation:
    """A competition whose first tier has its hint in two languages, and stands on the board."""
    whole = f"{ENGLISH}\n<!-- zh-TW -->\n{CHINESE}\n"
    installation.db.write(
        lambda session: session.execute(update(Tier).where(Tier.name == "simple").values(hint=whole))
    )
    installation.train("simple", seconds=90.0)
    return installation


@pytest.mark.parametrize(
    "path",
    ["", "/leaderboard/public", "/leaderboard/public?limit=5", "/leaderboard/public/at", "/costs"],
)
def test_an_answer_has_the_hint_in_the_language_that_is_asked_for(hinted: Installation, path: str) -> None:
    student = hinted.client("student0")

    # The second time a board comes from memory.
    for headers, hint, other in [({}, ENGLISH, CHINESE), (ASKED, CHINESE, ENGLISH)] * 2:
        answer = student.get(f"{API}{path}", headers=headers)
        assert (answer.status_code, hint in answer.text, other in answer.text) == (200, True, False)
        assert "<!--" not in answer.text


def test_two_languages_of_a_board_are_two_versions(hinted: Installation) -> None:
    student = hinted.client("student0")
    english = student.get(f"{API}/leaderboard/public")

    answers = [
        student.get(f"{API}/leaderboard/public", headers=headers | {"If-None-Match": english.headers["etag"]})
        for headers in ({}, ASKED, ASKED)
    ]

    assert [each.status_code for each in answers] == [304, 200, 200]
    assert "Accept-Language" in english.headers["vary"]


@pytest.mark.parametrize("path", ["/tiers", "/leaderboard", "/baselines/compare"])
def test_a_page_has_the_hint_in_its_language(hinted: Installation, path: str) -> None:
    person = browser(hinted, "tina")

    for headers, hint, other in (({}, ENGLISH, CHINESE), (ASKED, CHINESE, ENGLISH)):
        page = person.get(f"{TINY}{path}", headers=headers).text
        assert (hint in page, other in page, "zh-TW --" in page) == (True, False, False)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_every_hint_of_our_homeworks_is_in_both_languages(file: Path) -> None:
    tiers = tomllib.loads(file.read_text(encoding="utf-8"))["tier"]

    assert [list(parted(tier["hint"])) for tier in tiers] == [["en", "zh-TW"]] * 4
