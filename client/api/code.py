"""The calls about code that a team hands in with its final selections."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from client.api.downloads import fetch
from client.api.transport import Transport
from client.api.types.code import CodeVersion, NewCode, OwnCode, StudentCode
from client.api.types.competitions import PublicFile
from client.api.uploads import ProgressCallback, Upload


@dataclass(frozen=True, kw_only=True)
class _Students:
    students: tuple[StudentCode, ...]


class CodeApi:
    """Routes of one's own team's code in one competition, and for staff those of all."""

    _transport: Transport

    def code(self, slug: str) -> OwnCode:
        """The versions of my team's code."""
        return self._transport.call(OwnCode, "GET", _path(slug))

    def hand_in_code(self, slug: str, content: Path, *, progress: ProgressCallback | None = None) -> NewCode:
        """Hand in an archive or a notebook as my team's newest version; 422 says why it is none.

        The same bytes again are answered with the version that stands, so that a repeat is harmless.
        """
        upload = Upload.of(content)
        response = self._transport.upload(
            _path(slug),
            body=upload.body(progress),
            size=upload.size,
            query={"file_name": upload.file_name},
            headers={"Content-Type": "application/octet-stream"},
        )
        return self._transport.shaped(NewCode, self._transport.json_object(response), where=_path(slug))

    def download_code(
        self, version: CodeVersion, to: Path, *, progress: ProgressCallback | None = None
    ) -> Path:
        """Fetch a version as it was handed in to the path `to`: whole, by its SHA-256, or not at all."""
        url = f"/api/code/{quote(str(version.id), safe='')}/file"
        file = PublicFile(name=version.file_name, size=version.size, sha256=version.sha256, url=url)
        return fetch(self._transport, file, to, progress=progress)

    def code_of_all(self, slug: str) -> tuple[StudentCode, ...]:
        """Every student with the versions of their team (staff)."""
        return self._transport.call(_Students, "GET", f"{_path(slug)}/teams").students

    def code_zip(self, slug: str) -> bytes:
        """The newest version of each team in one zip, named by student number (staff)."""
        return self._transport.request("GET", f"{_path(slug)}.zip").content


def _path(slug: str) -> str:
    return f"/api/competitions/{quote(slug, safe='')}/code"
