"""What in a roster looks as if a spreadsheet had spoiled it, seen beside the members there are."""

from collections.abc import Iterable, Iterator

from server.domain.people.roster.file import RosterProblem, RosterRow, number_key
from server.domain.people.roster.spreadsheet_damage import Originals, is_damaged, shortened

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
                    f"'{text}' is shorter than the other numbers; a spreadsheet may have taken its zeros.",
                    is_doubt=True,
                )


def _numbers_of(row: RosterRow) -> Iterator[str]:
    yield row.username
    if row.student_number is not None and row.student_number != row.username:
        yield row.student_number


def _sentence(text: str, originals: list[str]) -> str:
    if not originals:
        return f"'{text}' looks like a number or a date that a spreadsheet made of something else."
    named = " or ".join(f"'{original}'" for original in originals[:NAMED_MOST])
    return (
        f"'{text}' may be what a spreadsheet made of {named}, who is in the course. Correct it, and set the "
        "column to 'Text' before the numbers go in."
    )
