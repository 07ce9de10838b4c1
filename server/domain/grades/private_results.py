"""The private half of results: read in a session of its own, of those homeworks alone that are asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.boards.leaderboard import reached
from server.domain.competitions.access import is_revealed
from server.domain.grades.earned.split_grade import SplitGrade
from server.domain.grades.results import BoardPlace, PersonResult, places_of, tiers_of
from server.models import Competition, PrivateScore, PrivateStanding, Right, Submission, TeamMember


@dataclass(frozen=True)
class PrivateResult:
    """What a person has on the private rows of one homework. scores: by submission."""

    place: BoardPlace | None
    scores: Mapping[int, float]
    grade: SplitGrade


@dataclass(frozen=True)
class FinalPlace:
    """Where a student's team ended: its place, the file that counted, the tiers that it passed."""

    place: BoardPlace
    file_name: str
    tiers: tuple[str, ...]


def with_private_rows(
    results: Sequence[PersonResult], *, rights: Collection[Right], now: datetime
) -> list[PersonResult]:
    """Those of which a viewer may see the private half: all with the right to it, else the revealed ones."""
    return [each for each in results if Right.SEE_PRIVATE in rights or is_revealed(each.competition, now)]


def private_results(session: Session, results: Sequence[PersonResult]) -> dict[int, PrivateResult]:
    """The private half of these results, by homework: of those, and of no other.

    Needs a session that may see private scores. Who asks has to have seen to it that each may be shown.
    """
    competition_ids = [each.competition.id for each in results]
    scores = _scores(session, [file.submission.id for each in results for file in each.files])
    places = places_of(session, [each.team.id for each in results if each.team is not None], PrivateStanding)
    tiers = tiers_of(session, competition_ids, PrivateStanding)
    private = {}
    for each in results:
        place = None if each.team is None else places.get(each.team.id)
        grade = each.graded("private", place, scores, tiers.get(each.competition.id, ()))
        private[each.competition.id] = PrivateResult(place, scores, grade)
    return private


def _scores(session: Session, submission_ids: list[int]) -> dict[int, float]:
    rows = session.execute(
        select(PrivateScore.submission_id, PrivateScore.score)
        .join(Submission, Submission.id == PrivateScore.submission_id)
        .join(Competition, Competition.id == Submission.competition_id)
        .where(
            PrivateScore.submission_id.in_(submission_ids),
            PrivateScore.answer_key_id == Competition.answer_key_id,
        )
    )
    return {row.submission_id: row.score for row in rows}


def final_places(
    session: Session, *, competitions: Collection[Competition], user_id: int
) -> dict[int, FinalPlace]:
    """Where the student ended in each of these revealed homeworks, by homework; three statements for all.

    Needs a session that may see private scores. Who asks has to have seen to it that each may be shown.
    """
    ids = [each.id for each in competitions]
    rows = session.execute(
        select(TeamMember.competition_id, TeamMember.team_id, Submission.file_name)
        .join(PrivateStanding, PrivateStanding.team_id == TeamMember.team_id)
        .join(Submission, Submission.id == PrivateStanding.submission_id)
        .where(TeamMember.user_id == user_id, TeamMember.competition_id.in_(ids))
    ).all()
    places = places_of(session, [row.team_id for row in rows], PrivateStanding)
    thresholds = tiers_of(session, ids, PrivateStanding)
    higher = {each.id: each.higher_is_better for each in competitions}
    final = {}
    for competition_id, team_id, file_name in rows:
        place = places[team_id]
        limits = {
            tier.name: tier.threshold_private
            for tier in thresholds.get(competition_id, ())
            if tier.threshold_private is not None
        }
        passed = reached(limits, place.score, higher_is_better=higher[competition_id])
        final[competition_id] = FinalPlace(place, file_name, tuple(passed))
    return final
