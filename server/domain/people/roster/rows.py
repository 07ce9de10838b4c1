"""One line of a roster as a person, and what is wrong with a line that is none."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.people.accounts.accounts import username_key
from server.domain.people.addresses import clean_address, require_address
from server.domain.people.roster.columns import FIELD_WORDS, RosterColumns
from server.domain.people.roster.spreadsheet_damage import is_error
from server.domain.texts.letters import hidden_in
from server.domain.texts.tables import TableLine
from server.models import Role

CELL_MOST, NUMBER_MOST = 200, 60  # characters, as wide as the columns
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


def row_of(line: TableLine, columns: RosterColumns, fields: dict[str, str]) -> RosterRow:
    """The person on a line. Raises Invalid with what is wrong with it."""
    _require_whole(line, columns)
    for field in MAY_BE_MISSING:
        if fields.get(field, "").casefold() in NO_VALUES:
            fields.pop(field)
    for field, text in fields.items():
        _require_legible(FIELD_WORDS[field], text, NUMBER_MOST if field == "student_number" else CELL_MOST)
    number = _number(fields.get("student_number"))
    username = _number(fields.get("username")) or number
    if username is None:
        raise Invalid(Message("Neither a user name nor a student number stands here."))
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
            Message(
                "There are {cells} fields here and {width} columns. An empty field needs its separator, "
                "and a field with a separator in it stands in quotation marks.",
                cells=cells,
                width=columns.width,
            )
        )
    for field, place in columns.places.items():
        name, text = FIELD_WORDS[field], line.cells[place]
        if place in line.broken:
            raise Invalid(
                Message("The {field} goes over several lines; a quotation mark may lack its end.", field=name)
            )
        if is_error(text):
            raise Invalid(
                Message(
                    "The {field} is '{text}', which a spreadsheet writes where it lost what stood there.",
                    field=name,
                    text=text,
                )
            )


def _require_legible(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise Invalid(
            Message(
                "The {field} has {length} characters; {most} is the most.",
                field=name,
                length=len(text),
                most=most,
            )
        )
    hidden = hidden_in(text)
    if hidden is not None:
        raise Invalid(
            Message(
                "The {field} has a character that nobody can see, {hidden}. Type it again without that.",
                field=name,
                hidden=hidden.text,
            )
        )


def _number(text: str | None) -> str | None:
    """A number or user name in NFKC, without the apostrophe by which a spreadsheet keeps it a text."""
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain[1:] if plain.startswith("'") else plain


def _role(text: str) -> Role:
    role = ROLES.get(unicodedata.normalize("NFKC", text).casefold())
    if role is None:
        raise Invalid(
            Message("'{text}' is no role; there are: student, TA, instructor (學生, 助教, 教師).", text=text)
        )
    return role


def number_key(student_number: str) -> str:
    """The form in which student numbers are compared: NFKC and case folded; leading zeros count."""
    return unicodedata.normalize("NFKC", student_number).casefold()
