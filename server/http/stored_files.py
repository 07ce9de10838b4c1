"""A stored file as an answer: an attachment with its name, its hash, and 304 where its bytes are known."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, Response

from grader.messages import Message
from server.domain.errors import NotFound
from server.http import etags
from server.http.deps import NO_STORE
from server.models import CodeVersion, Submission

KEPT_BY_CLIENTS = {"Cache-Control": "private, no-cache"}
NAMELESS = "submission.csv"


class AgelessFile(FileResponse):
    """A file whose head tells its hash and not its age: equal files of several teams are stored once.

    So the age would tell a team that another one had sent the same file before.
    """

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        """Give the head the length of the file."""
        super().set_stat_headers(stat_result)
        del self.headers["Last-Modified"]


def send_file(
    request: Request,
    *,
    file_path: Path,
    sha256: str,
    name: str,
    headers: Mapping[str, str] = KEPT_BY_CLIENTS,
) -> Response:
    """A stored file as an attachment, or 304 when the client has these bytes."""
    return unless_known(request, sha256) or AgelessFile(
        file_path,
        media_type="application/octet-stream",
        filename=plain_name(name),
        headers={"ETag": f'"{sha256}"', **headers},
    )


def send_submission(request: Request, row: Submission, *, file_path: Path) -> Response:
    """The file as it was sent, with its SHA-256 in the head (RFC 9530); NotFound where it is kept no more."""
    if not file_path.exists():
        raise NotFound(
            Message("The file of submission {submission_id} is kept no more.", submission_id=row.id)
        )
    digest = base64.b64encode(bytes.fromhex(row.sha256)).decode()
    headers = NO_STORE | {"Repr-Digest": f"sha-256=:{digest}:"}
    return send_file(request, file_path=file_path, sha256=row.sha256, name=row.file_name, headers=headers)


def send_code(request: Request, row: CodeVersion, *, file_path: Path) -> Response:
    """A version of a team's code as it was handed in; NotFound where it is kept no more."""
    if not file_path.exists():
        raise NotFound(Message("The file of code {version_id} is kept no more.", version_id=row.id))
    return send_file(request, file_path=file_path, sha256=row.sha256, name=code_name(row), headers=NO_STORE)


def code_name(row: CodeVersion) -> str:
    """The name of a version's file, with the ending of what it is by its bytes."""
    name, ending = plain_name(row.file_name), f".{row.kind.value}"
    return name if name.lower().endswith(ending) else f"{name}{ending}"


def unless_known(request: Request, sha256: str) -> Response | None:
    """304 when the client says that it has these bytes."""
    etag = f'"{sha256}"'
    is_known = etags.is_known(request.headers.get("if-none-match"), etag)
    return Response(status_code=304, headers={"ETag": etag}) if is_known else None


def plain_name(name: str) -> str:
    """The last part of a name that somebody gave a file, whatever system they wrote it on.

    >>> plain_name("../../etc/passwd"), plain_name(r"C:\\\\temp\\\\預測.csv"), plain_name("..")
    ('passwd', '預測.csv', 'submission.csv')
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    return last if last.strip(".") else NAMELESS
