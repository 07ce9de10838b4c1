"""The guides of `docs/` as pages show them: by section, in the reader's language, with links between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from languages.catalogue import ENGLISH
from server.domain.notices.plain_text import plain_text
from server.settings import PROJECT

DOCS = PROJECT / "docs"
FOR_ALL = ("students", "words", "api", "api-clients")
FOR_STAFF = ("staff", "add-a-homework", "add-a-metric")
GUIDES = FOR_ALL + FOR_STAFF
LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s#:]*)(#[^)\s]*)?\)")
OTHER_LANGUAGES = "繁體中文"  # stands in the line below a title that leads to the guide's other languages
EXCERPT = 180  # characters
LEAD = 60  # of them before the first word that was looked for


@dataclass(frozen=True)
class Section:
    """A part of a guide below a heading. anchor: the same in every language; "" for what stands first."""

    guide: str
    language: str
    anchor: str
    title: str
    body_md: str

    @property
    def address(self) -> str:
        """Where a reader finds it."""
        return f"/help/{self.guide}" + (f"#{self.anchor}" if self.anchor else "")


@dataclass(frozen=True)
class Guide:
    """A guide in one language: that asked for, or English where it is not translated."""

    name: str
    language: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class SearchMatch:
    """A section in which every word that was looked for stands, and a few words around the first of them."""

    section: Section
    guide_title: str
    excerpt: str


@cache
def guide(name: str, language: str) -> Guide:
    """The guide of this name; KeyError for one that is not among GUIDES."""
    if name not in GUIDES:
        raise KeyError(name)
    original = DOCS / f"{name}.md"
    translation = DOCS / language / f"{name}.md"
    is_translated = language != ENGLISH and translation.is_file()
    title, parts = _parts((translation if is_translated else original).read_text(encoding="utf-8"))
    anchors = [anchor_of(heading) for heading, _ in _parts(original.read_text(encoding="utf-8"))[1]]
    own_language = language if is_translated else ENGLISH
    sections = (
        Section(name, own_language, anchor, heading or title, body)
        for anchor, (heading, body) in zip(anchors, parts, strict=True)
    )
    shown = tuple(each for each in sections if each.body_md)
    return Guide(name, own_language, title, shown)


def anchor_of(heading: str) -> str:
    """The anchor of a heading, as a forge gives it.

    >>> anchor_of("Trials, and who leaves")
    'trials-and-who-leaves'
    """
    plain = re.sub(r"[`*_]", "", heading.strip().lower())
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain))


def _parts(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A guide's title, and each heading below it with its text; what stands first has no heading."""
    first, *rest = re.split(r"^## ", text, flags=re.MULTILINE)
    title, _, preface = first.removeprefix("# ").partition("\n")
    paragraphs = [each for each in preface.split("\n\n") if OTHER_LANGUAGES not in each]
    parts = [("", "\n\n".join(paragraphs))]
    for each in rest:
        heading, _, body = each.partition("\n")
        parts.append((heading.strip(), body))
    return title.strip(), [(heading, with_page_links(body.strip())) for heading, body in parts]


def with_page_links(text_md: str) -> str:
    """The text with links to guides made links to their pages; of a link to another file its words stay.

    >>> with_page_links("See [the teams](students.md#teams) and [notes](operate.md).")
    'See [the teams](/help/students#teams) and notes.'
    """
    return LINK.sub(_page_link, text_md)


def _page_link(match: re.Match[str]) -> str:
    words, path, anchor = match[1], match[2], match[3] or ""
    if not path:
        return match[0]
    if path.endswith(".md") and PurePosixPath(path).stem in GUIDES:
        return f"[{words}](/help/{PurePosixPath(path).stem}{anchor})"
    return words


def section_at(address: str, language: str) -> Section:
    """The section at an address such as "students#teams"; KeyError where there is none."""
    name, _, anchor = address.partition("#")
    by_anchor = {each.anchor: each for each in guide(name, language).sections}
    return by_anchor[anchor]


def search(words: str, *, names: tuple[str, ...], language: str) -> list[SearchMatch]:
    """The sections of these guides with all of the words, those first whose titles have them."""
    needed = words.casefold().split()
    if not needed:
        return []
    matches = [match for name in names for match in _matches(guide(name, language), needed)]
    return sorted(matches, key=lambda each: not _has_all(each.section.title, needed))


def _matches(source: Guide, needed: list[str]) -> Iterator[SearchMatch]:
    for section in source.sections:
        text = " ".join(_plain(section.body_md).split())
        if _has_all(f"{section.title} {text}", needed):
            yield SearchMatch(section, source.title, _excerpt(text, needed))


def _has_all(text: str, needed: list[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in needed)


def _excerpt(text: str, needed: list[str]) -> str:
    positions = [at for word in needed if (at := text.casefold().find(word)) >= 0]
    start = max(0, min(positions, default=0) - LEAD)
    if start:
        start = text.find(" ", start) + 1 or start
    end = start + EXCERPT
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")


@cache
def _plain(text_md: str) -> str:
    """The words of a section, without the addresses of its links and the marks of its lists."""
    return re.sub(r"^\s*- ", "", plain_text(LINK.sub(r"\1", text_md)), flags=re.MULTILINE)
