"""Reading a roster file, whatever program wrote it; all its problems are listed.

What was found out of its form can be shown. What looks as if a program had spoiled it is a doubt: a problem
that whoever imports the file may wave through. Knows no database: `importing.py` compares it with the course.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.domain.errors import Invalid
from server.domain.people.accounts import username_key
from server.domain.people.addresses import clean_address, require_address
from server.domain.people.roster.columns import TITLES, RosterColumns, columns_of, names_people
from server.domain.people.roster.spreadsheet_damage import is_damaged, is_error
from server.domain.texts.encodings import TITLES as ENCODINGS
from server.domain.texts.letters import hidden_in
from server.domain.texts.misread import misreading_in
from server.domain.texts.mixtures import other_reading
from server.domain.texts.tables import SEPARATORS, Table, TableLine, read_table, title_key
from server.models import Role

BYTES_MOST = 5_000_000
ROWS_MOST = 20_000
CELL_MOST, NUMBER_MOST = 200, 60  # characters, as wide as the columns
HEADING_MOST = 10  # lines above the header
NO_PERSON = "points possible"  # begins a line of a Canvas gradebook
TEST_STUDENTS = frozenset({"studenttest", "teststudent", "測試學生", "學生測試", "测试学生", "学生测试"})
GRADEBOOK_TITLES = frozenset({"sis user id", "sis login id"})
NO_VALUES = frozenset({"n/a", "na", "null", "none", "nil", "nan", "undefined", "-", "--", "無", "无"})
MAY_BE_MISSING = ("student_number", "email")

ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("student", "學生", "修課生"), Role.STUDENT),
    **dict.fromkeys(("ta", "teaching assistant", "助教"), Role.TA),
    **dict.fromkeys(
        ("instructor", "teacher", "professor", "lecturer", "教師", "老師", "教授", "授課教師"),
        Role.INSTRUCTOR,
    ),
}


@dataclass(frozen=True)
class RosterRow:
    """One person of the file. None: the file does not say, so what is known stays."""

    line: int
    username: str
    is_number_alone: bool  # the user name is the student number, for want of a better
    student_number: str | None
    name: str | None
    email: str | None
    department: str | None
    section: str | None
    role: Role | None


@dataclass(frozen=True)
class RosterProblem:
    """Why the file cannot be imported as it is: the line, counted from 1, and what to do about it.

    is_doubt: it may be right as it stands, and whoever imports it may say so.
    """

    line: int
    message: str
    is_doubt: bool = False


@dataclass(frozen=True)
class RosterLayout:
    """How a file was understood: encoding, separator, the title of each field's column, unused columns.

    remarks: what else there is to say of the file, as sentences.
    """

    encoding: str
    separator: str
    titles: Mapping[str, str]
    unused: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Roster:
    """A file as it was read: with a problem in it, it is not imported."""

    rows: tuple[RosterRow, ...]
    problems: tuple[RosterProblem, ...]
    layout: RosterLayout


def read_roster(data: bytes, *, encoding: str | None = None) -> Roster:
    """The people in a CSV or TSV file. encoding: as somebody says, None to find it out.

    Raises Invalid when it is no such file, names nobody, or its encoding cannot be told.
    """
    if len(data) > BYTES_MOST:
        raise Invalid(f"The roster has {len(data):,} bytes; {BYTES_MOST:,} is the most.")
    table = read_table(data, encoding=encoding, titles=TITLES)
    _require_header_on_top(table)
    columns = columns_of(table.header)
    is_gradebook = not GRADEBOOK_TITLES.isdisjoint(map(title_key, table.header))
    people: list[RosterRow] = []
    problems = list(_doubtful_titles(columns))
    remarks: list[str] = []
    for line in table.lines:
        fields = columns.fields_of(line)
        reason = _why_no_person(line, fields, is_gradebook=is_gradebook)
        if reason is not None:
            remarks.append(f"Line {line.number} is {reason}, and was left out.")
            continue
        try:
            people.append(_row(line, columns, fields))
        except Invalid as invalid:
            problems.append(RosterProblem(line.number, invalid.message))
        problems.extend(_doubts(line.number, fields))
        problems.extend(_pasted(line.number, fields, table))
    rows = tuple(_once_each(people, problems))
    if not rows and not problems:
        raise Invalid("The roster names nobody below its first line.")
    if len(rows) > ROWS_MOST:
        raise Invalid(f"The roster has {len(rows):,} people; {ROWS_MOST:,} is the most.")
    return Roster(rows, by_line(problems), _layout(table, columns, remarks))


def _require_header_on_top(table: Table) -> None:
    """Raise Invalid where the titles stand below a heading, as in the lists that many schools export."""
    for line in table.lines[:HEADING_MOST] if not names_people(table.header) else ():
        if names_people(line.cells):
            raise Invalid(f"Line {line.number} names the columns. Take away what stands above it.")


def by_line(problems: list[RosterProblem]) -> tuple[RosterProblem, ...]:
    """The problems in the order of their lines."""
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _layout(table: Table, columns: RosterColumns, remarks: list[str]) -> RosterLayout:
    if not table.is_whole:
        remarks.append("The last line has no line end, as if the file were cut short; see that it is whole.")
    titles = {field: table.header[place] for field, place in columns.places.items()}
    return RosterLayout(table.encoding, table.separator, titles, columns.unused, tuple(remarks))


def _why_no_person(line: TableLine, fields: Mapping[str, str], *, is_gradebook: bool) -> str | None:
    if line.cells[0].casefold().startswith(NO_PERSON):
        return "'Points Possible'"
    name = "".join(letter for letter in fields.get("name", "").casefold() if letter.isalnum())
    if name in TEST_STUDENTS:
        return f"the test student '{fields['name']}'"
    if is_gradebook and not fields:
        return f"no person ('{next(cell for cell in line.cells if cell)}')"
    return None


def _row(line: TableLine, columns: RosterColumns, fields: dict[str, str]) -> RosterRow:
    _require_whole(line, columns)
    for field in MAY_BE_MISSING:
        if fields.get(field, "").casefold() in NO_VALUES:
            fields.pop(field)
    for field, text in fields.items():
        _require_legible(
            field.replace("_", " "), text, NUMBER_MOST if field == "student_number" else CELL_MOST
        )
    number = _number(fields.get("student_number"))
    username = _number(fields.get("username")) or number
    if username is None:
        raise Invalid("Neither a user name nor a student number stands here.")
    username_key(username)  # raises for a name nobody can have
    if "email" in fields:
        fields["email"] = clean_address(fields["email"])
        require_address(fields["email"])
    return RosterRow(
        line=line.number,
        username=username,
        is_number_alone="username" not in fields,
        student_number=number,
        name=fields.get("name"),
        email=fields.get("email"),
        department=fields.get("department"),
        section=fields.get("section"),
        role=_role(fields["role"]) if "role" in fields else None,
    )


def _require_whole(line: TableLine, columns: RosterColumns) -> None:
    """Raise Invalid for a line with more or fewer fields than the header, or with a spoiled one."""
    cells = len(line.cells)
    if cells != columns.width:
        raise Invalid(
            f"There are {cells} fields here and {columns.width} columns. An empty field needs its separator, "
            "and a field with a separator in it stands in quotation marks."
        )
    for field, place in columns.places.items():
        title, text = field.replace("_", " "), line.cells[place]
        if place in line.broken:
            raise Invalid(f"The {title} goes over several lines; a quotation mark may lack its end.")
        if is_error(text):
            raise Invalid(
                f"The {title} is '{text}', which a spreadsheet writes where it lost what stood there."
            )


def _require_legible(title: str, text: str, most: int) -> None:
    if len(text) > most:
        raise Invalid(f"The {title} has {len(text)} characters; {most} is the most.")
    hidden = hidden_in(text)
    if hidden is not None:
        raise Invalid(
            f"The {title} has a character that nobody can see, {hidden}. Type it again without that."
        )


def _number(text: str | None) -> str | None:
    """A number or user name in NFKC, without the apostrophe by which a spreadsheet keeps it a text."""
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain[1:] if plain.startswith("'") else plain


def _doubtful_titles(columns: RosterColumns) -> Iterator[RosterProblem]:
    """What looks misread in the titles that mean nothing here."""
    for title in columns.unused:
        reason = misreading_in(title)
        if reason is not None:
            yield RosterProblem(
                1, f"The title '{title}' {reason}, and the column was not used.", is_doubt=True
            )


def _doubts(line: int, fields: Mapping[str, str]) -> Iterator[RosterProblem]:
    """What looks misread, or in another's column."""
    for field, text in fields.items():
        reason = misreading_in(text)
        if reason is not None:
            yield RosterProblem(line, f"The {field.replace('_', ' ')} '{text}' {reason}.", is_doubt=True)
    for field in ("username", "student_number"):
        text = fields.get(field, "")
        if not SEPARATORS.keys().isdisjoint(text) and not is_damaged(text):
            yield RosterProblem(line, f"'{text}' has a separator in it.", is_doubt=True)
    name, number = fields.get("name", ""), fields.get("student_number", "0")
    if name and not any(letter.isalpha() for letter in name):
        fault = "is a number" if any(letter.isdigit() for letter in name) else "has no letter"
        yield RosterProblem(line, f"The name '{name}' {fault}, and all would see it.", is_doubt=True)
    if not any(letter.isdigit() for letter in number) and number.casefold() not in NO_VALUES:
        yield RosterProblem(line, f"The student number '{number}' has no digit.", is_doubt=True)
    if any("@" in text for field, text in fields.items() if field not in ("username", "email")):
        yield RosterProblem(line, "A mail address stands in another column.", is_doubt=True)
    if fields.get("username", "").casefold() in NO_VALUES:
        yield RosterProblem(line, f"The user name '{fields['username']}' says 'none'.", is_doubt=True)


def _pasted(line: int, fields: Mapping[str, str], table: Table) -> Iterator[RosterProblem]:
    """A line that seems to be in another encoding than the file."""
    other = other_reading(fields.values(), codec=table.codec)
    if other is not None:
        message = (
            f"'{other.cell}' is '{other.reads}' if this line alone is in {ENCODINGS[other.codec]}, and not "
            f"in {table.encoding} as the file is. Put both lists together as 'CSV UTF-8'."
        )
        yield RosterProblem(line, message, is_doubt=True)


def _role(text: str) -> Role:
    role = ROLES.get(unicodedata.normalize("NFKC", text).casefold())
    if role is None:
        raise Invalid(f"'{text}' is no role; there are: student, TA, instructor (學生, 助教, 教師).")
    return role


def number_key(student_number: str) -> str:
    """The form in which student numbers are compared: NFKC and case folded; leading zeros count."""
    return unicodedata.normalize("NFKC", student_number).casefold()


def _once_each(people: list[RosterRow], problems: list[RosterProblem]) -> Iterator[RosterRow]:
    """The rows without those whose user name or number stands above already, each of which is a problem."""
    usernames: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for row in people:
        earlier = usernames.setdefault(username_key(row.username), row.line)
        if earlier != row.line:
            problems.append(_repeated(row, f"user name '{row.username}'", earlier))
            continue
        if row.student_number is not None:
            earlier = numbers.setdefault(number_key(row.student_number), row.line)
        if earlier != row.line:
            problems.append(_repeated(row, f"student number '{row.student_number}'", earlier))
            continue
        yield row


def _repeated(row: RosterRow, subject: str, earlier: int) -> RosterProblem:
    return RosterProblem(
        row.line,
        f"The {subject} stands on line {earlier} already. Keep one line for each person; "
        "who is in two sections has both in that one's section.",
    )
