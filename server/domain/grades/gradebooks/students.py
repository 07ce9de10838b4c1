"""Who and what goes into a gradebook: students of the course, and columns of their points."""

from collections.abc import Mapping
from dataclasses import dataclass

MOST_DECIMALS = 2  # Canvas compares grades by two, and drops a change below them


@dataclass(frozen=True, slots=True)
class GradedStudent:
    """A student of the course as other systems may know them; "" for what is not known."""

    user_id: int
    username: str
    student_number: str
    name: str
    email: str
    section: str


@dataclass(frozen=True, slots=True)
class GradeColumn:
    """One column of points, by the student's id, and the most that can be had.

    None, or nobody's entry, is no grade at all, which is another thing than 0 points.
    """

    title: str
    most: float
    points: Mapping[int, float | None]


def grade_cell(points: float) -> str:
    """Points as every gradebook reads them: a point before at most two decimals, no exponent.

    >>> grade_cell(7.0), grade_cell(0.125), grade_cell(0.0), grade_cell(-0.001)
    ('7', '0.13', '0', '0')
    """
    text = f"{round(points + 1e-9, MOST_DECIMALS):.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
