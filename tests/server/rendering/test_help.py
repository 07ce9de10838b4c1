"""Help: the guides as pages, whose sections every page leads to, and which can be searched."""

from pathlib import Path

import pytest
from lxml import html
from sqlalchemy import update

from languages.catalogue import available
from server.models import Course
from server.settings import PROJECT
from server.web.rendering.guides import FOR_ALL, FOR_STAFF, GUIDES, guide, search, section_at
from server.web.rendering.page_help import HELP_SECTIONS
from tests.support.browser import words
from tests.support.installation import Installation

TEMPLATES = PROJECT / "server" / "web" / "templates"
CHINESE = {"Accept-Language": "zh-TW"}


def test_every_page_says_which_section_is_about_it_and_that_is_there() -> None:
    pages = {
        path.relative_to(TEMPLATES).as_posix()
        for path in TEMPLATES.rglob("*.html")
        if '{% extends "base.html" %}' in path.read_text(encoding="utf-8")
    }

    assert pages - set(HELP_SECTIONS) == set(), "say in page_help.py which section is about these"
    for address in filter(None, HELP_SECTIONS.values()):
        for language in available():
            assert section_at(address, language).body_md


@pytest.mark.parametrize("language", available())
def test_every_link_within_the_help_leads_to_a_section(installation: Installation, language: str) -> None:
    staff = installation.client("tina")
    headers = {"Accept-Language": language}
    pages = {
        f"/help/{name}": html.fromstring(staff.get(f"/help/{name}", headers=headers).text) for name in GUIDES
    }
    pages["/help"] = html.fromstring(staff.get("/help", headers=headers).text)

    links = {(at, link) for at, page in pages.items() for link in page.xpath("//main//a/@href")}
    astray = []
    for at, link in links:
        address, _, anchor = link.partition("#")
        page = pages.get(address or at)
        is_elsewhere = address.startswith("http") or address == "/command-line"
        if not is_elsewhere and (page is None or (anchor and not page.xpath(f"//*[@id='{anchor}']"))):
            astray.append((at, link))

    assert astray == []
    assert len(links) > 80


def test_students_and_passers_by_read_their_guide_and_staff_read_both(installation: Installation) -> None:
    for name in FOR_ALL:
        assert installation.client(None).get(f"/help/{name}").status_code == 200
    for name in FOR_STAFF:
        assert installation.client(None).get(f"/help/{name}").status_code == 403
        assert installation.client("student0").get(f"/help/{name}").status_code == 403
        assert installation.client("tina").get(f"/help/{name}").status_code == 200
    assert installation.client("student0").get("/help/nothing").status_code == 404
    assert "/help/staff" not in installation.client("student0").get("/help?q=rescore").text
    assert "/help/staff#rescores" in installation.client("tina").get("/help?q=rescore").text


def test_a_search_lists_the_sections_with_every_word(installation: Installation) -> None:
    student = installation.client("student0")

    page, none = student.get("/help?q=Invite+team"), student.get("/help?q=zebra+crossing")
    chinese = student.get("/help?q=隊伍+合併", headers=CHINESE)

    assert '<a href="/help/students#teams"' in page.text
    assert "Invite a student of your course" in words(page.text)
    assert "No section has all of these words" in words(none.text)
    assert '<a href="/help/students#teams" lang="zh-TW">隊伍</a>' in chinese.text
    assert student.get(f"/help?q={'a' * 201}").status_code == 422


def test_a_search_begins_with_the_titles() -> None:
    matches = search("late", names=GUIDES, language="en")

    assert matches[0].section.title == "Late"
    assert search("  ", names=GUIDES, language="en") == []


def test_a_guide_in_another_language_has_the_english_ones_anchors() -> None:
    english, chinese = guide("students", "en"), guide("students", "zh-TW")

    assert [each.anchor for each in chinese.sections] == [each.anchor for each in english.sections]
    assert chinese.title == "給學生"
    assert guide("add-a-metric", "zh-TW").language == "en"


def test_a_page_leads_to_its_section_in_its_language(installation: Installation) -> None:
    foot = html.fromstring(installation.client("student0").get("/account", headers=CHINESE).text).xpath(
        "//footer"
    )

    assert "你的密碼" in foot[0].text_content()
    assert foot[0].xpath(".//a/@href") == ["/help", "/help/students#your-password"]


def test_an_installed_server_has_the_guides() -> None:
    docker = (PROJECT / "Dockerfile").read_text(encoding="utf-8")

    assert "COPY docs docs" in docker
    assert all(Path(PROJECT, "docs", f"{name}.md").is_file() for name in GUIDES)


def test_a_courses_contact_stands_below_its_pages_and_on_help_for_its_people(
    installation: Installation,
) -> None:
    installation.db.write(lambda session: session.execute(update(Course).values(contact="ml-ta@example.edu")))
    student = installation.client("student0")

    for path in ("/competitions/tiny", "/help"):
        assert "ml-ta@example.edu" in student.get(path).text
    assert "ml-ta@example.edu" not in installation.client(None).get("/help").text
