"""Rosters as programs and people spoil them: a truth is drawn, written in some form, and damaged.

Whoever reads such a file may read it right, refuse it or ask; never may it say something else than the truth.
"""

import csv
import io
import random
import unicodedata
from dataclasses import dataclass
from typing import Literal

from tests.support.spoiled_bytes import BYTE_DAMAGES, TEXT_DAMAGES, unquote
from tests.support.spoiled_cells import SPOILS, Sheet, add_fraction, forget_a_field, lose_zeros, round_numbers
from tests.support.spoiled_names import LANGUAGES, PASTED, UNICODE, Person, draw_people


@dataclass(frozen=True)
class SpoiledRoster:
    """The file, the people whom it is about, those the course knows, and what was done to it."""

    data: bytes
    people: tuple[Person, ...]
    members: tuple[Person, ...]
    fields: frozenset[str]
    history: str


@dataclass(frozen=True)
class Layout:
    """A header, which person fields stand in its columns, and lines that are no persons."""

    name: str
    header: tuple[str, ...]
    fields: tuple[str, ...]
    extra: tuple[tuple[str, ...], ...] = ()
    separator: str = ","


CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "HW1 (12)")
NO_PERSONS = (
    ("", "", "", "", "", "Manual Posting"),
    ("    Points Possible", "", "", "", "", "10.00"),
    ("Student, Test", "9", "", "a1b2c3", "1", ""),
)
LAYOUTS = (
    Layout("plain", ("username", "name", "email"), ("username", "name", "email")),
    Layout(
        "English",
        ("Student ID", "Full Name", "E-mail", "Dept", "Class"),
        ("number", "name", "email", "department", "section"),
    ),
    Layout(
        "Chinese",
        ("學號", "姓名", "系所", "班別", "電子信箱"),
        ("number", "name", "department", "section", "email"),
    ),
    Layout("simplified", ("学号", "姓名", "班级"), ("number", "name", "section")),
    Layout(
        "both",
        ("username", "student number", "name", "section"),
        ("username", "number", "name", "section"),
    ),
    Layout("Gradescope", ("First Name", "Last Name", "SID", "Email"), ("first", "last", "number", "email")),
    Layout(
        "Moodle",
        ("username", "firstname", "lastname", "email", "department"),
        ("username", "first", "last", "email", "department"),
    ),
    Layout(
        "Blackboard",
        ("Last Name", "First Name", "Username", "Availability"),
        ("last", "first", "username", "junk"),
        separator="\t",
    ),
    Layout("Canvas", CANVAS, ("name", "junk", "number", "username", "section", "junk"), NO_PERSONS),
    Layout(
        "split Canvas",
        ("LastName", "FirstName", *CANVAS[1:]),
        ("last", "first", "junk", "number", "username", "section", "junk"),
        (
            ("", *NO_PERSONS[0]),
            ("    Points Possible", "", *NO_PERSONS[1][1:]),
            ("Student", "Test", *NO_PERSONS[2][1:]),
        ),
    ),
    Layout("numbers", ("number", "student number", "name"), ("junk", "number", "name")),
)


def draw(seed: int) -> SpoiledRoster:
    """The spoiled roster of this seed."""
    rng = random.Random(seed)
    language, layout = rng.choice(LANGUAGES), rng.choice(LAYOUTS)
    numbers = rng.choice(["digits", "zeros", "letters"])
    people = draw_people(rng, language, rng.choice([1, 2, 3, 5, 8, 20, 40]), numbers=numbers)
    members = tuple(rng.sample(people, rng.randrange(len(people) + 1))) if rng.random() < 0.5 else ()
    separator = layout.separator if rng.random() < 0.6 else rng.choice(",;\t|")
    lines = [[_cell(person, field, rng) for field in layout.fields] for person in people]
    table = [list(layout.header), *map(list, layout.extra), *lines]
    sheet = Sheet(table, layout.fields, 1 + len(layout.extra), rng)
    history = [layout.name, numbers, f"{len(members)} of {len(people)} known"]
    for spoil in rng.sample(SPOILS, rng.choice([0, 0, 1, 1, 2])):
        if spoil in (lose_zeros, round_numbers, add_fraction) and layout.fields.count("number") == 0:
            continue
        if spoil in (lose_zeros, round_numbers) and not _can_be_seen(people, members, numbers):
            continue
        spoil(sheet)
        history.append(spoil.__name__)
    text = _written(table, separator, rng)
    for damage in rng.sample(TEXT_DAMAGES, rng.choice([0, 0, 0, 1])):
        if damage is unquote and forget_a_field.__name__ in history:
            continue  # the two together leave no trace
        text = damage(text, separator, rng)
        history.append(damage.__name__)
    encoding = rng.choice((*UNICODE, *language.encodings, *language.encodings, *language.encodings))
    data = text.encode(encoding, errors="replace")
    history.append(encoding)
    if rng.random() < 0.08:
        data = rng.choice(BYTE_DAMAGES)(data, rng)
        history.append("bytes damaged")
    return SpoiledRoster(data, tuple(people), members, frozenset(layout.fields), ", ".join(history))


def _can_be_seen(people: list[Person], members: tuple[Person, ...], numbers: str) -> bool:
    """Whether numbers that lost something can be told: by the members, or by their own lengths."""
    return numbers != "letters" and (len(members) == len(people) or len(people) >= 20)


def _cell(person: Person, field: str, rng: random.Random) -> str:
    return rng.choice(["", "8.5", "Yes"]) if field == "junk" else str(getattr(person, field))


def _written(table: list[list[str]], separator: str, rng: random.Random) -> str:
    out = io.StringIO(newline="")
    is_quoted = rng.random() < 0.3
    line_end = rng.choice(["\n", "\r\n", "\r", "\r\r\n"])
    quoting: Literal[0, 1] = csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator=line_end, quoting=quoting).writerows(table)
    return rng.choice(["", "", "", f"sep={separator}\r\n"]) + out.getvalue()


def canonical(text: str) -> str:
    """A text as people would call it the same: composed, no soft hyphens, no marks at the ends."""
    text = unicodedata.normalize("NFC", text).replace("\u00ad", "")
    marks = "".join({each for each in text if unicodedata.category(each) == "Cf" or each.isspace()})
    return " ".join(text.strip(marks or None).split())


def truths(spoiled: SpoiledRoster) -> dict[str, Person]:
    """The people by what they are known by in this file."""
    field = "username" if "username" in spoiled.fields else "number"
    return {getattr(person, field).casefold(): person for person in (*spoiled.people, PASTED)}
