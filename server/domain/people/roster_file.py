"""Reading a roster file, whatever program wrote it; all its problems are listed.

Encoding, separator and headers are found out. Knows no database: `roster.py` compares what is read here with
the course.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.domain.errors import Invalid
from server.domain.people.accounts import username_key
from server.models import Role

BYTES_MOST = 5_000_000
ROWS_MOST = 20_000
CELL_MOST, NUMBER_MOST = 200, 60  # characters, as wide as the columns
NO_PERSONS = ("points possible", "student, test")  # lines of a Canvas gradebook that are no students

INVISIBLE = frozenset({"Cc", "Cf", "Cs"})  # Unicode categories; rare characters of names are Co, and stay

HEADERS: Mapping[str, tuple[str, ...]] = {
    "username": (
        "username",
        "user name",
        "login",
        "login id",
        "sis login id",
        "account",
        "帳號",
        "使用者名稱",
    ),
    "student_number": ("student number", "student id", "student no", "sid", "sis user id", "學號"),
    "name": ("name", "full name", "display name", "student", "student name", "姓名", "學生姓名"),
    "email": ("email", "e mail", "mail", "email address", "電子郵件", "信箱", "電子信箱"),
    "department": ("department", "dept", "系所", "系所名稱", "科系", "系級"),
    "section": ("section", "sections", "class", "班別", "班級", "班次"),
    "role": ("role", "身分", "身份", "角色"),
}
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
    """Why the file cannot be imported as it is: the line, counted from 1, and what to do about it."""

    line: int
    message: str


@dataclass(frozen=True)
class Roster:
    """A file as it was read: with a problem in it, it is not imported."""

    rows: tuple[RosterRow, ...]
    problems: tuple[RosterProblem, ...]
    encoding: str


def read_roster(data: bytes) -> Roster:
    """The people in a CSV or TSV file. Raises Invalid when it is no such file or names nobody."""
    if len(data) > BYTES_MOST:
        raise Invalid(f"The roster has {len(data):,} bytes; {BYTES_MOST:,} is the most.")
    text, encoding = decode(data)
    lines = _lines(text)
    first = next(lines, None)
    if first is None:
        raise Invalid("The roster is empty. Its first line names the columns, as in: username,name,email")
    columns = _columns(first[1])
    rows: list[RosterRow] = []
    problems: list[RosterProblem] = []
    for line, cells in lines:
        fields = _fields(columns, cells)
        if _is_no_person(cells, fields):
            continue
        try:
            rows.append(_row(line, fields))
        except Invalid as invalid:
            problems.append(RosterProblem(line, invalid.message))
    problems.extend(_repeated(rows))
    if not rows and not problems:
        raise Invalid("The roster names nobody below its first line.")
    if len(rows) > ROWS_MOST:
        raise Invalid(f"The roster has {len(rows):,} people; {ROWS_MOST:,} is the most.")
    return Roster(tuple(rows), tuple(sorted(problems, key=lambda problem: problem.line)), encoding)


def decode(data: bytes) -> tuple[str, str]:
    """The text, and the encoding it was in: by its mark, else UTF-8, UTF-16, cp950 (Big5). Raises Invalid."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decoded(data, (encoding,))
    if b"\0" in data:  # no text has NUL but UTF-16, where every Latin letter has one
        return _decoded(data, ("utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be",))
    return _decoded(data, ("utf-8", "cp950"))


def _decoded(data: bytes, encodings: tuple[str, ...]) -> tuple[str, str]:
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise Invalid("The roster is no text in UTF-8, UTF-16 or Big5. Save it as 'CSV UTF-8' and try again.")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [_clean(cell) for cell in cells]
    except csv.Error as error:
        raise Invalid(f"Line {reader.line_num} of the roster is no CSV: {error}.") from error


def _clean(cell: str) -> str:
    cell = " ".join(unicodedata.normalize("NFC", cell).split())
    if cell.startswith('="') and cell.endswith('"'):  # how Canvas and Excel keep leading zeros and signs
        cell = cell[2:-1].strip()
    return cell


def _columns(header: list[str]) -> dict[str, int]:
    known = {synonym: field for field, synonyms in HEADERS.items() for synonym in synonyms}
    columns: dict[str, int] = {}
    for index, title in enumerate(header):
        words = " ".join(
            unicodedata.normalize("NFKC", title).casefold().replace("_", " ").replace("-", " ").split()
        )
        field = known.get(words)
        if field is not None and field in columns:
            raise Invalid(
                f"Two columns of the roster mean {field}: '{header[columns[field]]}' and '{title}'."
            )
        if field is not None:
            columns[field] = index
    if "username" not in columns and "student_number" not in columns:
        raise Invalid(
            "No column of the roster says who somebody is; one is called username or student number (學號). "
            f"Found: {', '.join(header)}."
        )
    return columns


def _fields(columns: dict[str, int], cells: list[str]) -> dict[str, str]:
    return {field: cells[index] for field, index in columns.items() if index < len(cells) and cells[index]}


def _is_no_person(cells: list[str], fields: dict[str, str]) -> bool:
    return cells[0].casefold().startswith(NO_PERSONS[0]) or fields.get("name", "").casefold() in NO_PERSONS


def _row(line: int, fields: dict[str, str]) -> RosterRow:
    for field, text in fields.items():
        most = NUMBER_MOST if field == "student_number" else CELL_MOST
        if len(text) > most or any(unicodedata.category(letter) in INVISIBLE for letter in text):
            title = field.replace("_", " ")
            raise Invalid(f"The {title} has over {most} characters, or an invisible one.")
    username = fields.get("username") or fields.get("student_number")
    if username is None:
        raise Invalid("Neither a user name nor a student number stands here.")
    username_key(username)  # raises for a name nobody can have
    return RosterRow(
        line=line,
        username=unicodedata.normalize("NFKC", username).strip(),
        is_number_alone="username" not in fields,
        student_number=fields.get("student_number"),
        name=fields.get("name"),
        email=fields.get("email"),
        department=fields.get("department"),
        section=fields.get("section"),
        role=_role(fields["role"]) if "role" in fields else None,
    )


def _role(text: str) -> Role:
    role = ROLES.get(unicodedata.normalize("NFKC", text).casefold())
    if role is None:
        raise Invalid(f"'{text}' is no role; there are: student, TA, instructor (學生, 助教, 教師).")
    return role


def number_key(student_number: str) -> str:
    """The form in which student numbers are compared: NFKC and case folded; leading zeros count."""
    return unicodedata.normalize("NFKC", student_number).casefold()


def _repeated(rows: list[RosterRow]) -> Iterator[RosterProblem]:
    usernames: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for row in rows:
        earlier = usernames.setdefault(username_key(row.username), row.line)
        if earlier != row.line:
            yield RosterProblem(row.line, f"The user name '{row.username}' stands on line {earlier} already.")
            continue
        if row.student_number is None:
            continue
        earlier = numbers.setdefault(number_key(row.student_number), row.line)
        if earlier != row.line:
            yield RosterProblem(
                row.line, f"The student number '{row.student_number}' stands on line {earlier} already."
            )
