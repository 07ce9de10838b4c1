"""Sending one file so that a cut connection neither loses it nor counts it twice.

Every upload carries an Idempotency-Key. When no answer comes, the same bytes go again under the same key: a
server that had taken them the first time answers with that first result, and no second slot is used.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from client.api.decode import Json
from client.api.errors import ApiError, Unreachable
from client.api.transport import Transport
from client.api.types.competitions import Receipt
from client.api.types.origins import Origin
from grader.messages import Message

ProgressCallback = Callable[[int, int], None]  # (bytes done, bytes in all)

PIECE_BYTES = 256 * 1024
PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)  # between five tries; a restart of the server fits in
POLL_SECONDS = 1.0
PATIENCE_SECONDS = 600.0  # the slowest text metrics take minutes on a busy server
NO_ORIGIN = Origin()
PROXY_FAULTS = frozenset({502, 503, 504})  # somebody in between spoke for a server that was not there


@dataclass(frozen=True)
class Upload:
    """A file on its way: where its bytes come from, its length, and the key that makes repeats harmless."""

    file_name: str
    size: int
    pieces: Callable[[], Iterator[bytes]]
    idempotency_key: str
    note: str = ""
    origin: Origin = NO_ORIGIN

    @classmethod
    def of(
        cls,
        content: Path | bytes,
        *,
        file_name: str | None = None,
        idempotency_key: str | None = None,
        note: str = "",
        origin: Origin = NO_ORIGIN,
    ) -> "Upload":
        """The upload of a file or of bytes; a key is made where the caller brings none."""
        key = idempotency_key or str(uuid.uuid4())
        if isinstance(content, bytes):
            name, size = file_name or "predictions.csv", len(content)
            return cls(name, size, lambda: _pieces_of_bytes(content), key, note, origin)
        name, size = file_name or content.name, content.stat().st_size
        return cls(name, size, lambda: _pieces_of_file(content), key, note, origin)

    def body(self, progress: ProgressCallback | None) -> Iterator[bytes]:
        """Yield the bytes from the beginning, telling `progress` after each piece that was taken."""
        done = 0
        for piece in self.pieces():
            yield piece
            done += len(piece)
            if progress is not None:
                progress(done, self.size)


def send(transport: Transport, path: str, upload: Upload, *, progress: ProgressCallback | None) -> Receipt:
    """Submit the upload to the route `path` and return its scored receipt; raises ApiError when refused.

    Waits up to PATIENCE_SECONDS for a slow metric. A receipt whose state is still `received` after that is
    durable on the server and will be scored; asking later by its url shows the result.
    """
    first = transport.json_object(_send_until_answered(transport, path, upload, progress))
    answer = first
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while answer.get("state") == "received" and time.monotonic() < give_up_at:
        time.sleep(POLL_SECONDS)
        polled = transport.json_object(transport.request("GET", str(first.get("url"))))
        # What the first answer could not know must come from the later one, or stay unknown.
        answer = {**first, "rank": None, "tiers_passed": None, **polled}
    _require_valid(answer)
    return transport.shaped(Receipt, answer, where=path)


def _send_until_answered(
    transport: Transport, path: str, upload: Upload, progress: ProgressCallback | None
) -> httpx2.Response:
    for pause in PAUSES_SECONDS:
        try:
            return _send_once(transport, path, upload, progress)
        except Unreachable:
            pass
        except ApiError as refusal:
            if refusal.status not in PROXY_FAULTS and refusal.code != "idempotency_in_flight":
                raise
        time.sleep(pause)
    return _send_once(transport, path, upload, progress)


def _send_once(
    transport: Transport, path: str, upload: Upload, progress: ProgressCallback | None
) -> httpx2.Response:
    headers = {"Idempotency-Key": upload.idempotency_key}
    query = {"file_name": upload.file_name, "via": "client"}
    origin = upload.origin
    made_by = {"code_name": origin.name, "code_sha256": origin.sha256, "commit": origin.commit}
    query |= {name: text for name, text in {"note": upload.note, **made_by}.items() if text}
    return transport.upload(path, body=upload.body(progress), size=upload.size, query=query, headers=headers)


def _require_valid(answer: dict[str, Json]) -> None:
    """Raise what a direct answer would have been when a file that was scored later is invalid or failed."""
    if answer.get("state") == "invalid":
        details: dict[str, Json] = {"problems": answer.get("problems"), "submission": dict(answer)}
        message = Message("The file is not a valid submission; no slot was used.")
        raise ApiError(422, "invalid_submission", message, details)
    if answer.get("state") == "failed":
        message = Message("Scoring failed. It is our fault, and it was not counted.")
        raise ApiError(500, "our_fault", message, {})


def _pieces_of_bytes(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]


def _pieces_of_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece
