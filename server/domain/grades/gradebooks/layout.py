"""Where things stand in a gradebook that another system exported: students, columns of grades, other rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.grades.gradebooks.raw_table import RawTable


class KeyKind(StrEnum):
    """By what a system names a student."""

    USERNAME = "username"
    STUDENT_NUMBER = "student_number"


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """A column that can take grades: its place, its title without the system's number, and that number.

    most: the points that the system gives it, None where it does not say; is_locked: it takes none.
    """

    place: int
    title: str
    number: str
    most: float | None
    is_locked: bool


@dataclass(frozen=True, slots=True)
class GradebookLayout:
    """A gradebook's parts.

    students: the number of columns on the left that say who somebody is; keys: of them those that name a
    student to us, the surest first; name: the place of the name; targets: the columns of grades; others: the
    lines, by their numbers, that are no student's.
    """

    table: RawTable
    students: int
    keys: Sequence[tuple[int, KeyKind]]
    name: int
    targets: Sequence[TargetColumn]
    others: frozenset[int]

    def target(self, place: int) -> TargetColumn:
        """The column at this place. Raises Invalid for one that takes no grades, or is named twice."""
        target = next((each for each in self.targets if each.place == place), None)
        if target is None:
            raise Invalid(Message("The file has no column of grades at place {place}.", place=place + 1))
        if target.is_locked:
            raise Invalid(
                Message(
                    "The column '{title}' is locked: its system takes no grades for it. Choose another, or "
                    "unlock it there and export the gradebook once more.",
                    title=target.title,
                )
            )
        twins = [each for each in self.targets if (each.title, each.number) == (target.title, target.number)]
        if len(twins) > 1:
            raise Invalid(
                Message(
                    "The file has {count} columns '{title}', so nobody can tell which is meant. Rename one "
                    "of them there, and export the gradebook once more.",
                    count=len(twins),
                    title=target.title,
                )
            )
        return target


def points_of(cell: str) -> float | None:
    """The number in a cell as Canvas reads it: of points and commas, the last one is the decimal sign.

    >>> points_of("1,5"), points_of("1.234,5"), points_of(""), points_of("EX")
    (1.5, 1234.5, None, None)
    """
    text = cell.strip().removesuffix("%").strip()
    cut = max(text.rfind("."), text.rfind(","))
    whole, decimals = (text, "") if cut < 0 else (text[:cut], text[cut + 1 :])
    digits = whole.replace(".", "").replace(",", "")
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    if not (digits + decimals).isdecimal() or not (digits + decimals).isascii():
        return None
    return float(f"{sign}{digits or 0}.{decimals or 0}")


def is_without_grade(cell: str) -> bool:
    """Whether a cell holds no grade: empty, or a dash, which Canvas counts as empty."""
    return cell.strip() in ("", "-")


def keys_by_title(header: Sequence[str], titles: Mapping[str, KeyKind]) -> list[tuple[int, KeyKind]]:
    """The places of the columns of these titles, in the titles' order."""
    return [(header.index(title), kind) for title, kind in titles.items() if title in header]
