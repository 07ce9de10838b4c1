"""A command's help in a language whose letters take two columns each and stand without blanks between them.

Typer's own page counts letters and breaks lines at blanks alone. Here a letter counts as many columns as it
takes, and a line may break after each wide one.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unicodedata import east_asian_width

from client.output.parser_words import of_help
from grader.messages import COMMA, FULL_WIDTH_MARKS, Catalogue, Message, joined, translated

USAGE = Message("Usage: {command}")
HEADINGS = {str(word): word for word in (Message("Arguments"), Message("Options"), Message("Commands"))}
HELP_OPTION = Message("Show this message and exit.")
EXTRAS = re.compile(r"(.*?)\s*\[([^\[\]]+)\]", re.DOTALL)
COLUMNS, WIDEST_NAME, GAP = 78, 30, 2
# A wide letter or a run of others, with the marks that may not begin a line.
PIECES = re.compile(rf"\s+|(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[{''.join(FULL_WIDTH_MARKS)}]*")


class HelpPage:
    """What Typer writes a command's help to: its parts in a language, laid out for a terminal."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.width = COLUMNS
        self.current_indent = 0
        self._catalogue = catalogue
        self._lines: list[str] = []

    def getvalue(self) -> str:
        """The page so far."""
        return "".join(f"{line}\n" for line in self._lines)

    def write_usage(self, program: str, arguments: str = "") -> None:
        """Write how the command is called."""
        usage = translated(
            Message("Usage: {command}", command=f"{program} {arguments}".rstrip()), self._catalogue
        )
        self._write(folded(usage, self.width))

    def write_paragraph(self) -> None:
        """Part what comes from what stands there."""
        if self._lines:
            self._lines.append("")

    def write_text(self, text: str) -> None:
        """Write a text of paragraphs, which are parted by an empty line."""
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self._lines.append("")
            self._write(folded(paragraph, self.width - self.current_indent))

    def write_dl(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write names with what they mean in a column of its own."""
        name_columns = min(max((columns(name) for name, _ in rows), default=0), WIDEST_NAME) + GAP
        for name, meaning in rows:
            lines = folded(self._in_words(meaning), self.width - self.current_indent - name_columns) or [""]
            if columns(name) > name_columns - GAP:
                lines, name = ["", *lines], name
            first = name + " " * (name_columns - columns(name)) + lines[0]
            self._write([first.rstrip(), *(" " * name_columns + line for line in lines[1:])])

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Write a heading, and indent what the block writes."""
        self.write_paragraph()
        heading = Message("{heading}:", heading=HEADINGS.get(name, name))
        self._write([heading.in_language(self._catalogue)])
        with self.indentation():
            yield

    @contextmanager
    def indentation(self) -> Iterator[None]:
        """Indent what the block writes."""
        self.current_indent += 2
        try:
            yield
        finally:
            self.current_indent -= 2

    def _write(self, lines: Sequence[str]) -> None:
        self._lines += [" " * self.current_indent + line for line in lines]

    def _in_words(self, meaning: str) -> str:
        """What an option means: its help is translated already, what Typer adds to it is not."""
        if meaning == HELP_OPTION:
            return str(translated(HELP_OPTION, self._catalogue))
        if match := EXTRAS.fullmatch(meaning):
            extras = joined(*map(of_help, match[2].split("; ")), between=COMMA)
            text = Message("{help}  [{extras}]", help=match[1], extras=extras)
            return str(translated(text, self._catalogue)).strip()
        return meaning


def columns(text: str) -> int:
    """How many columns of a terminal a text takes.

    >>> columns("CSV 檔")
    6
    """
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def folded(text: str, width: int) -> list[str]:
    """The lines of a paragraph, none of which takes more columns than `width` but for a long word.

    >>> folded("上傳檔案的方式", 6)
    ['上傳檔', '案的方', '式']
    """
    lines, line = [], ""
    for piece in PIECES.findall(" ".join(text.split())):
        if columns(line + piece.rstrip()) > width and line.strip():
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines
