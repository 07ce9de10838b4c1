"""A text that its author wrote in several languages: one text, parted by lines that name a language.

The part before the first such line is English. A competition's description and the hints of its tiers are
such texts; one text, and not a column for each language, because staff edit, copy and audit it as a whole,
and a course adds a language by writing a line.

    Run the sample code.
    <!-- zh-TW -->
    執行範例程式。
"""

import re
from collections.abc import Mapping
from typing import Self

from grader.messages import Catalogue, Text

ENGLISH = "en"
MARK = re.compile(r"^<!-- ([a-z]{2}(?:-[A-Z]{2})?) -->[ \t]*\r?\n", re.MULTILINE)
MARK_IN_LINE = re.compile(r"\s*<!-- ([a-z]{2}(?:-[A-Z]{2})?) -->\s*")


class PartedText(Text):
    """A short text that reads in its first language, as a rule English, and has parts in others."""

    parts: dict[str, str]

    def __new__(cls, whole: str) -> Self:
        """The text's first part, without blanks at its ends."""
        parts = {language: part.strip() for language, part in parted(whole).items()}
        text = super().__new__(cls, next(iter(parts.values()), ""))
        text.parts = parts
        return text

    @classmethod
    def of(cls, parts: Mapping[str, str]) -> Self:
        """The text of these parts, the first of which it reads in."""
        text = super().__new__(cls, next(iter(parts.values()), ""))
        text.parts = dict(parts)
        return text

    def in_language(self, catalogue: Catalogue) -> str:
        """The part in the catalogue's language, or the first one."""
        return self.parts.get(catalogue.language, str(self))


class PartedTitle(PartedText):
    """A title, whose parts stand in one line: `Land it softly <!-- zh-TW --> 輕輕降落`.

    whole: the line itself, for whoever edits, copies or keeps it.
    """

    whole: str

    def __new__(cls, whole: str) -> Self:
        """The line's first part."""
        text = super().__new__(cls, MARK_IN_LINE.sub(r"\n<!-- \1 -->\n", whole))
        text.whole = whole
        return text


def whole_of(title: str) -> str:
    """A title with all its languages, as its author wrote it.

    >>> title = PartedTitle("Task <!-- zh-TW --> 題目")
    >>> str(title), title.parts["zh-TW"], whole_of(title), whole_of("Task")
    ('Task', '題目', 'Task <!-- zh-TW --> 題目', 'Task')
    """
    return title.whole if isinstance(title, PartedTitle) else title


def parted(text: str) -> dict[str, str]:
    """The parts by their language, in the order of the text; an empty part is left out.

    >>> parted("Task\\n\\n<!-- zh-TW -->\\n題目\\n")
    {'en': 'Task\\n\\n', 'zh-TW': '題目\\n'}
    """
    first, *rest = MARK.split(text)
    parts = {ENGLISH: first, **dict(zip(rest[::2], rest[1::2], strict=True))}
    return {code: part for code, part in parts.items() if part.strip()}
