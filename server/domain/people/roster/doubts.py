"""What in a roster looks as if a program had spoiled it: in its cells, and beside the members there are."""

from collections.abc import Iterable, Iterator, Mapping

from grader.messages import OR, Message, joined
from server.domain.people.roster.columns import FIELD_WORDS, RosterColumns
from server.domain.people.roster.rows import NO_VALUES, RosterProblem, RosterRow, number_key
from server.domain.people.roster.spreadsheet_damage import Originals, is_damaged, shortened
from server.domain.texts.encodings import TITLES as ENCODINGS
from server.domain.texts.misread import misreading_in
from server.domain.texts.mixtures import other_reading
from server.domain.texts.tables import SEPARATORS, Table

NAMED_MOST = 3  # members that are named for one cell


def spoiled_numbers(rows: Iterable[RosterRow], *, members: Iterable[str]) -> Iterator[RosterProblem]:
    """A doubt for each user name and number new to the course that a spreadsheet may have made.

    members: the user names and numbers that the course knows.
    """
    rows = tuple(rows)
    known = {number_key(number): number for number in members}
    listed = {number_key(text) for row in rows for text in _numbers_of(row)}
    absent = Originals(number for key, number in known.items() if key not in listed)
    short = shortened(row.student_number for row in rows if row.student_number is not None)
    for row in rows:
        for text in _numbers_of(row):
            if number_key(text) in known:
                continue
            originals = absent.of(text)
            if is_damaged(text) or originals:
                yield RosterProblem(row.line, _sentence(text, originals), is_doubt=True)
            elif text in short:
                yield RosterProblem(
                    row.line,
                    Message(
                        "'{text}' is shorter than the other numbers; a spreadsheet may have taken its zeros.",
                        text=text,
                    ),
                    is_doubt=True,
                )


def _numbers_of(row: RosterRow) -> Iterator[str]:
    yield row.username
    if row.student_number is not None and row.student_number != row.username:
        yield row.student_number


def _sentence(text: str, originals: list[str]) -> str:
    if not originals:
        return Message(
            "'{text}' looks like a number or a date that a spreadsheet made of something else.", text=text
        )
    named = joined(*(Message("'{name}'", name=original) for original in originals[:NAMED_MOST]), between=OR)
    return Message(
        "'{text}' may be what a spreadsheet made of {named}, who is in the course. Correct it, "
        "and set the column to 'Text' before the numbers go in.",
        text=text,
        named=named,
    )


def doubtful_titles(columns: RosterColumns) -> Iterator[RosterProblem]:
    """What looks misread in the titles that mean nothing here."""
    for title in columns.unused:
        reason = misreading_in(title)
        if reason is not None:
            yield RosterProblem(
                1,
                Message(
                    "The title '{title}' {reason}, and the column was not used.", title=title, reason=reason
                ),
                is_doubt=True,
            )


def doubtful_cells(line: int, fields: Mapping[str, str]) -> Iterator[RosterProblem]:
    """What looks misread, or in another's column."""
    for field, text in fields.items():
        reason = misreading_in(text)
        if reason is not None:
            yield RosterProblem(
                line,
                Message("The {field} '{text}' {reason}.", field=FIELD_WORDS[field], text=text, reason=reason),
                is_doubt=True,
            )
    for field in ("username", "student_number"):
        text = fields.get(field, "")
        if not SEPARATORS.keys().isdisjoint(text) and not is_damaged(text):
            yield RosterProblem(line, Message("'{text}' has a separator in it.", text=text), is_doubt=True)
    name, number = fields.get("name", ""), fields.get("student_number", "0")
    if name and not any(letter.isalpha() for letter in name):
        yield RosterProblem(line, _nameless(name), is_doubt=True)
    if not any(letter.isdigit() for letter in number) and number.casefold() not in NO_VALUES:
        yield RosterProblem(
            line, Message("The student number '{number}' has no digit.", number=number), is_doubt=True
        )
    if any("@" in text for field, text in fields.items() if field not in ("username", "email")):
        yield RosterProblem(line, Message("A mail address stands in another column."), is_doubt=True)
    if fields.get("username", "").casefold() in NO_VALUES:
        yield RosterProblem(
            line,
            Message("The user name '{username}' says 'none'.", username=fields["username"]),
            is_doubt=True,
        )


def pasted(line: int, fields: Mapping[str, str], table: Table) -> Iterator[RosterProblem]:
    """A line that seems to be in another encoding than the file."""
    other = other_reading(fields.values(), codec=table.codec)
    if other is not None:
        message = Message(
            "'{cell}' is '{reads}' if this line alone is in {other}, and not in {encoding} as "
            "the file is. Put both lists together as 'CSV UTF-8'.",
            cell=other.cell,
            reads=other.reads,
            other=ENCODINGS[other.codec],
            encoding=table.encoding,
        )
        yield RosterProblem(line, message, is_doubt=True)


def _nameless(name: str) -> Message:
    if any(letter.isdigit() for letter in name):
        return Message("The name '{name}' is a number, and all would see it.", name=name)
    return Message("The name '{name}' has no letter, and all would see it.", name=name)
