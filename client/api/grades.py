"""The calls about the points of a whole course, for its staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from client.api.transport import Transport
from client.api.types.competitions import Id
from client.api.types.grades import PointsExport
from client.api.uploads import Upload


@dataclass(frozen=True, kw_only=True)
class _Exports:
    exports: tuple[PointsExport, ...]


class GradesApi:
    """Routes of one course's points."""

    _transport: Transport

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
        homework: str = "",
        number: str = "",
    ) -> PointsExport:
        """Export the points as they stand now for this system, as in "canvas"; 422 says why not.

        gradebook: the file that Canvas or Blackboard exported. columns: by hand, as in "5=hw01". homework,
        number: of "canvas_plain".
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
                "homework": homework,
                "number": number,
            },
            headers={"Content-Type": "application/octet-stream"},
        )
        return self._transport.shaped(PointsExport, self._transport.json_object(response), where=path)

    def points_export_file(self, course: str, version: Id) -> bytes:
        """An export's file as it was made."""
        return self._transport.request("GET", _path(course, "exports", version)).content


def _path(course: str, *parts: Id) -> str:
    return "/".join(["/api/courses", *(quote(str(part), safe="") for part in (course, *parts))])
