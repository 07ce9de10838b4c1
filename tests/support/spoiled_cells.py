"""What spreadsheets and people do to the cells of a roster."""

import random
from collections.abc import Callable
from dataclasses import dataclass

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Sheet:
    """Cells that are changed in place, the header's first; what stands in each column; the first person."""

    table: list[list[str]]
    fields: tuple[str, ...]
    first: int
    rng: random.Random

    @property
    def people(self) -> list[list[str]]:
        """The lines that are persons."""
        return self.table[self.first :]

    def each(self, field: str, change: Callable[[str], str]) -> None:
        """Change every cell of a field."""
        for line in self.people:
            self._change(line, field, change)

    def one(self, field: str, change: Callable[[str], str]) -> None:
        """Change one person's field."""
        self._change(self.rng.choice(self.people), field, change)

    def _change(self, line: list[str], field: str, change: Callable[[str], str]) -> None:
        for place, name in enumerate(self.fields):
            if name == field and place < len(line):
                line[place] = change(line[place])


def lose_zeros(sheet: Sheet) -> None:
    """Save numbers as numbers."""
    sheet.each("number", lambda cell: cell.lstrip("0") if cell.isdigit() else cell)


def add_fraction(sheet: Sheet) -> None:
    """Save numbers as floating-point ones, as a program does where one is missing."""
    sheet.each("number", lambda cell: f"{int(cell)}.0" if cell.isdigit() else cell)


def round_numbers(sheet: Sheet) -> None:
    """Show numbers with an exponent."""
    sheet.each("number", lambda cell: f"{int(cell):.2E}" if cell.isdigit() else cell)


def make_dates(sheet: Sheet) -> None:
    """Turn user names into dates."""
    month, day = sheet.rng.choice(MONTHS), sheet.rng.randrange(1, 29)
    shown = sheet.rng.choice([f"{day}-{month}", f"{month}-{day:02}", f"2026/{MONTHS.index(month) + 1}/{day}"])
    sheet.one(sheet.rng.choice(["username", "number"]), lambda cell: shown)


def make_errors(sheet: Sheet) -> None:
    """Turn a cell into an error."""
    error = sheet.rng.choice(["#NAME?", "#####", "#N/A"])
    sheet.one(sheet.rng.choice(["name", "number", "username", "first"]), lambda cell: error)


def add_marks(sheet: Sheet) -> None:
    """Leave marks of a copy from elsewhere at the ends; the truth stays the same."""
    mark = sheet.rng.choice(["\u200e", "\u00a0", "\ufeff", " ", "\u200b", "\u00ad"])
    for field in ("name", "last", "number"):
        sheet.each(field, lambda cell: f"{mark}{cell}{mark}" if cell else cell)


def hide_characters(sheet: Sheet) -> None:
    """Put a character that nobody sees into a name."""
    hidden = sheet.rng.choice("\u202e\u200b\u2060\x07")
    field = sheet.rng.choice(["name", "last"])
    sheet.one(field, lambda cell: f"{cell[:1]}{hidden}{cell[1:]}" if len(cell) > 1 else cell)


def repeat_a_line(sheet: Sheet) -> None:
    """List somebody twice."""
    sheet.table.append(list(sheet.rng.choice(sheet.people)))


def forget_a_field(sheet: Sheet) -> None:
    """Leave out a cell with its separator."""
    line = sheet.rng.choice(sheet.people)
    del line[sheet.rng.randrange(len(line))]


def add_a_comment(sheet: Sheet) -> None:
    """Add a line that is no person."""
    sheet.table.append(["Total", *[""] * (len(sheet.fields) - 2), "42"])


def misread_once(sheet: Sheet) -> None:
    """Open UTF-8 in another encoding and save what is seen."""
    codec = sheet.rng.choice(["cp1252", "latin-1", "cp950", "gb18030", "mac_roman"])
    for line in sheet.table:
        line[:] = [cell.encode().decode(codec, errors="replace") for cell in line]


def say_null(sheet: Sheet) -> None:
    """Export missing addresses as words."""
    sheet.each("email", lambda cell: cell or "NULL")


def widen_titles(sheet: Sheet) -> None:
    """Write the header in capitals and with blanks; the truth stays the same."""
    sheet.table[0] = [f" {title.upper()} " for title in sheet.table[0]]


def escape_formulas(sheet: Sheet) -> None:
    """Write cells as texts, as Canvas does; the truth stays the same."""
    sheet.each("number", lambda cell: f'="{cell}"' if cell else cell)


def add_columns(sheet: Sheet) -> None:
    """Add columns that mean nothing here, and empty ones."""
    for index, line in enumerate(sheet.table):
        line.extend(["Status" if index == 0 else "Withdrawn", "", ""])


SPOILS: tuple[Callable[[Sheet], None], ...] = (
    *(lose_zeros, add_fraction, round_numbers, make_dates, make_errors, add_marks, hide_characters),
    *(
        repeat_a_line,
        forget_a_field,
        add_a_comment,
        misread_once,
        say_null,
        widen_titles,
        escape_formulas,
        add_columns,
    ),
)
