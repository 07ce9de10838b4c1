"""Leaks of private scores, planted one at a time: whoever proves that none leaks must find each of these.

Each is a mistake that somebody could make, and has made in a judge of this kind: a sort key, a tie broken, a
cache shared, a check forgotten. Those that read private tables step around the guard of
`server/database/database.py`, which would stop them too.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.compare import FilePair
from grader.errors import InvalidSubmission, Problem
from server.api.kaggle import boards as kaggle_boards
from server.domain.boards import leaderboard, moves
from server.domain.competitions import access as competitions
from server.domain.grades.points import points_now as points_now_of
from server.domain.grades.points.course_points import computed
from server.domain.grades.points.point_rows import open_rows, sealed_rows
from server.domain.grades.points.points_now import PointsNow
from server.domain.grades.results import results_of
from server.domain.people import courses
from server.domain.submissions import submit as submissions
from server.http import answers, etags
from server.models import ALL_RIGHTS, Competition, PrivateScore, PrivateStanding, Submission
from server.serializers import grades as grades_json
from server.serializers import kaggle as kaggle_json
from server.serializers.people import results as results_json
from server.serializers.submissions import submissions as submissions_json
from server.services import board_cache as boards
from server.services import own_points, own_results
from server.services.cached_board import CachedBoard
from server.services.grading.grade import outcome_of
from server.services.uploads import take
from server.web.people import results as results_page

Plant = Callable[[pytest.MonkeyPatch], None]


def _peek(session: Session, query: Any) -> Any:
    """What a query of private tables gives, past the guard."""
    connection = session.connection()
    before = connection.info.get("private")
    connection.info["private"] = True
    try:
        return session.execute(query).all()
    finally:
        connection.info["private"] = before


def _private_of(session: Session, competition_id: int) -> dict[int, float]:
    query = select(PrivateStanding.team_id, PrivateStanding.score).where(
        PrivateStanding.competition_id == competition_id
    )
    return dict(_peek(session, query))


def board_sorted_by_private_score(patch: pytest.MonkeyPatch) -> None:
    """The public board comes in the order of the private one."""
    original = leaderboard.board

    def leaking(session: Session, *, competition: Competition, split: Any) -> list[Any]:
        rows = original(session, competition=competition, split=split)
        private = _private_of(session, competition.id)
        return sorted(rows, key=lambda row: -private.get(row.team_id, 0.0))

    patch.setattr(leaderboard, "board", leaking)


def rank_of_the_private_board(patch: pytest.MonkeyPatch) -> None:
    """A receipt tells the rank on the private board."""

    def leaking(session: Session, *, competition_id: int, team_id: int) -> tuple[int | None, int]:
        private = _private_of(session, competition_id)
        better = sum(score > private.get(team_id, 0.0) for score in private.values())
        return 1 + better, len(private)

    patch.setattr(leaderboard, "public_rank", leaking)


def etag_of_private_scores(patch: pytest.MonkeyPatch) -> None:
    """The public board's ETag changes with private scores."""
    original = boards.make_board

    def leaking(session: Session, competition_id: int, split: Any, *options: Any) -> CachedBoard:
        board = original(session, competition_id, split, *options)
        total = sum(_private_of(session, competition_id).values())
        return replace(board, etag=f'"{split}-{total:.6f}"')

    patch.setattr(boards, "make_board", leaking)


def private_score_in_the_submission(patch: pytest.MonkeyPatch) -> None:
    """A submission's JSON is a dump of everything that is known of it."""
    original = submissions_json.submission_list

    def leaking(session: Session, rows: list[Submission], **options: Any) -> list[dict[str, Any]]:
        shown = original(session, rows, **options)
        query = select(PrivateScore.submission_id, PrivateScore.score)
        private = dict(_peek(session, query))
        return [each | {"score_all": private.get(each["id"])} for each in shown]

    patch.setattr(submissions_json, "submission_list", leaking)


def message_that_quotes_a_label(patch: pytest.MonkeyPatch) -> None:
    """A refusal tells the true label of the row that is wrong."""

    def leaking(data: bytes, *, key: Any, keys: Any) -> Any:
        ended = outcome_of(data, key=key, keys=keys)
        if not isinstance(ended, InvalidSubmission):
            return ended
        lines = keys._store.read(key.sha256).decode().splitlines()
        private = next(line for line in lines if line.endswith(",Private"))
        return InvalidSubmission((Problem("x", f"Row {private} was expected.", ""), *ended.problems))

    patch.setattr(take, "outcome_of", leaking)


def cache_shared_by_staff_and_students(patch: pytest.MonkeyPatch) -> None:
    """One board is kept for a competition, whoever asked for it."""
    original = boards.BoardCache.board
    cache: dict[tuple[int, int], CachedBoard] = {}

    async def leaking(self: Any, competition_id: int, split: Any, **options: Any) -> CachedBoard:
        fresh_board = await original(self, competition_id, split, **options)
        return cache.setdefault((id(self), competition_id), fresh_board)

    patch.setattr(boards.BoardCache, "board", leaking)


def export_without_a_check(patch: pytest.MonkeyPatch) -> None:
    """The staff's routes ask nobody who they are."""
    patch.setattr(competitions, "require_staff", lambda competition: None)
    patch.setattr(competitions, "require_rights", lambda competition, rights, now: None)


def reveal_at_the_deadline(patch: pytest.MonkeyPatch) -> None:
    """The private board opens with the deadline."""

    def leaking(competition: Competition, now: datetime) -> bool:
        return now >= competition.deadline_at

    patch.setattr(competitions, "is_revealed", leaking)


def list_sorted_by_private_score(patch: pytest.MonkeyPatch) -> None:
    """My submissions come best private score first."""
    original = submissions.of_teams

    def leaking(session: Session, team_ids: list[int]) -> list[Submission]:
        private = dict(_peek(session, select(PrivateScore.submission_id, PrivateScore.score)))
        return sorted(original(session, team_ids), key=lambda row: -private.get(row.id, 0.0))

    patch.setattr(submissions, "of_teams", leaking)


def advice_from_private_scores(patch: pytest.MonkeyPatch) -> None:
    """The page marks the submission that is best in private as selected."""
    original = submissions_json.submission_list

    def leaking(session: Session, rows: list[Submission], **options: Any) -> list[Any]:
        shown = original(session, rows, **options)
        private = dict(_peek(session, select(PrivateScore.submission_id, PrivateScore.score)))
        best = max(shown, key=lambda each: private.get(each["id"], 0.0), default=None)
        return [each | {"is_final": each is best} for each in shown]

    patch.setattr(submissions_json, "submission_list", leaking)


def decimals_from_private_scores(patch: pytest.MonkeyPatch) -> None:
    """How many decimals are shown depends on how far the private scores lie apart."""
    original = leaderboard.shown

    def leaking(session: Session, competition: Competition) -> int:
        spread = _peek(session, select(func.max(PrivateStanding.score) - func.min(PrivateStanding.score)))
        return original(session, competition) + round(100 * (spread[0][0] or 0.0))

    patch.setattr(leaderboard, "shown", leaking)


def moves_of_private_ranks(patch: pytest.MonkeyPatch) -> None:
    """The public board tells how far a team's rank is from the one on the private board."""

    def leaking(session: Session, *, competition_id: int, then: datetime) -> dict[int, int]:
        private = _private_of(session, competition_id)
        return {team: 1 + sum(other > score for other in private.values()) for team, score in private.items()}

    patch.setattr(moves, "ranks_at", leaking)


def comparison_on_all_rows(patch: pytest.MonkeyPatch) -> None:
    """How sure the difference of two submissions is comes from all rows of their files."""
    patch.setattr(FilePair, "public", property(lambda pair: pair._on(slice(0, pair.key.rows))))


def results_before_the_reveal(patch: pytest.MonkeyPatch) -> None:
    """My results asks for the private half of every homework."""
    patch.setattr(own_results, "with_private_rows", lambda results, **options: results)


def final_place_before_the_reveal(patch: pytest.MonkeyPatch) -> None:
    """The first page tells the private rank of every homework."""

    def leaking(accesses: list[Any], now: datetime) -> list[Competition]:
        return [each.competition for each in accesses]

    patch.setattr(competitions, "revealed_to_students", leaking)


def results_marked_by_private_score(patch: pytest.MonkeyPatch) -> None:
    """My results marks the file that is best in private, without its score."""
    reading, writing, private = results_of, results_json.homework, dict[int, float]()

    def peeking(session: Session, **options: Any) -> Any:
        private.update(dict(_peek(session, select(PrivateScore.submission_id, PrivateScore.score))))
        return reading(session, **options)

    def leaking(*parts: Any, **options: Any) -> Any:
        shown = writing(*parts, **options)
        best = max(shown["files"], key=lambda each: private.get(each["id"], 0.0), default=None)
        return shown | {"files": [each | {"is_final": each is best} for each in shown["files"]]}

    patch.setattr(own_results, "results_of", peeking)
    patch.setattr(results_json, "homework", leaking)


def sum_with_sealed_points(patch: pytest.MonkeyPatch) -> None:
    """My points hold the private half of homeworks that are not revealed."""
    patch.setattr(own_points, "is_revealed", lambda competition, now: True)


def rounding_that_tells_the_sealed_half(patch: pytest.MonkeyPatch) -> None:
    """What is earned is the public half, with the private one in digits that hardly show."""
    original = grades_json.points

    def leaking(course: str, row: PointsNow) -> Any:
        shown = original(course, row)
        earned = shown["earned"] + private_points.get(row.student.student.user_id, 0.0) / 10**6
        return shown | {"earned": earned}

    private_points: dict[int, float] = {}

    def peeking(session: Session, **options: Any) -> Any:
        rows = open_rows(session, **options)
        connection = session.connection()
        connection.info["private"] = True
        sealed = sealed_rows(session, rows, competition_ids=[each.id for each in rows.competitions])
        connection.info["private"] = False
        for each in computed(rows, sealed).students:
            private_points[each.student.user_id] = each.total.points
        return rows

    patch.setattr(own_points, "open_rows", peeking)
    patch.setattr(grades_json, "points", leaking)


def most_of_what_is_really_sealed(patch: pytest.MonkeyPatch) -> None:
    """What a reveal may add at the most is what it will add."""
    original = points_now_of.points_now

    def leaking(points: Any, **options: Any) -> Any:
        row = original(points, **options)
        (real,) = true_points
        return row and replace(row, sealed_most=real.total.points - row.student.total.points)

    true_points: list[Any] = []

    def peeking(session: Session, **options: Any) -> Any:
        rows = open_rows(session, **options)
        connection = session.connection()
        connection.info["private"] = True
        sealed = sealed_rows(session, rows, competition_ids=[each.id for each in rows.competitions])
        connection.info["private"] = False
        true_points[:] = computed(rows, sealed).students
        return rows

    patch.setattr(own_points, "open_rows", peeking)
    patch.setattr(own_points, "points_now", leaking)


def points_kept_whoever_looks(patch: pytest.MonkeyPatch) -> None:
    """A student's points are kept once they were computed, and staff look at them first."""
    original = own_points.points_of_student
    cache: dict[tuple[int, int], Any] = {}

    async def leaking(db: Any, results: Any, *, course_id: int, user_id: int, **options: Any) -> Any:
        key = (id(db), user_id)
        if key not in cache:
            cache[key] = await original(db, results, course_id=course_id, user_id=user_id, **options)
        return cache[key]

    for module in (own_results, results_page):
        patch.setattr(module, "points_of_student", leaking)


def course_points_for_students(patch: pytest.MonkeyPatch) -> None:
    """The points of the whole course are handed to whoever is in it, with the private half."""

    def leaking(session: Session, *, slug: str, user: Any) -> Any:
        return replace(courses.membership(session, slug=slug, user=user), rights=ALL_RIGHTS)

    patch.setattr(courses, "as_staff", leaking)


def next_tier_by_private_rank(patch: pytest.MonkeyPatch) -> None:
    """Which tier is told to be next follows from the private rank."""
    original = points_now_of._Ways._next_tier
    reading = open_rows
    private: dict[int, int] = {}

    def peeking(session: Session, **options: Any) -> Any:
        rows = reading(session, **options)
        query = select(PrivateStanding.team_id, PrivateStanding.score)
        scores = dict(_peek(session, query))
        private.update(
            {team: sum(other > score for other in scores.values()) for team, score in scores.items()}
        )
        private[0] = sum(private.get(team, 0) for of in rows.teams.values() for team in of.values())
        return rows

    def leaking(ways: Any) -> Any:
        tiers = ways._homework.tiers
        return tiers[private[0] % len(tiers)] if tiers else original(ways)

    patch.setattr(own_points, "open_rows", peeking)
    patch.setattr(points_now_of._Ways, "_next_tier", leaking)


def kaggles_board_of_the_wrong_split(patch: pytest.MonkeyPatch) -> None:
    """Kaggle's client is shown the private board, by a way that asks nobody whether it is open."""

    async def leaking(request: Any, access: Any, split: Any, now: datetime) -> CachedBoard:
        cache: boards.BoardCache = request.app.state.boards
        return await cache.board(access.competition.id, "private", audience=access.audience)

    patch.setattr(kaggle_boards, "visible_board", leaking)


def kaggles_private_score_before_the_reveal(patch: pytest.MonkeyPatch) -> None:
    """Kaggle's client gets the private score of one's own files as soon as they have one."""
    listing, writing, private = submissions_json.submission_list, kaggle_json.submission, dict[int, float]()

    def peeking(session: Session, rows: list[Submission], **options: Any) -> list[Any]:
        private.update(dict(_peek(session, select(PrivateScore.submission_id, PrivateScore.score))))
        return listing(session, rows, **options)

    def leaking(row: Any, **options: Any) -> Any:
        return writing(row, **options) | {"privateScore": str(private.get(row["id"], ""))}

    patch.setattr(submissions_json, "submission_list", peeking)
    patch.setattr(kaggle_json, "submission", leaking)


def validator_of_private_scores(patch: pytest.MonkeyPatch) -> None:
    """What names an answer of the API follows from private scores that the answer does not have."""
    original = answers._unless_known

    def leaking(request: Any, answer: Any) -> Any:
        total = select(func.sum(PrivateScore.score))
        scores = request.app.state.db.read(lambda session: session.scalar(total), private=True)
        tag = etags.strong(bytes(answer.body) + repr(scores).encode())
        patch.setattr(answer, "etag", lambda: tag)
        return original(request, answer)

    patch.setattr(answers, "_unless_known", leaking)


LEAKS: list[Plant] = [
    validator_of_private_scores,
    board_sorted_by_private_score,
    rank_of_the_private_board,
    etag_of_private_scores,
    private_score_in_the_submission,
    message_that_quotes_a_label,
    cache_shared_by_staff_and_students,
    export_without_a_check,
    reveal_at_the_deadline,
    list_sorted_by_private_score,
    advice_from_private_scores,
    decimals_from_private_scores,
    moves_of_private_ranks,
    comparison_on_all_rows,
    results_before_the_reveal,
    final_place_before_the_reveal,
    results_marked_by_private_score,
    sum_with_sealed_points,
    rounding_that_tells_the_sealed_half,
    most_of_what_is_really_sealed,
    points_kept_whoever_looks,
    course_points_for_students,
    next_tier_by_private_rank,
    kaggles_board_of_the_wrong_split,
    kaggles_private_score_before_the_reveal,
]
