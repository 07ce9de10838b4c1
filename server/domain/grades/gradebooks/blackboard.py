"""Blackboard: the grade centre's file that staff export, filled; most often UTF-16 with tabs, named .xls.

A column is `Title [Total Pts: 100 Score] |660463`; without its number Blackboard makes a new one, of text.
"""

import re

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.grades.gradebooks.layout import (
    GradebookLayout,
    KeyKind,
    TargetColumn,
    keys_by_title,
    points_of,
)
from server.domain.grades.gradebooks.raw_table import read_raw_table

TARGET = re.compile(r"(?P<title>.*?)(?: \[Total Pts: (?P<most>[^\]]*)\])? ?\|(?P<number>\d+)", re.DOTALL)
POINTS = re.compile(r"(?P<sum>up to )?(?P<points>[\d.,]+)(?: \w+)?")
KEYS = {"Username": KeyKind.USERNAME, "Student ID": KeyKind.STUDENT_NUMBER}


def read_blackboard(data: bytes) -> GradebookLayout:
    """The parts of a file that Blackboard exported. Raises Invalid for any other file."""
    table = read_raw_table(data, separators=("\t", ","))
    header = table.header
    columns = {place: parts for place, title in enumerate(header) if (parts := TARGET.fullmatch(title))}
    if "Username" not in header or not columns:
        raise Invalid(
            Message(
                "This is no file of Blackboard's Grade Center: its first line begins with '{first}', and has "
                "to name Username and columns such as 'HW 1 [Total Pts: 10 Score] |660463'. In Blackboard, "
                "choose Work Offline, Download.",
                first=", ".join(header[:3]),
            )
        )
    students = min(columns)
    return GradebookLayout(
        table=table,
        students=students,
        keys=keys_by_title(header[:students], KEYS),
        name=0,
        targets=[_target(place, parts) for place, parts in columns.items()],
        others=frozenset(),
    )


def _target(place: int, parts: re.Match[str]) -> TargetColumn:
    """A column; one that sums others up ("up to 100 Score") or shows no score takes no grades."""
    points = POINTS.match(parts["most"] or "")
    return TargetColumn(
        place=place,
        title=parts["title"],
        number=parts["number"],
        most=None if points is None else points_of(points["points"]),
        is_locked=points is not None and points["sum"] is not None,
    )
