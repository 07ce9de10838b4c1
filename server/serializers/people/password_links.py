"""Links that set a password, as staff hand them out: on a slip, or as a line of a CSV file."""

import csv
import io
from collections.abc import Iterable

from server.clock import iso
from server.domain.people.passwords.handing_out import Slip
from server.domain.texts.csv_cells import text_cell
from server.serializers.values import Json

HEADER = ("name", "username", "link", "works_until")


def slip(each: Slip, origin: str) -> Json:
    """What one slip of paper says."""
    return {
        "name": each.name,
        "username": each.username,
        "link": each.link.address(origin),
        "expires_at": iso(each.link.expires_at),
    }


def to_csv(slips: Iterable[Slip], origin: str) -> bytes:
    """The slips as a CSV file, UTF-8 with its mark and CRLF, in which no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for each in slips:
        texts = (each.name, each.username, each.link.address(origin), iso(each.link.expires_at))
        writer.writerow([text_cell(text) for text in texts])
    return out.getvalue().encode("utf-8-sig")
