"""What is shown of a board: its rows, the viewer's own part of it, how far the next tier is."""

from client.api.types.competitions import Row
from client.output.views import Board
from client.output.words import NOTHING, can_print, score_column
from grader.messages import Message

TIED, TIED_IN_ASCII = "\N{ALMOST EQUAL TO}", "~"


def row_cells(row: Row, score: str) -> tuple[str, str, str, str]:
    """Rank, team, score and submissions of one row."""
    is_counted = row.kind != "baseline" and row.submissions is not None
    return _rank_cell(row), _name_cell(row), score, str(row.submissions) if is_counted else NOTHING


def _name_cell(row: Row) -> str:
    if row.kind == "baseline" and row.hint:
        return Message("{tier} ({hint})", tier=row.team, hint=row.hint)
    return row.team


def _rank_cell(row: Row) -> str:
    if row.rank is None:
        return NOTHING
    if row.tied_with in (None, row.rank):
        return str(row.rank)
    return f"{TIED if can_print(TIED) else TIED_IN_ASCII}{row.rank}"


def next_tier_text(board: Board) -> str | None:
    """How far the viewer's team is from the next tier; None without a standing, or without thresholds."""
    own = board.own
    if own.row is None:
        return None
    if own.next_tier is not None:
        (difference,) = score_column([own.next_tier.difference])
        return Message("Your team: {difference} to {tier}.", difference=difference, tier=own.next_tier.tier)
    has_tiers = any(row.kind == "baseline" for row in board.board.rows)
    return Message("Your team: above all tiers.") if has_tiers else None


def own_part(board: Board) -> list[Row]:
    """The viewer's own row and those before it, as far as what is shown of the board lacks them."""
    own = board.own
    shown = {row.team for row in board.board.rows}
    if own.row is None or own.row.team in shown:
        return []
    return [row for row in (*own.ahead, own.row) if row.team not in shown]
