"""The figures of a course at a glance as CSV: a figure a row, in words that never change."""

import csv
import io
from collections.abc import Iterator

from server.domain.glance import folding
from server.domain.glance.glance import Glance, HomeworkFigures
from server.domain.texts.csv_cells import number_cell, text_cell
from server.web.glance.charting import mean_points, name_of, sizes_by, taking_part

HEADER = ("figure", "homework", "of", "value")
Row = tuple[str, str, str, float]


def as_csv(glance: Glance) -> bytes:
    """The figures that the page has, for the same viewer."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for figure, homework, of, value in _rows(glance):
        writer.writerow((figure, homework, text_cell(of), number_cell(round(value, 6))))
    return out.getvalue().encode("utf-8-sig")


def _rows(glance: Glance) -> Iterator[Row]:
    departments = sizes_by(glance.cohorts, "department")
    for group in folding.folded(departments):
        yield "students", "", str(name_of(group)), group.size
    for each in glance.homeworks:
        yield from _of_homework(each)
    if not glance.is_staff:
        return
    for row in taking_part(glance):
        for homework, count in zip(glance.homeworks, row["counts"], strict=True):
            yield f"taking part, {row['kind']}", homework.competition.slug, str(row["name"]), count
    if glance.totals is not None:
        for row in mean_points(glance.totals):
            yield f"mean points, {row['kind']}", "", str(row["name"]), row["mean"]


def _of_homework(each: HomeworkFigures) -> Iterator[Row]:
    slug = each.competition.slug
    yield "teams", slug, "public board", len(each.public.scores)
    for day in each.days:
        yield "submissions", slug, day.day.isoformat(), day.count
    yield "submissions", slug, "last day before the deadline", sum(day.rushed for day in each.days)
    for tier, count in each.public.passed().items():
        yield "passed", slug, f"{tier}, public", count
    if each.private is not None:
        yield "teams", slug, "private board", len(each.private.scores)
        better, worse = each.moved()
        yield "better on the private board", slug, "teams", better
        yield "worse on the private board", slug, "teams", worse
        for tier, count in each.private.passed().items():
            yield "passed", slug, f"{tier}, private", count
