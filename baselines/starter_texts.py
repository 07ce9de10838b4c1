"""The texts of starters for the catalogues: Babel calls these by name (languages/extraction.py).

A starter is built in English; the server gives each of its texts in the language of whoever fetches it. A
homework's title stays as the course has written it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from baselines.homework import load_homework
from baselines.starter import Cell, cells, framed
from languages.source_texts import paragraphs_in_language, script_in_language

Extracted = tuple[int, str, str, list[str]]  # line, function, text and notes, as Babel takes them
TITLE, COMMAND = "# ", "    "  # what begins so is no text for a translator


def of_all(file: IO[bytes], keywords: object, comment_tags: object, options: object) -> Iterator[Extracted]:
    """The texts that every starter has, whatever its homework."""
    for text in _texts(_frame()):
        yield 1, "gettext", text, []


def of_homework(
    file: IO[bytes], keywords: object, comment_tags: object, options: object
) -> Iterator[Extracted]:
    """The texts of one homework's starter alone; `file` is its simple.py."""
    common = _texts(_frame())
    for text in _texts(cells(load_homework(Path(file.name).parent))):
        if text not in common:
            yield 1, "gettext", text, []


def _frame() -> list[Cell]:
    return framed([], title="", packages="", idea="", device='"cpu"', ids="id")


def _texts(starter: list[Cell]) -> dict[str, None]:
    """Every text of the cells once, in their order."""
    texts: dict[str, None] = {}

    def keep(text: str) -> str:
        if not text.startswith((TITLE, COMMAND)):
            texts[text] = None
        return text

    for cell in starter:
        in_language = script_in_language if cell.kind == "code" else paragraphs_in_language
        in_language(cell.text, keep)
    return texts
