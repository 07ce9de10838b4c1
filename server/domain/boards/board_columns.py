"""A board as columns of numbers, in its order: ranks and groups within noise without a look at other rows.

Forty bytes a team. A board never changes: what changed since makes another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from grader.scores.uncertainty import CONFIDENCE_95
from server.domain.boards.decimals import decimals_of

Column = NDArray[Any]
Places = NDArray[np.int64]
BLOCK_LEAST, BLOCK_MOST = 64, 65_536  # rows that are looked at together for the next group


class Placed(NamedTuple):
    """A team's row: its place is by key, the sort key negated, then receipt in microseconds, then number."""

    key: float
    received: int
    team_id: int
    score: float
    error: float
    is_student: bool


COLUMNS = {name: np.dtype(kind) for name, kind in Placed.__annotations__.items()}


@dataclass(frozen=True)
class BoardColumns:
    """One board at one revision. error: NaN where a score has none.

    leaders: the places at which groups begin, in which nobody is beyond noise of the first.
    """

    revision: int
    key: NDArray[np.float64]
    received: NDArray[np.int64]
    team_id: NDArray[np.int64]
    score: NDArray[np.float64]
    error: NDArray[np.float64]
    is_student: NDArray[np.bool_]
    leaders: Places

    @classmethod
    def of(cls, revision: int, columns: Mapping[str, Column], leaders: Places | None = None) -> Self:
        """The board of these columns, whose rows are in order. leaders: where they are known."""
        board = cls(revision=revision, leaders=np.empty(0, np.int64), **columns)
        return replace(board, leaders=board._all_leaders() if leaders is None else leaders)

    def __len__(self) -> int:
        return len(self.team_id)

    @cached_property
    def baselines(self) -> Places:
        """The places of the rows that take none."""
        return np.flatnonzero(~self.is_student)

    @property
    def students(self) -> int:
        """How many rows have a rank."""
        return len(self) - len(self.baselines)

    def place_of(self, team_id: int | None) -> int | None:
        """Where a team stands, from 0; None where it does not."""
        if team_id is None:
            return None
        places = np.flatnonzero(self.team_id == team_id)
        return int(places[0]) if len(places) else None

    def place_of_student(self, number: int) -> int:
        """The place of the student team before which so many stand."""
        before = self.baselines - np.arange(len(self.baselines))
        return number + int(np.searchsorted(before, number, "right"))

    def rank(self, place: int) -> int | None:
        """The rank in this place: one more than there are better student teams; None of a baseline."""
        return 1 + self.better_than(self.key[place]) if self.is_student[place] else None

    def better_than(self, key: float, *, but: int | None = None) -> int:
        """How many student teams have a lower key, which is a better score; not counting the team `but`."""
        place = int(np.searchsorted(self.key, key, "left"))
        own = self.place_of(but)
        is_better = own is not None and own < place and bool(self.is_student[own])
        return place - int(np.searchsorted(self.baselines, place, "left")) - is_better

    def tied_with(self, place: int) -> int | None:
        """The rank of the first of the group in which this place is; None of that one, and of a baseline."""
        if not self.is_student[place]:
            return None
        leader = int(self.leaders[np.searchsorted(self.leaders, place, "right") - 1])
        return None if leader == place else self.rank(leader)

    def shown_scores(self, places: Sequence[int], decimals: int) -> list[float]:
        """The scores in these places as they are shown: what tells neighbours apart depends on them alone."""
        shown = []
        for place in places:
            first = max(0, place - 1)
            near = [float(score) for score in self.score[first : place + 2]]
            shown.append(round(near[place - first], decimals_of(near, decimals)[place - first]))
        return shown

    def listed(self, most: int | None) -> Places:
        """The places that everybody reads: the first ranks and every baseline; of all ranks for None."""
        if most is None or self.students <= most:
            return np.arange(len(self))
        last = self.place_of_student(most - 1)
        end = int(np.searchsorted(self.key, self.key[last], "right"))
        return np.concatenate([np.arange(end), self.baselines[self.baselines >= end]])

    def near(self, place: int, most: int) -> list[int]:
        """The places of the student teams right before this one, `most` of them at most, in order."""
        number = place - int(np.searchsorted(self.baselines, place, "left"))
        return [self.place_of_student(each) for each in range(max(0, number - most), number)]

    def advanced(self, revision: int, gone: Sequence[int], rows: Sequence[Placed]) -> "BoardColumns":
        """The board of a later revision. gone: teams that changed; rows: as those of them stand that do."""
        out = np.flatnonzero(np.isin(self.team_id, np.array(gone, np.int64)))
        left: dict[str, Column] = {name: np.delete(getattr(self, name), out) for name in COLUMNS}
        rows = sorted(rows)
        at = np.array([_place([*left.values()], row) for row in rows], np.int64)
        columns = {
            name: np.insert(column, at, np.array([row[number] for row in rows], column.dtype))
            for number, (name, column) in enumerate(left.items())
        }
        board = BoardColumns.of(revision, columns, self.leaders)
        into = at + np.arange(len(at))
        changed, longer = [out, into], [len(self), len(board)]
        same_first = min((int(each.min()) for each in changed if len(each)), default=len(self))
        same_last = min(
            (n - 1 - int(each.max()) for each, n in zip(changed, longer, strict=True) if len(each)),
            default=len(self),
        )
        return replace(board, leaders=board._leaders_after(self, same_first, same_last))

    def _leaders_after(self, before: "BoardColumns", same_first: int, same_last: int) -> Places:
        """The leaders, from those of an earlier board whose first and last rows, so many, are the same.

        From a leader on, who leads next depends on the rows below alone: where the two boards meet in one
        among their last rows, they go on alike.
        """
        if np.isnan(before.error).all():
            return self._all_leaders()
        first = before.leaders[before.leaders < same_first]
        longer = len(self) - len(before)
        tail = before.leaders[before.leaders >= len(before) - same_last] + longer
        place = int(first[-1]) if len(first) else self._first_student()
        more = [] if len(first) or place is None else [place]
        while place is not None and (place := self._next_leader(place)) is not None:
            meets = int(np.searchsorted(tail, place))
            if meets < len(tail) and tail[meets] == place:
                return np.concatenate([first, np.array(more, np.int64), tail[meets:]])
            more.append(place)
        return np.concatenate([first, np.array(more, np.int64)])

    def _all_leaders(self) -> Places:
        students = np.flatnonzero(self.is_student)
        if not len(students):
            return students
        if np.isnan(self.error[students]).all():  # then equal scores alone are within noise
            scores = self.score[students]
            first: Places = students[np.concatenate([[True], scores[1:] != scores[:-1]])]
            return first
        leaders, leader = [int(students[0])], int(students[0])
        while (following := self._next_leader(leader)) is not None:
            leaders.append(leader := following)
        return np.array(leaders, np.int64)

    def _first_student(self) -> int | None:
        return self.place_of_student(0) if self.students else None

    def _next_leader(self, leader: int) -> int | None:
        """The first student team below that differs from the leader by more than chance brings about."""
        score, error = self.score[leader], self.error[leader]
        begin, size = leader + 1, BLOCK_LEAST
        while begin < len(self):
            part = slice(begin, begin + size)
            scores, errors = self.score[part], self.error[part]
            noise = CONFIDENCE_95 * np.sqrt(errors * errors + error * error)
            beyond = self.is_student[part] & (scores != score) & ~(np.abs(scores - score) <= noise)
            if beyond.any():
                return begin + int(beyond.argmax())
            begin, size = begin + size, min(2 * size, BLOCK_MOST)
        return None


def _place(columns: Sequence[Column], row: Placed) -> int:
    """Before which of the rows another one stands."""
    begin, end = 0, len(columns[0])
    for column, value in zip(columns[:3], row[:3], strict=True):
        part = column[begin:end]
        begin, end = (begin + int(np.searchsorted(part, value, side)) for side in ("left", "right"))
    return begin
