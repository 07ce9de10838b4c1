"""What a person has in the homeworks of a course, as pages show it: to staff, and to the person."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from typing_extensions import TypedDict

from grader.messages import Message, counted
from server.clock import iso
from server.domain.competitions import access as competitions
from server.domain.competitions import placeholders
from server.domain.grades.earned.split_grade import SplitGrade
from server.domain.grades.private_results import FinalPlace, PrivateResult
from server.domain.grades.results import AllowanceInForce, BoardPlace, PersonResult, SentFile
from server.models import SubmissionState
from server.serializers.grades import PointsJson
from server.serializers.values import Day, Json, Time, rounded

ON_PUBLIC = Message("Counts on the public board: the best public score of the files in time.")
ON_PRIVATE_SELECTED = Message("Counts on the private board: the best of the final selections.")
WITHOUT_SCORE = {
    SubmissionState.RECEIVED: Message("Being scored."),
    SubmissionState.INVALID: Message("Invalid: it has no score and cost no slot."),
    SubmissionState.FAILED: Message("Failed by our fault: it has no score and cost no slot."),
}


class SplitResultJson(TypedDict):
    """Where a person's team stands on one board, and the points there; null without a standing."""

    rank: int | None
    teams: int | None
    score: float | None
    tiers: list[str]
    points: float


class GivenAllowanceJson(TypedDict):
    """An extension or a grant in force; the reason is told to whom it is for, and to the team's members."""

    deadline_at: Time | None
    extra_slots: int | None
    course_day: Day | None
    reason: str
    given_by: str
    created_at: Time


class FileResultJson(TypedDict):
    """A file of the person's team; counts: where it counts and why, in sentences."""

    id: int
    file_name: str
    note: str
    via: str | None
    received_at: Time
    submitted_by: str
    state: str
    is_late: bool
    is_practice: bool
    is_trial: bool
    is_excluded: bool
    is_final: bool
    public_score: float | None
    private_score: float | None
    counts: list[str]


class TeamNumberJson(TypedDict):
    """A team, or a person, by number and name."""

    id: int
    name: str


class HomeworkResultJson(TypedDict):
    """What a person has in one homework; `private` is null until it may be seen."""

    slug: str
    title: str
    zone: str
    state: str
    is_archived: bool
    is_revealed: bool
    deadline_at: Time
    is_extended: bool
    reveal_at: Time
    decimals: int
    team: TeamNumberJson | None
    members: list[TeamNumberJson]
    tiers: list[str]
    public: SplitResultJson
    private: SplitResultJson | None
    points: float
    most: float
    allowances: list[GivenAllowanceJson]
    files: list[FileResultJson]
    late: int


class CourseResultsJson(TypedDict):
    """All that a person has in a course; points: null for whoever is no student of it."""

    course: str
    homeworks: list[HomeworkResultJson]
    points: PointsJson | None


def homework(
    result: PersonResult,
    private: PrivateResult | None,
    *,
    exclusions: Mapping[int, str],
    reader_ids: Collection[int] | None,
    now: datetime,
) -> HomeworkResultJson:
    """One homework of a person. private: None where it may not be seen.

    exclusions: the reason of each excluded submission. reader_ids: whose allowances are told with their
    reasons, which are private to a team mate; None for staff, who read all of them.
    """
    row = result.competition
    grade = result.grade
    points = grade.points + (private.grade.points if private is not None else 0.0)
    return {
        "slug": row.slug,
        "title": row.title,
        "zone": row.reset_zone,
        "state": competitions.state_of(row, result.terms, now).value,
        "is_archived": row.archived_at is not None,
        "is_revealed": competitions.is_revealed(row, now),
        "deadline_at": iso(result.terms.deadline_at),
        "is_extended": result.terms.is_extended,
        "reveal_at": iso(row.reveal_at),
        "decimals": result.decimals,
        "team": None if result.team is None else {"id": result.team.id, "name": result.team.name},
        "members": [{"id": user.id, "name": user.display_name} for user in result.members],
        "tiers": [tier.name for tier in result.tiers],
        "public": _split(result.place, grade, result.decimals),
        "private": None if private is None else _split(private.place, private.grade, result.decimals),
        "points": points,
        "most": sum(
            tier.points_public + (tier.points_private if private is not None else 0.0)
            for tier in result.tiers
        ),
        "allowances": [_allowance(each, reader_ids) for each in result.allowances],
        "files": [_file(each, result, private, exclusions) for each in result.files],
        "late": sum(each.submission.is_late for each in result.files),
    }


def final_place(row: FinalPlace, decimals: int) -> Json:
    """Where a student's team ended in a revealed homework, for the first page."""
    return {
        "rank": row.place.rank,
        "teams": row.place.teams,
        "score": rounded(row.place.score, decimals),
        "tiers": list(row.tiers),
        "submission_id": row.place.submission_id,
        "file_name": row.file_name,
    }


def _split(place: BoardPlace | None, grade: SplitGrade, decimals: int) -> SplitResultJson:
    return {
        "rank": None if place is None else place.rank,
        "teams": None if place is None else place.teams,
        "score": None if place is None else rounded(place.score, decimals),
        "tiers": list(grade.tiers),
        "points": grade.points,
    }


def _allowance(each: AllowanceInForce, reader_ids: Collection[int] | None) -> GivenAllowanceJson:
    row = each.allowance
    is_told = reader_ids is None or row.user_id is None or row.user_id in reader_ids
    return {
        "deadline_at": None if row.deadline_at is None else iso(row.deadline_at),
        "extra_slots": row.extra_slots,
        "course_day": None if row.course_day is None else row.course_day.isoformat(),
        "reason": row.reason if is_told else "",
        "given_by": each.given_by or Message("command line"),
        "created_at": iso(row.created_at),
    }


def _file(
    each: SentFile, result: PersonResult, private: PrivateResult | None, exclusions: Mapping[int, str]
) -> FileResultJson:
    row = each.submission
    private_score = None if private is None else private.scores.get(row.id)
    return {
        "id": row.id,
        "file_name": row.file_name,
        "note": row.note,
        "via": row.via,
        "received_at": iso(row.received_at),
        "submitted_by": each.submitted_by,
        "state": row.state.value,
        "is_late": row.is_late,
        "is_practice": row.is_practice,
        "is_trial": each.is_trial,
        "is_excluded": row.excluded_at is not None,
        "is_final": row.is_final,
        "public_score": rounded(each.public_score, result.decimals),
        "private_score": rounded(private_score, result.decimals),
        "counts": list(_counts(each, result, private)) or list(_counts_nowhere(each, exclusions)),
    }


def _counts(each: SentFile, result: PersonResult, private: PrivateResult | None) -> Iterator[str]:
    """Where the file counts, and why."""
    number = each.submission.id
    if result.place is not None and result.place.submission_id == number:
        yield ON_PUBLIC
    if private is not None and private.place is not None and private.place.submission_id == number:
        yield _why_on_private(each, result)
    if each.lateness.days and result.grade.submission_id == number:
        yield counted(
            "Counts for the public points: {count} day late, {share} of them are left.",
            "Counts for the public points: {count} days late, {share} of them are left.",
            each.lateness.days,
            share=_percent(each.lateness.share),
        )
    if each.lateness.days and private is not None and private.grade.submission_id == number:
        yield counted(
            "Counts for the private points: {count} day late, {share} of them are left.",
            "Counts for the private points: {count} days late, {share} of them are left.",
            each.lateness.days,
            share=_percent(each.lateness.share),
        )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _why_on_private(each: SentFile, result: PersonResult) -> str:
    if each.submission.is_final:
        return ON_PRIVATE_SELECTED
    return Message(
        "Counts on the private board: nothing was selected, so {unselected} counts.",
        unselected=placeholders.unselected(result.competition),
    )


def _counts_nowhere(each: SentFile, exclusions: Mapping[int, str]) -> Iterator[str]:
    """Why a file counts nowhere, where there is more to say than that another is better."""
    row = each.submission
    if row.excluded_at is not None:
        yield Message("Excluded by the staff: {reason}", reason=exclusions.get(row.id, ""))
    elif row.state in WITHOUT_SCORE:
        yield WITHOUT_SCORE[row.state]
    elif each.is_trial:
        yield Message("A trial: scored, on no board.")
    elif row.is_practice:
        yield Message("Practice: scored, counts nowhere.")
    elif row.is_late:
        yield counted(
            "Late by {count} day: on no board.", "Late by {count} days: on no board.", each.lateness.days
        )
