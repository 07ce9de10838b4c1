"""A board as a CSV file: the rows, columns and ranks that its page shows."""

import csv
import io
from collections.abc import Iterable, Mapping

from server.clock import iso
from server.domain.boards.leaderboard import BoardRow
from server.domain.texts.csv_cells import number_cell, text_cell

HEADER = ("rank", "change", "team", "tier", "score", "submissions", "received_at")


def to_csv(rows: Iterable[BoardRow], *, changes: Mapping[int, int | None]) -> bytes:
    """The rows as a CSV file that spreadsheets open well: UTF-8 with its mark, CRLF, no cell is a formula.

    changes: ranks won of each team that had one before. A baseline has a tier and no rank.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        ranks = [number_cell(row.rank), number_cell(changes.get(row.team_id))]
        texts = [text_cell(row.team), row.tier or ""]
        writer.writerow(
            [*ranks, *texts, number_cell(row.score), number_cell(row.submissions), iso(row.received_at)]
        )
    return out.getvalue().encode("utf-8-sig")
