"""A guide in Chinese says what the English one says: section by section, command by command, page by page."""

import re
from pathlib import Path

import pytest

from languages.catalogue import templates
from languages.extraction import read
from server.web.rendering.guides import FOR_ALL, FOR_STAFF

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = sorted((DOCS / "zh-TW").glob("*.md"))
EMPHASIS = re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)")


def skeleton(text: str) -> list[str]:
    """What a translation keeps: the levels of headings, blocks of code as they are, rows and entries."""
    lines = []
    for line in text.splitlines():
        if line.startswith("    "):
            lines.append(line.strip())
        elif mark := re.match(r"#+ |- |\| |\d+\. ", line):
            lines.append(mark[0])
    return lines


def words_of_code(text: str) -> set[str]:
    """Each name, command or value that stands between backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_a_guide_has_the_parts_of_the_english_one(guide: Path) -> None:
    original = (DOCS / guide.name).read_text(encoding="utf-8")
    translation = guide.read_text(encoding="utf-8")

    assert skeleton(translation) == skeleton(original)
    assert words_of_code(original) - words_of_code(translation) == set()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_a_guide_names_pages_as_pages_are_named(guide: Path) -> None:
    catalogue = templates("zh-TW")
    original = EMPHASIS.findall((DOCS / guide.name).read_text(encoding="utf-8"))

    named = set(EMPHASIS.findall(guide.read_text(encoding="utf-8")))

    assert named == {catalogue.gettext(name) for name in original}


def test_students_and_staff_have_a_guide_in_chinese() -> None:
    assert {"students.md", "staff.md"} <= {guide.name for guide in GUIDES}


def test_what_the_guides_emphasise_stands_on_a_page() -> None:
    texts = {each.id if isinstance(each.id, str) else each.id[0] for each in read("zh-TW") if each.id}

    emphasised = {
        (name, words)
        for name in ("students", "words", "staff", "api")
        for words in EMPHASIS.findall(
            re.sub(r"`[^`]*`", "", (DOCS / f"{name}.md").read_text(encoding="utf-8"))
        )
    }

    assert {name for name, _ in emphasised} <= {*FOR_ALL, *FOR_STAFF}
    assert {(name, words) for name, words in emphasised if words not in texts} == set()
