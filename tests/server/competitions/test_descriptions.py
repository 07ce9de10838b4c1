"""A description speaks the languages that its homework has a page in."""

from pathlib import Path

import pytest

from baselines.homework import HOMEWORKS
from grader.parted_text import parted
from server.domain.competitions import placeholders
from server.domain.competitions.descriptions import chosen, joined
from server.domain.files.file_store import FileStore
from server.domain.setup import importing as homeworks
from server.domain.texts.markdown import flat, parser
from server.domain.texts.markdown import placeholders as placeholders_in
from server.web.rendering.prose import prose
from tests.support import tiny_homework
from tests.support.browser import browser
from tests.support.installation import Installation

BOTH = "# Task\n\nTell them apart.\n\n<!-- zh-TW -->\n# 題目\n\n分辨它們。\n"


def with_description(installation: Installation, text: str) -> None:
    client = installation.client("tina")
    rules = client.get("/api/competitions/tiny/rules").json()
    body = {"changes": {"description_md": text}, "version": rules["version"], "reason": "Two languages"}
    client.put("/api/competitions/tiny/rules", json=body).raise_for_status()


def test_parts_come_back_as_they_were_joined() -> None:
    parts = {"en": "Task\n", "zh-TW": "題目\n\n---\n\n第二段\n", "ja": "課題\n"}

    assert {code: text.strip() for code, text in parted(joined(parts)).items()} == {
        code: text.strip() for code, text in parts.items()
    }


def test_a_text_without_marks_is_english_and_other_comments_stay() -> None:
    assert parted("Task <!-- zh-TW -->\n<!-- not a language -->\n") == {
        "en": "Task <!-- zh-TW -->\n<!-- not a language -->\n"
    }


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "zh-TW,zh;q=0.9,en;q=0.8", "zh-TW"),
        (None, "zh", "zh-TW"),
        (None, "en-GB,zh-TW;q=0.5", "en"),
        (None, "fr, de;q=0.5", "en"),
        ("zh-TW", "en", "zh-TW"),
        ("xx", "en", "en"),
    ],
)
def test_the_reader_gets_their_language_unless_they_ask_for_another(
    query: str | None, accepted: str, language: str
) -> None:
    assert chosen(parted(BOTH), language=query, accepted=accepted) == language


def test_a_description_without_a_text_is_an_empty_one() -> None:
    assert parted("") == {}
    assert chosen({}, language=None, accepted="zh-TW") == "en"


def test_the_page_shows_one_language_and_leads_to_the_other(installation: Installation) -> None:
    with_description(installation, BOTH)
    student = installation.client("student0")

    english = student.get("/competitions/tiny").text
    chinese = student.get("/competitions/tiny", params={"lang": "zh-TW"}).text
    by_browser = student.get("/competitions/tiny", headers={"Accept-Language": "zh-TW"}).text

    assert "Tell them apart." in english
    assert "分辨它們。" not in english
    assert '<a href="?lang=zh-TW#description" lang="zh-TW"' in english
    assert "分辨它們。" in chinese
    assert '<article class="prose" id="description" lang="zh-TW">' in by_browser


def test_a_page_of_one_language_offers_no_other(installation: Installation) -> None:
    assert "?lang=" not in installation.client("student0").get("/competitions/tiny").text


def test_a_homework_folder_brings_all_its_languages(tmp_path: Path) -> None:
    tiny_homework.write(tmp_path)
    (tmp_path / "tiny" / "description.zh-TW.md").write_text("分辨它們。\n", encoding="utf-8")

    read = homeworks.read_homework(
        FileStore(tmp_path / "files"), folder=tmp_path / "tiny", built=tmp_path / "built"
    )

    assert list(parted(read.description_md)) == ["en", "zh-TW"]


def test_the_description_is_in_the_language_that_its_reader_has_chosen_for_pages(
    installation: Installation,
) -> None:
    with_description(installation, BOTH)
    installation.client("student0").put("/api/me/language", json={"language": "zh-TW"}).raise_for_status()
    student = browser(installation, "student0")
    english = {"Accept-Language": "en"}

    assert "分辨它們。" in student.get("/competitions/tiny", headers=english).text
    assert "分辨它們。" not in student.get("/competitions/tiny?lang=en", headers=english).text


@pytest.mark.parametrize(
    "path", sorted(HOMEWORKS.glob("*/description*.md")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_a_homeworks_text_takes_its_rules_from_the_competition_and_its_formulas_can_be_read(
    path: Path,
) -> None:
    text = path.read_text(encoding="utf-8")

    tokens = list(flat(parser().parse(text)))
    pictures = [str(token.attrGet("src")) for token in tokens if token.type == "image"]

    assert {"daily_limit", "final_selections", "unselected", "reset_zone"} <= set(placeholders_in(text))
    assert placeholders.unknown(text) == []
    assert "<code>$" not in prose(text)
    assert [name for name in pictures if not (path.parent / name).is_file()] == []
