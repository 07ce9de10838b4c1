"""Which homework goes into which column of another system's gradebook: by title, as before, or by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.messages import COMMA, Message, joined
from grader.parted_text import parted, whole_of
from server.domain.errors import Invalid
from server.domain.grades.gradebooks.layout import GradebookLayout, TargetColumn
from server.domain.grades.points.course_points import CoursePoints

TOTAL = "Total"


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column of the file, and the slug, or TOTAL, that surely goes into it; "" for none."""

    target: TargetColumn
    slug: str


def choices(
    layout: GradebookLayout, points: CoursePoints, *, before: Mapping[str, str]
) -> list[ColumnChoice]:
    """What each column takes, as far as its title or the last export says. before: its slugs by column."""
    slugs = _slugs_by_title(points)
    known = set(slugs.values())
    rows = []
    for target in layout.targets:
        last = before.get(column_key(target), "")
        slug = last if last in known else slugs.get(_plain(target.title), "")
        rows.append(ColumnChoice(target, slug))
    return rows


def by_place(rows: Sequence[ColumnChoice], chosen: Mapping[int, str] | None) -> dict[int, str]:
    """The slug by the place of its column. chosen: by hand, in place of what is sure.

    Raises Invalid where two columns take the same.
    """
    slugs = {row.target.place: row.slug for row in rows if row.slug} if chosen is None else dict(chosen)
    slugs = {place: slug for place, slug in slugs.items() if slug}
    twice = sorted({slug for slug in slugs.values() if list(slugs.values()).count(slug) > 1})
    if chosen is not None and twice:
        raise Invalid(
            Message(
                "Two columns take the same: {slugs}. Choose one column for each.",
                slugs=joined(*twice, between=COMMA),
            )
        )
    return slugs


def by_hand(texts: Sequence[str]) -> dict[int, str] | None:
    """The slugs by the places of their columns, from texts such as 5=hw01; None where there are none."""
    slugs = {}
    for text in texts:
        place, _, slug = text.partition("=")
        if not (place.isascii() and place.isdigit() and int(place) > 0 and slug):
            raise Invalid(
                Message(
                    "'{text}' is no column: write its place, from 1, and a homework, as in 5=hw01.",
                    text=text[:80],
                )
            )
        slugs[int(place) - 1] = slug
    return slugs or None


def column_key(target: TargetColumn) -> str:
    """By what a column is known again in a later file: the other system's number, or its title."""
    return target.number or target.title


def no_column(titles: Sequence[str]) -> Invalid:
    """The refusal of a file in which nothing is sure."""
    return Invalid(
        Message(
            "No column of the file is called like a homework of this course: {titles}. Choose the columns "
            "by hand on the page Exports, or rename one there and export the gradebook once more.",
            titles=joined(*titles, between=COMMA),
        )
    )


def _slugs_by_title(points: CoursePoints) -> dict[str, str]:
    """The slug, or TOTAL, by each title under which another system may have the column."""
    titles = {_plain(TOTAL): TOTAL}
    for each in points.homeworks:
        row = each.competition
        for title in (row.slug, *parted(whole_of(row.title)).values()):
            titles[_plain(title)] = row.slug
    return titles


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()
