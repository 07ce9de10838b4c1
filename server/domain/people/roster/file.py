"""Reading a roster file, whatever program wrote it; all its problems are listed.

What was found out of its form can be shown. What looks as if a program had spoiled it is a doubt: a problem
that whoever imports the file may wave through. Knows no database: `importing.py` compares it with the course.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.people.accounts.accounts import username_key
from server.domain.people.roster.columns import TITLES, RosterColumns, columns_of, names_people
from server.domain.people.roster.doubts import doubtful_cells, doubtful_titles, pasted
from server.domain.people.roster.rows import RosterProblem, RosterRow, number_key, row_of
from server.domain.texts.tables import Table, TableLine, read_table, title_key
from server.domain.texts.workbooks import is_workbook, read_workbook

BYTES_MOST = 5_000_000
ROWS_MOST = 20_000
HEADING_MOST = 10  # lines above the header
NO_PERSON = "points possible"  # begins a line of a Canvas gradebook
TEST_STUDENTS = frozenset({"studenttest", "teststudent", "測試學生", "學生測試", "测试学生", "学生测试"})
GRADEBOOK_TITLES = frozenset({"sis user id", "sis login id"})


@dataclass(frozen=True)
class RosterLayout:
    """How a file was understood: encoding, separator, unused columns.

    titles, places: of each field's column. remarks: what else there is to say of the file, as sentences.
    """

    encoding: str
    separator: str
    titles: Mapping[str, str]
    places: Mapping[str, int]
    unused: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Roster:
    """A file as it was read: with a problem in it, it is not imported."""

    rows: tuple[RosterRow, ...]
    problems: tuple[RosterProblem, ...]
    layout: RosterLayout


def read_roster(data: bytes, *, encoding: str | None = None) -> Roster:
    """The people in a CSV or TSV file, or in an Excel workbook.

    encoding: as somebody says, None to find it out. Raises Invalid when it is no such file, names nobody, or
    its encoding cannot be told.
    """
    return roster_in(roster_table(data, encoding=encoding))


def roster_table(data: bytes, *, encoding: str | None = None) -> Table:
    """The table in the file. Raises Invalid when there is none, or its encoding cannot be told."""
    if len(data) > BYTES_MOST:
        raise Invalid(
            Message("The roster has {size:,} bytes; {most:,} is the most.", size=len(data), most=BYTES_MOST)
        )
    if is_workbook(data):
        return read_workbook(data)
    return read_table(data, encoding=encoding, titles=TITLES)


def roster_in(table: Table, *, chosen: Mapping[int, str] | None = None) -> Roster:
    """The people in a table. chosen: the field of each column by its place; None to go by their titles.

    Raises Invalid when it names nobody.
    """
    if chosen is None:
        _require_header_on_top(table)
    columns = columns_of(table.header, chosen)
    is_gradebook = not GRADEBOOK_TITLES.isdisjoint(map(title_key, table.header))
    people: list[RosterRow] = []
    problems = list(doubtful_titles(columns))
    remarks: list[str] = []
    for line in table.lines:
        fields = columns.fields_of(line)
        reason = _why_no_person(line, fields, is_gradebook=is_gradebook)
        if reason is not None:
            remarks.append(reason)
            continue
        try:
            people.append(row_of(line, columns, fields))
        except Invalid as invalid:
            problems.append(RosterProblem(line.number, invalid.message))
        problems.extend(doubtful_cells(line.number, fields))
        problems.extend(pasted(line.number, fields, table))
    rows = tuple(_once_each(people, problems))
    if not rows and not problems:
        raise Invalid(Message("The roster names nobody below its first line."))
    if len(rows) > ROWS_MOST:
        raise Invalid(
            Message("The roster has {count:,} people; {most:,} is the most.", count=len(rows), most=ROWS_MOST)
        )
    return Roster(rows, by_line(problems), _layout(table, columns, remarks))


def _require_header_on_top(table: Table) -> None:
    """Raise Invalid where the titles stand below a heading, as in the lists that many schools export."""
    for line in table.lines[:HEADING_MOST] if not names_people(table.header) else ():
        if names_people(line.cells):
            raise Invalid(
                Message(
                    "Line {number} names the columns. Take away what stands above it.", number=line.number
                )
            )


def by_line(problems: list[RosterProblem]) -> tuple[RosterProblem, ...]:
    """The problems in the order of their lines."""
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _layout(table: Table, columns: RosterColumns, remarks: list[str]) -> RosterLayout:
    if not table.is_whole:
        remarks.append(
            Message("The last line has no line end, as if the file were cut short; see that it is whole.")
        )
    titles = {field: table.header[place] for field, place in columns.places.items()}
    return RosterLayout(
        table.encoding, table.separator, titles, columns.places, columns.unused, tuple(remarks)
    )


def _why_no_person(line: TableLine, fields: Mapping[str, str], *, is_gradebook: bool) -> Message | None:
    """What is said of a line that is left out since it is nobody's."""
    if line.cells[0].casefold().startswith(NO_PERSON):
        return Message("Line {number} is 'Points Possible', and was left out.", number=line.number)
    name = "".join(letter for letter in fields.get("name", "").casefold() if letter.isalnum())
    if name in TEST_STUDENTS:
        return Message(
            "Line {number} is the test student '{name}', and was left out.",
            number=line.number,
            name=fields["name"],
        )
    if is_gradebook and not fields:
        return Message(
            "Line {number} is no person ('{cell}'), and was left out.",
            number=line.number,
            cell=next(cell for cell in line.cells if cell),
        )
    return None


def _once_each(people: list[RosterRow], problems: list[RosterProblem]) -> Iterator[RosterRow]:
    """The rows without those whose user name or number stands above already, each of which is a problem."""
    usernames: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for row in people:
        earlier = usernames.setdefault(username_key(row.username), row.line)
        if earlier != row.line:
            problems.append(RosterProblem(row.line, _repeated_username(row.username, earlier)))
            continue
        number = row.student_number
        earlier = row.line if number is None else numbers.setdefault(number_key(number), row.line)
        if number is not None and earlier != row.line:
            problems.append(RosterProblem(row.line, _repeated_number(number, earlier)))
            continue
        yield row


def _repeated_username(username: str, earlier: int) -> Message:
    return Message(
        "The user name '{username}' stands on line {earlier} already. Keep one line for each person; who is "
        "in two sections has both in that one's section.",
        username=username,
        earlier=earlier,
    )


def _repeated_number(number: str, earlier: int) -> Message:
    return Message(
        "The student number '{number}' stands on line {earlier} already. Keep one line for each person; who "
        "is in two sections has both in that one's section.",
        number=number,
        earlier=earlier,
    )
