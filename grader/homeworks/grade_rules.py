"""How a homework counts in its course, by its competition.toml, and the course's own rules of a course.toml.

A page of the staff changes the same rules later, within the same bounds.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from grader.errors import BadHomeworkFile
from grader.homeworks.rules import Reading, number, read_values, text, whole
from grader.messages import Message, Text

COURSE_FILE = "course.toml"
ITEM_NAME_MOST = 60  # letters
POINTS_MOST = 1000.0
MOST_ITEMS = 20
BONUS_IS_WHOLE = Message(
    "A bonus has bonus_points, and either bonus_places or bonus_percent, but not both of them."
)


@dataclass(frozen=True, kw_only=True)
class CountingRules:
    """The [grades] of a competition.toml: how the homework's points count.

    weight: by which they are multiplied. cap: the most that it earns before its weight, None: no limit. The
    bonus goes to the first so many places of the private board, or to its first so many percent.
    """

    weight: Annotated[float, number(0, 100)] = 1.0
    cap: Annotated[float | None, number(0, POINTS_MOST)] = None
    bonus_points: Annotated[float | None, number(0.001, POINTS_MOST)] = None
    bonus_places: Annotated[int | None, whole(1, 10_000)] = None
    bonus_percent: Annotated[float | None, number(0.01, 100)] = None


@dataclass(frozen=True, kw_only=True)
class HandItem:
    """One [[item]] of a competition.toml: what staff check by hand, and the most points it earns."""

    name: Annotated[str, text(1, ITEM_NAME_MOST)]
    most: Annotated[float, number(0, POINTS_MOST)]


@dataclass(frozen=True, kw_only=True)
class CourseCounting:
    """A course.toml: how homeworks become the course's total. cap: None is no limit."""

    drop_lowest: Annotated[int, whole(0, 100)] = 0
    cap: Annotated[float | None, number(0, 100 * POINTS_MOST)] = None


def read_counting(table: Mapping[str, Any]) -> tuple[CountingRules | None, list[Text]]:
    """The rules in a table of [grades], None where they cannot be used, and what is wrong with them."""
    reading = read_values(table, CountingRules)
    if not reading.problems and not _bonus_is_whole(reading):
        reading.problems.append(BONUS_IS_WHOLE)
    problems = [Message("[grades]: {problem}", problem=problem) for problem in reading.problems]
    return (None if problems else CountingRules(**reading.values)), [*problems]


def _bonus_is_whole(reading: Reading) -> bool:
    places, percent = reading.values.get("bonus_places"), reading.values.get("bonus_percent")
    if reading.values.get("bonus_points") is None:
        return places is None and percent is None
    return (places is None) != (percent is None)


def read_items(tables: Sequence[Mapping[str, Any]]) -> tuple[tuple[HandItem, ...], list[Text]]:
    """The items in tables of [[item]], and what is wrong with each."""
    readings = [read_values(table, HandItem) for table in tables]
    problems: list[Text] = [
        Message("Item {place}: {problem}", place=place, problem=problem)
        for place, reading in enumerate(readings, start=1)
        for problem in reading.problems
    ]
    if len(readings) > MOST_ITEMS:
        problems.append(Message("A homework has at most {most} items.", most=MOST_ITEMS))
    names = [reading.values["name"] for reading in readings if "name" in reading.values]
    blank = [name for name in names if name != name.strip() or not name.isprintable()]
    problems += [
        Message("The item's name {name} has blanks or signs around it.", name=repr(each)) for each in blank
    ]
    twice = sorted({name for name in names if [each.casefold() for each in names].count(name.casefold()) > 1})
    problems += [Message("There are two items '{name}'.", name=name) for name in twice]
    return (() if problems else tuple(HandItem(**reading.values) for reading in readings)), problems


def read_course_file(data: bytes) -> CourseCounting:
    """What the bytes of a course.toml say; raises BadHomeworkFile with every problem at once."""
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadHomeworkFile((Message("{file} is not UTF-8 text.", file=COURSE_FILE),)) from None
    except tomllib.TOMLDecodeError as error:
        problem = Message("{file} is not TOML: {reason}.", file=COURSE_FILE, reason=str(error))
        raise BadHomeworkFile((problem,)) from None
    reading = read_values(table, CourseCounting)
    if reading.problems:
        raise BadHomeworkFile(tuple(reading.problems))
    return CourseCounting(**reading.values)
