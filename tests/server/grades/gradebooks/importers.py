"""How Canvas, Moodle and Blackboard read a file, after their rules: what the tests import into."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

CANVAS_NUMBER = re.compile(r"-?[\d.,]+%?")


class Refused(Exception):
    """The other system takes nothing of the file."""


@dataclass
class CanvasCourse:
    """A Canvas course: people by id, login and SIS id; assignments by number; grades by person and number."""

    logins: Mapping[str, int]
    sis_ids: Mapping[str, int]
    titles: Mapping[str, str]
    grades: dict[tuple[int, str], str] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)

    def take(self, data: bytes) -> None:
        """Import a file as `gradebook_importer.rb` does: the whole of it, or nothing with Refused."""
        text = data.decode("utf-8")
        separator = guessed_separator(text.splitlines()[:3])
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        header = rows[0]
        if "Student" not in header[0] or "ID" not in header[1]:
            raise Refused("Invalid header row")
        place = 2
        if header[place : place + 2] == ["SIS User ID", "SIS Login ID"]:
            place += 2
        elif header[place] == "SIS Login ID":
            place += 1
        while header[place] in ("Integration ID", "Root Account"):
            place += 1
        if header[place] != "Section":
            raise Refused("Invalid header row")
        for row in rows[1:]:
            if "Points Possible" not in row[0]:
                self._take_row(header, row, place + 1)

    def _take_row(self, header: list[str], row: list[str], start: int) -> None:
        person = self._person(dict(zip(header, row, strict=True)))
        for title, cell in list(zip(header, row, strict=True))[start:]:
            if re.search(r"(?:Current|Final) (?:Score|Points|Grade)", title):
                continue
            number = self._assignment(title)
            if cell.upper() == "EX":
                self.grades[person, number] = "EX"
            elif cell.strip() in ("", "-"):
                self.grades.pop((person, number), None)  # an empty cell clears
            else:
                self.grades[person, number] = canvas_number(cell)

    def _person(self, cells: Mapping[str, str]) -> int:
        if cells["ID"].strip():
            return int(cells["ID"])
        if cells.get("SIS User ID") in self.sis_ids:
            return self.sis_ids[cells["SIS User ID"]]
        return self.logins[cells["SIS Login ID"]]

    def _assignment(self, title: str) -> str:
        parts = re.fullmatch(r"(.*) \((\d+)\)", title, re.DOTALL)
        if parts is not None and parts[2] in self.titles:
            return parts[2]
        name = title if parts is None else parts[1]
        for number, known in self.titles.items():
            if known == name:
                return number
        self.created.append(name)
        return name


def guessed_separator(lines: list[str]) -> str:
    """The one by which the first lines have as many fields each; the comma where both or none do."""
    counts = {mark: {len(row) for row in csv.reader(lines, delimiter=mark)} for mark in (",", ";")}
    by_semicolons = (
        len(counts[";"]) == 1 and counts[";"] != {1} and (len(counts[","]) > 1 or counts[","] == {1})
    )
    return ";" if by_semicolons else ","


def canvas_number(cell: str) -> str:
    """A cell's number: the last of points and commas becomes the decimal point; two decimals are compared."""
    if not CANVAS_NUMBER.fullmatch(cell):
        raise Refused(f"{cell!r} is no number")
    text = cell.removesuffix("%")
    cut = max(text.rfind("."), text.rfind(","))
    if cut >= 0:
        text = re.sub(r"[.,]", "", text[:cut]) + "." + text[cut + 1 :]
    return f"{float(text):.2f}"


def moodle_grades(data: bytes, *, users: set[str], most: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """Grades by user name and item. One unknown user or one value beyond the most, and all is refused."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    grades = {}
    for row in rows[1:]:
        if row[0] not in users:
            raise Refused(f"user mapping error: {row[0]}")
        for item, cell in zip(rows[0][3:], row[3:], strict=True):
            if cell in ("", "-"):
                continue
            if float(cell) > most[item]:
                raise Refused(f"{cell} is beyond the most of {item}")
            grades[row[0], item] = float(cell)
    return grades


def blackboard_grades(data: bytes) -> dict[tuple[str, str], str]:
    """Cells by user name and the column's number; a column without a number is refused here."""
    encoding = "utf-16" if data.startswith(b"\xff\xfe") else "utf-8-sig"
    text = data.decode(encoding)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text else ","))
    place = rows[0].index("Username")
    columns = {i: title.rpartition("|")[2] for i, title in enumerate(rows[0]) if "|" in title}
    if not columns:
        raise Refused("no column")
    return {(row[place], number): row[i] for row in rows[1:] for i, number in columns.items()}
