"""A preview of a roster file, as the page shows it."""

from collections.abc import Mapping

from server.domain.people.roster.columns import FIELD_WORDS
from server.domain.people.roster.diff import RosterDiff
from server.domain.people.roster.preview import RosterPreview
from server.serializers.values import Json

LISTED_MOST = 200  # of each kind of change on the page; a file of many more is told by its count


def preview(row: RosterPreview, *, chosen: Mapping[int, str] | None) -> Json:
    """How the file was read and what it would change. chosen: the field of each column, as somebody said."""
    layout = None if row.roster is None else row.roster.layout
    fields = chosen or {}
    if layout is not None:
        fields = {place: name for name, place in layout.places.items()}
    return {
        "refusal": row.refusal,
        "encoding": None if row.table is None else row.table.encoding,
        "separator": None if row.table is None else row.table.separator,
        "is_workbook": row.table is not None and row.table.codec == "xlsx",
        "columns": []
        if row.table is None
        else [
            {"title": title, "field": fields.get(place, ""), "cells": _cells(row, place)}
            for place, title in enumerate(row.table.header)
        ],
        "remarks": () if layout is None else layout.remarks,
        "diff": None if row.diff is None else _diff(row.diff),
        "can_be_applied": row.can_be_applied,
        "seen": row.seen,
    }


def _cells(row: RosterPreview, place: int) -> list[str]:
    """The first cells of a column."""
    return [cells[place] for cells in row.sample if place < len(cells)]


def _diff(diff: RosterDiff) -> Json:
    return {
        "added": [
            {
                "username": each.username,
                "name": each.name or "",
                "student_number": each.student_number or "",
                "section": each.section or "",
                "role": each.role.value if each.role else "student",
            }
            for each in diff.added[:LISTED_MOST]
        ],
        "changed": [
            {
                "username": each.row.username,
                "changes": [
                    {"field": FIELD_WORDS.get(one.field, one.field), "before": one.before, "after": one.after}
                    for one in each.changes
                ],
            }
            for each in diff.changed[:LISTED_MOST]
        ],
        "removed": [{"username": each.username, "name": each.name} for each in diff.removed[:LISTED_MOST]],
        "counts": {
            "added": len(diff.added),
            "changed": len(diff.changed),
            "removed": len(diff.removed),
            "unchanged": diff.unchanged,
            "problems": len(diff.problems),
        },
        "problems": [{"line": each.line, "message": each.message} for each in diff.problems[:LISTED_MOST]],
        "has_doubts": any(each.is_doubt for each in diff.problems),
        "questions": [
            {"message": each.message, "field": each.option.split()[0].strip("-")} for each in diff.questions
        ],
    }
