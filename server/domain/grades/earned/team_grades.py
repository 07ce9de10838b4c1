"""What every team of a competition has on one split, computed once for each revision of its board.

Recording a score, excluding a file, moving a deadline, merging teams and switching the answer key all give
the boards another revision; whatever else decides stands in the competition's row and in its tiers.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.scores.points import TierPoints
from server.database.database import execute
from server.database.snapshot_memory import SNAPSHOT, Pieces
from server.domain.boards.leaderboard import IS_TEAM_OF_TIER
from server.domain.grades.earned.late_points import Deadlines, extended_deadlines, late_files
from server.domain.grades.earned.split_grade import Candidate, Ladder, Split, SplitGrade
from server.models import (
    BoardRevision,
    Competition,
    PrivateScore,
    PrivateStanding,
    PublicScore,
    Standing,
    Team,
    Tier,
)

FEW = 10  # teams of a competition that are read by themselves, and not with all others
_REVISIONS = "revisions"  # under which a session's `info` holds those that it has read
_KEPT, _DEADLINES = Pieces("grades of teams"), Pieces("extended deadlines")
Grades = Mapping[int, SplitGrade]  # by team


def tiers_on(
    session: Session, competition_ids: Collection[int], *, split: Split
) -> dict[int, tuple[TierPoints, ...]]:
    """By competition, its tiers in their order, with the thresholds of this split alone.

    The private split needs a session that may see private scores.
    """
    table: Any = Standing if split == "public" else PrivateStanding
    query = (
        select(Tier.competition_id, Tier.name, table.score, Tier.points_public, Tier.points_private)
        .outerjoin(Team, IS_TEAM_OF_TIER)
        .outerjoin(table, table.team_id == Team.id)
        .where(Tier.competition_id.in_(competition_ids))
        .order_by(Tier.competition_id, Tier.place)
    )
    tiers: dict[int, list[TierPoints]] = defaultdict(list)
    for competition_id, name, limit, *points in session.execute(query):
        limits = (limit, None) if split == "public" else (None, limit)
        tiers[competition_id].append(TierPoints(name.value, *limits, *points))
    return {competition_id: tuple(each) for competition_id, each in tiers.items()}


def grades_of_teams(
    session: Session,
    competitions: Sequence[Competition],
    tiers: Mapping[int, Sequence[TierPoints]],
    *,
    split: Split,
    team_ids: Collection[int] | None = None,
) -> dict[int, Grades]:
    """By competition, the grade of each team that has one on this split; of these teams, None for all.

    tiers: of each competition, with the thresholds of this split. The private split needs a session that may
    see private scores. A constant number of statements, and few rows where nothing has changed.
    """
    states = _states(session, competitions, tiers, split)
    known: dict[int, Grades] = {}
    for each in competitions:
        grades = _KEPT.of(session, (each.id, split), states[each.id])
        if grades is not None:
            known[each.id] = grades
    missing = [each for each in competitions if each.id not in known]
    are_few = team_ids is not None and len(team_ids) <= FEW * len(missing)
    only = team_ids if are_few else None
    for each, grades in _computed(session, missing, tiers, split, only):
        known[each.id] = grades
        if not are_few:
            _KEPT.keep(session, (each.id, split), states[each.id], grades)
    return known


def _states(
    session: Session,
    competitions: Sequence[Competition],
    tiers: Mapping[int, Sequence[TierPoints]],
    split: Split,
) -> dict[int, object]:
    """All that the grades of each competition come of, in a few values."""
    revisions = revisions_of(session, [each.id for each in competitions], split=split)
    return {
        row.id: (revisions[row.id], *_rules(row), *tiers.get(row.id, ())) if row.id in revisions else None
        for row in competitions
    }


def revisions_of(session: Session, competition_ids: Sequence[int], *, split: Split) -> dict[int, int]:
    """The number of each competition's board of this split, which grows with each change.

    A session that reads of one instant is asked once for each competition.
    """
    known: dict[int, tuple[int, int]] = session.info.get(_REVISIONS, {})
    missing = [each for each in competition_ids if each not in known]
    if missing:
        query = select(BoardRevision.competition_id, BoardRevision.public, BoardRevision.private)
        rows = session.execute(query.where(BoardRevision.competition_id.in_(missing)))
        known = known | {competition_id: (public, private) for competition_id, public, private in rows}
        if session.info.get(SNAPSHOT) is not None:
            session.info[_REVISIONS] = known
    at = 0 if split == "public" else 1
    return {each: known[each][at] for each in competition_ids if each in known}


def _rules(row: Competition) -> tuple[Hashable, ...]:
    late = (row.deadline_at, row.reveal_at, row.grace_seconds, row.reset_zone, row.late_penalty)
    return (row.answer_key_id, row.higher_is_better, *late)


def _computed(
    session: Session,
    competitions: Sequence[Competition],
    tiers: Mapping[int, Sequence[TierPoints]],
    split: Split,
    team_ids: Collection[int] | None,
) -> list[tuple[Competition, Grades]]:
    """The same read and computed now."""
    if not competitions:
        return []
    late = late_files(
        session,
        competitions=competitions,
        table=PublicScore if split == "public" else PrivateScore,
        deadlines=_deadlines(session, competitions, split, team_ids),
        team_ids=team_ids,
    )
    in_time = _standings(session, [each.id for each in competitions], split, team_ids)
    result: list[tuple[Competition, Grades]] = []
    for each in competitions:
        ladder = Ladder(split, tiers.get(each.id, ()), higher_is_better=each.higher_is_better)
        standing, of_late = in_time.get(each.id, {}), late.get(each.id, {})
        grades = {
            team_id: ladder.best((candidate, *of_late.get(team_id, ())))
            for team_id, candidate in standing.items()
        }
        grades |= {
            team_id: ladder.best(files) for team_id, files in of_late.items() if team_id not in standing
        }
        result.append((each, grades))
    return result


def _deadlines(
    session: Session, competitions: Sequence[Competition], split: Split, team_ids: Collection[int] | None
) -> dict[int, Deadlines]:
    """The extended deadlines of those competitions where a late file may earn something."""
    lenient = [each for each in competitions if each.late_penalty < 1.0]
    if not lenient:
        return {}
    if team_ids is not None:
        return extended_deadlines(session, lenient, team_ids)
    revisions = revisions_of(session, [each.id for each in lenient], split=split)
    states: dict[int, object] = {
        each.id: (revisions[each.id], *_rules(each)) for each in lenient if each.id in revisions
    }
    deadlines: dict[int, Deadlines] = _DEADLINES.of_each(session, states)
    missing = [each for each in lenient if each.id not in deadlines]
    if missing:
        deadlines |= _DEADLINES.keep_each(session, states, extended_deadlines(session, missing))
    return deadlines


def _standings(
    session: Session, ids: Sequence[int], split: Split, team_ids: Collection[int] | None
) -> dict[int, dict[int, Candidate]]:
    table: Any = Standing if split == "public" else PrivateStanding
    query = select(table.competition_id, table.team_id, table.score, table.submission_id)
    if team_ids is None:
        query = query.where(table.competition_id.in_(ids))
    else:
        query = query.where(table.team_id.in_(team_ids))
    standings: dict[int, dict[int, Candidate]] = defaultdict(dict)
    for competition_id, team_id, score, submission_id in execute(session, query, {}).all():
        standings[competition_id][team_id] = Candidate(score, submission_id)
    return standings
