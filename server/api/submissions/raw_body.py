"""A file as the body of a request, and the two ways in which `curl` sends something else than the file."""

from collections.abc import AsyncIterator

from fastapi import Request

from grader.messages import Message, joined
from server.domain.errors import Invalid

PACKED = (b"\x1f\x8b", b"PK")  # what gzip and zip begin with; their bytes have no lines
REMEDY = Message(
    "With curl that is `curl --data-binary @pred.csv`; with Python's requests, `data=file.read()`."
)


async def raw_body(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes.

    Raises Invalid for a form, before a byte is read, and for a text without line ends that was sent as one:
    `curl -d` takes them off.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        raise Invalid(
            joined(
                Message(
                    "The file came inside a form (multipart/form-data); here the file itself is the body."
                ),
                REMEDY,
            )
        )
    start, has_lines = b"", False
    async for chunk in request.stream():
        start = start or chunk[:2]
        has_lines = has_lines or b"\n" in chunk or b"\r" in chunk
        yield chunk
    if kind == "application/x-www-form-urlencoded" and start and not has_lines and start not in PACKED:
        raise Invalid(
            joined(Message("The file came without its line ends: `curl -d` takes them off."), REMEDY)
        )
