"""Points for items as people and spreadsheets write them: one cell, or a whole table in CSV or xlsx."""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.messages import COMMA, Message, joined
from server.domain.errors import Invalid
from server.domain.grades.items.item_sheet import ItemCell, ItemSheet, SheetRow, SheetStudent
from server.domain.texts.csv_cells import number_cell, text_cell
from server.domain.texts.tables import Table, TableLine, read_table, title_key
from server.domain.texts.workbooks import is_workbook, read_workbook
from server.models import GradeItem

NUMBER = re.compile(r"\d{1,6}([.,]\d{0,9})?|[.,]\d{1,9}")
IDENTITY = ("student_number", "username", "name", "team")
BY = {
    "student_number": ("student number", "學號"),
    "username": ("username", "user name", "帳號", "使用者名稱"),
}
IGNORED = frozenset({"name", "team", "email", "姓名", "隊伍", "section", "department"})
PROBLEMS_MOST = 20
BYTES_MOST = 5_000_000


class NoPoints(ValueError):
    """A text that is no points."""


def read_points(text: str) -> float | None:
    """The points in a cell, None for an empty one.

    A decimal comma is one, and digits may be of full width. Raises NoPoints.

    >>> read_points(" 1,5 "), read_points(".5"), read_points("")
    (1.5, 0.5, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("，", ",").replace("。", ".")
    if not plain:
        return None
    if not NUMBER.fullmatch(plain):
        raise NoPoints(text)
    return float(plain.replace(",", "."))


def no_points(text: str) -> Message:
    """What to say of a text that is no points."""
    return Message("'{text}' is no number of points; write 1.5 or 1,5.", text=text[:40])


@dataclass(frozen=True)
class ReadCells:
    """What a file would change: cells that differ from the sheet, and what is wrong with it."""

    cells: Sequence[ItemCell]
    problems: Sequence[Message]
    lines: int


def to_csv(sheet: ItemSheet) -> bytes:
    """A row for each student: numbers and names, then a column for each item, empty where not checked."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*IDENTITY, *(text_cell(item.name) for item in sheet.items)])
    people = sheet.students.values()
    for student, row in sorted(people, key=lambda pair: (pair[0].student_number, pair[0].username)):
        texts = (student.student_number, student.username, student.name, row.team)
        points = [number_cell(row.points.get(item.id)) for item in sheet.items]
        writer.writerow([*(text_cell(text) for text in texts), *points])
    return out.getvalue().encode("utf-8-sig")


def read_file(data: bytes, sheet: ItemSheet) -> ReadCells:
    """The cells that a CSV file or an Excel workbook would change; an empty cell changes nothing.

    Raises Invalid where the file names no student or no item.
    """
    names = {title_key(item.name): item for item in sheet.items}
    keys = frozenset(names) | IGNORED | {title for titles in BY.values() for title in titles}
    table = read_workbook(data) if is_workbook(data) else read_table(data, encoding=None, titles=keys)
    titles = [title_key(title) for title in table.header]
    places = {field: titles.index(title) for field, known in BY.items() for title in known if title in titles}
    items = {place: names[title] for place, title in enumerate(titles) if title in names}
    _require_columns(table, titles, places, items, sheet)
    reading = _ReadFile(sheet, places, items)
    for line in table.lines:
        reading.read(line)
    return ReadCells(reading.cells, reading.problems[:PROBLEMS_MOST], len(table.lines))


def _require_columns(
    table: Table,
    titles: Sequence[str],
    places: Mapping[str, int],
    items: Mapping[int, GradeItem],
    sheet: ItemSheet,
) -> None:
    known = joined(*(item.name for item in sheet.items), between=COMMA)
    if not places:
        raise Invalid(Message("No column says who: one is called student_number or username."))
    twice = {title for title in titles if titles.count(title) > 1 and title}
    if twice:
        raise Invalid(Message("Two columns are called '{name}'.", name=sorted(twice)[0]))
    others = [
        table.header[place]
        for place, title in enumerate(titles)
        if title
        and place not in items
        and place not in places.values()
        and title not in IGNORED
        and title not in {name for names in BY.values() for name in names}
    ]
    if others or not items:
        raise Invalid(
            Message(
                "{names}: no item is called so; the items are: {known}.",
                known=known,
                names=joined(*others, between=COMMA) if others else Message("No column"),
            ),
        )


class _ReadFile:
    """A file, line by line."""

    def __init__(self, sheet: ItemSheet, places: Mapping[str, int], items: Mapping[int, GradeItem]) -> None:
        self._places, self._items = places, items
        people = sheet.students.values()
        self._by = {
            "student_number": {_key(each.student_number): (each, row) for each, row in people},
            "username": {_key(each.username): (each, row) for each, row in people},
        }
        self.cells: list[ItemCell] = []
        self.problems: list[Message] = []
        self._lines: dict[tuple[int, int], tuple[int, float | None]] = {}

    def read(self, line: TableLine) -> None:
        """Take a line's cells, or note what is wrong with them."""
        pair = self._person(line)
        if pair is None:
            return
        student, row = pair
        for place, item in self._items.items():
            text = line.cells[place] if place < len(line.cells) else ""
            try:
                points = read_points(text)
            except NoPoints:
                self._note(line, item, no_points(text))
                continue
            if points is None:
                continue
            if points > item.most:
                most = number_cell(item.most)
                self._note(line, item, Message("{points} is more than {most}.", points=text, most=most))
                continue
            self._take(
                line, student, item, ItemCell(item.id, student.user_id, row.points.get(item.id), points)
            )

    def _person(self, line: TableLine) -> tuple[SheetStudent, SheetRow] | None:
        for field, place in self._places.items():
            text = line.cells[place] if place < len(line.cells) else ""
            if text:
                pair = self._by[field].get(_key(text))
                if pair is None:
                    self.problems.append(
                        Message("Line {line}: nobody in the course is '{text}'.", line=line.number, text=text)
                    )
                return pair
        self.problems.append(Message("Line {line} says of nobody.", line=line.number))
        return None

    def _take(self, line: TableLine, student: SheetStudent, item: GradeItem, cell: ItemCell) -> None:
        number, points = self._lines.setdefault((student.user_id, item.id), (line.number, cell.points))
        if points != cell.points:
            self._note(
                line, item, Message("line {other} says something else of the same student.", other=number)
            )
        elif number == line.number and points != cell.was:
            self.cells.append(cell)

    def _note(self, line: TableLine, item: GradeItem, problem: Message) -> None:
        self.problems.append(
            Message("Line {line}, {item}: {problem}", line=line.number, item=item.name, problem=problem)
        )


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
