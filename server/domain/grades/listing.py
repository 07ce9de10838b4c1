"""The grades of a homework as staff look through them: those that answer to a few words, in an order."""

from collections.abc import Callable, Iterable, Sequence

from server.domain.grades.report import GradeRow
from server.domain.texts.letters import name_key
from server.domain.texts.order_words import OrderWord


class GradeSort(OrderWord):
    """What the grades stand by; a minus turns the order around."""

    NUMBER = "number"
    NUMBER_DOWN = "-number"
    NAME = "name"
    NAME_DOWN = "-name"
    DEPARTMENT = "department"
    DEPARTMENT_DOWN = "-department"
    POINTS = "points"
    POINTS_DOWN = "-points"
    PUBLIC = "public"
    PUBLIC_DOWN = "-public"
    PRIVATE = "private"
    PRIVATE_DOWN = "-private"


_TEXTS: dict[str, Callable[[GradeRow], str]] = {
    "number": lambda row: row.student_number,
    "name": lambda row: name_key(row.name),
    "department": lambda row: name_key(row.department),
}
_NUMBERS: dict[str, Callable[[GradeRow], float | None]] = {
    "points": lambda row: row.points,
    "public": lambda row: row.public.score,
    "private": lambda row: row.private.score,
}


def matching(rows: Iterable[GradeRow], words: str) -> list[GradeRow]:
    """The rows whose name, user name, number, department or section holds these words; all for none."""
    needle = name_key(words)
    return [
        row
        for row in rows
        if any(
            needle in name_key(text)
            for text in (row.name, row.username, row.student_number, row.department, row.section)
        )
    ]


def ordered(rows: Sequence[GradeRow], sort: GradeSort) -> list[GradeRow]:
    """The rows in this order, equal ones as they came; what is empty stands last, whichever way round."""
    if sort.column in _TEXTS:
        text = _TEXTS[sort.column]
        filled = sorted((row for row in rows if text(row)), key=text, reverse=sort.is_down)
        return filled + [row for row in rows if not text(row)]
    number = _NUMBERS[sort.column]
    scored = [(value, row) for row in rows if (value := number(row)) is not None]
    scored.sort(key=lambda pair: pair[0], reverse=sort.is_down)
    return [row for _, row in scored] + [row for row in rows if number(row) is None]
