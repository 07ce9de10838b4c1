"""Which public files are pictures that a page may show: their bytes tell, since a name promises nothing."""

import re

PICTURES = "pictures"  # the folder of a homework whose files its description may show
HEAD_BYTES = 1024  # of a file, which are enough to tell
STARTS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
WEBP = re.compile(rb"RIFF....WEBP", re.DOTALL)
# A declaration, comments and a document type may stand before the root element.
SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE svg[^>\[]*>)*<svg[\s>]", re.DOTALL
)


def picture_type(head: bytes) -> str | None:
    """The media type of a picture that begins with these bytes, None for any other file.

    >>> picture_type(b"GIF89a..."), picture_type(b"<svg xmlns='...'>"), picture_type(b"<html><svg>")
    ('image/gif', 'image/svg+xml', None)
    """
    for start, media_type in STARTS.items():
        if head.startswith(start):
            return media_type
    if WEBP.match(head):
        return "image/webp"
    return "image/svg+xml" if SVG.match(head) else None
