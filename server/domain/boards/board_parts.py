"""Parts of a board: the rows of some places, read by key, as the whole board has them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from server.database.database import EPOCH, execute
from server.domain.boards import board_index, leaderboard, veil
from server.domain.boards.board_columns import BoardColumns
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.standings import StandingTable
from server.domain.boards.veil import AHEAD, Audience
from server.models import Competition, Course, Submission, SubmissionState, Team, Tier

_IDS: BindParameter[int] = bindparam("team_ids", expanding=True)
TEAMS = (
    select(Team.id, Team.name, Tier.name.label("tier"), Tier.hint, Tier.minutes, Tier.hardware)
    .outerjoin(Tier, Tier.id == Team.tier_id)
    .where(Team.id.in_(_IDS))
)
COUNTS = (
    select(Submission.team_id, func.count())
    .where(
        Submission.team_id.in_(_IDS),
        Submission.state == SubmissionState.SCORED,
        Submission.is_practice.is_(False),
    )
    .group_by(Submission.team_id)
)


@dataclass(frozen=True)
class BoardPart:
    """Some rows of a board at this revision. teams: how many have a rank. listed: how many rows there are."""

    revision: int
    teams: int
    listed: int
    rows: list[BoardRow]


@dataclass(frozen=True)
class BoardReader:
    """One board as a session sees it, for one audience."""

    session: Session
    competition: Competition
    columns: BoardColumns
    audience: Audience

    @classmethod
    def of(
        cls,
        session: Session,
        *,
        competition_id: int,
        split: StandingTable,
        audience: Audience,
        alone: bool = False,
    ) -> "BoardReader":
        """The board of this split; PrivateStanding needs a session that may see private scores.

        alone: read it anew rather than be overtaken. Else raises Overtaken.
        """
        columns = board_index.columns_of(session, competition_id=competition_id, split=split, alone=alone)
        return cls(session, session.get_one(Competition, competition_id), columns, audience)

    def page(self, start: int, limit: int) -> BoardPart:
        """The rows that everybody reads, from the one before which so many stand."""
        places = self.columns.listed(self._most())
        return self._part(places[start : start + limit], listed=len(places))

    def own_part(self, team_id: int | None) -> BoardPart:
        """What a team reads of the board because it is theirs: its row, those near it, thresholds above."""
        place = self.columns.place_of(team_id)
        if place is None:
            return self._part([])
        above = [int(each) for each in self.columns.baselines if each < place]
        return self._part(sorted({*above, *self.columns.near(place, AHEAD), place}))

    def _part(self, places: Iterable[int], *, listed: int | None = None) -> BoardPart:
        total = len(self.columns) if listed is None else listed
        return BoardPart(
            self.columns.revision, self.columns.students, total, self.rows(list(map(int, places)))
        )

    def _most(self) -> int | None:
        """How many ranks the board lists for this audience."""
        return None if self.audience is Audience.OPEN else self._course().board_rows

    def _course(self) -> Course:
        return self.session.get_one(Course, self.competition.course_id)

    def rows(self, places: Sequence[int]) -> list[BoardRow]:
        """The rows in these places, under the names that the audience reads."""
        ids = [int(self.columns.team_id[place]) for place in places]
        values = {"team_ids": ids}
        teams: dict[int, Any] = {row.id: row for row in execute(self.session, TEAMS, values)}
        counts = dict(execute(self.session, COUNTS, values).all())
        names = self._names(ids)
        decimals = leaderboard.shown(self.session, self.competition)
        scores = self.columns.shown_scores(places, decimals)
        return [
            self._row(place, teams[team_id], names, score, counts.get(team_id, 0))
            for place, team_id, score in zip(places, ids, scores, strict=True)
        ]

    def _names(self, ids: Sequence[int]) -> dict[int, str] | None:
        """The names behind the veil; None where there is none."""
        if self.audience is Audience.OPEN:
            return None
        names = self._course().board_names
        return veil.shown_names(self.session, competition_id=self.competition.id, names=names, team_ids=ids)

    def _row(
        self, place: int, team: Any, names: dict[int, str] | None, score: float, submissions: int
    ) -> BoardRow:
        is_student = team.tier is None
        return BoardRow(
            rank=self.columns.rank(place),
            tied_with=self.columns.tied_with(place),
            team_id=team.id,
            team=team.name if names is None or not is_student else names.get(team.id, veil.NAMELESS),
            tier=None if is_student else team.tier.value,
            hint=team.hint,
            minutes=team.minutes,
            hardware=team.hardware,
            score=score,
            received_at=EPOCH + timedelta(microseconds=int(self.columns.received[place])),
            submissions=submissions,
        )
