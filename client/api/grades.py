"""The calls about the points of a whole course, for its staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from client.api.decode import Json
from client.api.transport import Transport
from client.api.types.competitions import Id
from client.api.types.grades import CourseTotals, GradeRules, ItemSheet, PointsExport, RulePreview
from client.api.uploads import Upload


@dataclass(frozen=True, kw_only=True)
class _Exports:
    exports: tuple[PointsExport, ...]


@dataclass(frozen=True, kw_only=True)
class _Saved:
    changed: int


class GradesApi:
    """Routes of one course's points: how they are counted, given by hand, and taken away."""

    _transport: Transport

    def grade_rules(self, course: str) -> GradeRules:
        """How the course counts, and how that was changed."""
        return self._transport.call(GradeRules, "GET", _path(course, "grade-rules"))

    def preview_grade_rules(self, course: str, **rules: Json) -> RulePreview:
        """Whose points other rules would move. rules: course, homeworks, as docs/api.md has them."""
        return self._transport.call(RulePreview, "POST", _path(course, "grade-rules", "preview"), body=rules)

    def change_grade_rules(self, course: str, *, version: str, reason: str, **rules: Json) -> GradeRules:
        """Let the course count so, with the reason on the record; 409 where others changed it meanwhile."""
        body: dict[str, Json] = {**rules, "version": version, "reason": reason}
        return self._transport.call(GradeRules, "PUT", _path(course, "grade-rules"), body=body)

    def points_of_students(self, course: str) -> CourseTotals:
        """All students with the points of each homework and their total."""
        return self._transport.call(CourseTotals, "GET", _path(course, "points", "students"))

    def items(self, slug: str) -> ItemSheet:
        """The items of a homework that staff check by hand, and each student's points for them."""
        return self._transport.call(ItemSheet, "GET", _items(slug))

    def save_items(self, slug: str, cells: Sequence[Mapping[str, Json]]) -> int:
        """Save all of these cells, or none, and say how many are others now."""
        body: dict[str, Json] = {"cells": [dict(cell) for cell in cells]}
        return self._transport.call(_Saved, "PUT", _items(slug), body=body).changed

    def points_exports(self, course: str) -> tuple[PointsExport, ...]:
        """The exports of the course's points so far, the newest first."""
        return self._transport.call(_Exports, "GET", _path(course, "exports")).exports

    def export_points(
        self,
        course: str,
        kind: str,
        *,
        gradebook: Path | bytes = b"",
        columns: Sequence[str] = (),
        clears: bool = False,
        scales: bool = False,
        homework: str = "",
        number: str = "",
    ) -> PointsExport:
        """Export the points as they stand now for this system, as in "canvas"; 422 says why not.

        gradebook: the file that Canvas or Blackboard exported. columns: by hand, as in "5=hw01". scales: to
        the maximum of each column there. homework, number: of "canvas_plain".
        """
        upload = Upload.of(gradebook)
        path = _path(course, "exports")
        response = self._transport.upload(
            path,
            body=upload.body(None),
            size=upload.size,
            query={
                "kind": kind,
                "column": tuple(columns),
                "clears": str(clears).lower(),
                "scales": str(scales).lower(),
                "homework": homework,
                "number": number,
            },
            headers={"Content-Type": "application/octet-stream"},
        )
        return self._transport.shaped(PointsExport, self._transport.json_object(response), where=path)

    def points_export_file(self, course: str, version: Id) -> bytes:
        """An export's file as it was made."""
        return self._transport.request("GET", _path(course, "exports", version)).content


def _items(slug: str) -> str:
    return f"/api/competitions/{quote(slug, safe='')}/items"


def _path(course: str, *parts: Id) -> str:
    return "/".join(["/api/courses", *(quote(str(part), safe="") for part in (course, *parts))])
