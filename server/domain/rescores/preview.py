"""What a rescore would change, and for whom, before anybody sees it.

The switch is rehearsed on copies of the tables that it changes, and boards and grades are read off them by
the functions that make the real ones. So the preview says what will be, whatever the rules of a course are.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.messages import Message, joined
from server.domain.boards import leaderboard
from server.domain.boards.leaderboard import BoardRow
from server.domain.grades import report as grades
from server.domain.grades.report import GradeRow
from server.domain.grading import answer_keys
from server.domain.rescores import switch as rescore_switch
from server.domain.texts.csv_cells import number_cell, text_cell
from server.models import (
    AnswerKeyVersion,
    Competition,
    Member,
    PrivateFailure,
    PrivateScore,
    PrivateStanding,
    PublicScore,
    Rescore,
    Standing,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    TeamMember,
    Unscored,
    User,
)

SWITCHED_TABLES = ("competitions", "standings", "private_standings")  # the tables that the switch changes
UNSCORED_MOST = 200  # submissions without a score that the preview names
HEADER = (
    "team",
    "student_number",
    "username",
    "name",
    *(
        f"{what}_{when}"
        for what in ("public_score", "public_rank", "private_score", "private_rank", "tiers", "points")
        for when in ("before", "after")
    ),
)


@dataclass(frozen=True)
class RankedScore:
    """A team on one board; None off the board, and a baseline has no rank."""

    score: float | None = None
    rank: int | None = None


@dataclass(frozen=True)
class Side:
    """One student, or a team without any, before or after the switch."""

    public: RankedScore
    private: RankedScore
    tiers: tuple[str, ...]  # as "public simple", "private boss"
    points: float | None


NOTHING = Side(RankedScore(), RankedScore(), (), None)
PersonKey = tuple[int, str]  # a team's id, and a member's user name; "" for a team without members


@dataclass(frozen=True)
class StudentChange:
    """One student of a team, or a team none of whose members is a student of the course: before and after."""

    team: str
    is_baseline: bool
    student_number: str
    username: str
    name: str
    before: Side
    after: Side

    @property
    def is_one(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after

    @property
    def ranks_differ(self) -> bool:
        """Whether a rank differs on either board."""
        pairs = ((self.before.public, self.after.public), (self.before.private, self.after.private))
        return any(old.rank != new.rank for old, new in pairs)


@dataclass(frozen=True)
class LostScore:
    """A submission that has a score now and would have none, with why: the file's problems, or our fault."""

    submission_id: int
    team: str
    why: str


@dataclass(frozen=True)
class Preview:
    """What the switch changes. `changes` holds everybody, changed or not, in the order of teams."""

    changes: list[StudentChange]
    submissions: int
    scores_differ: int
    lost: list[LostScore]
    lost_count: int

    def counts(self) -> dict[str, int]:
        """How many of what would change."""
        students = [each for each in self.changes if not each.is_baseline]
        return {
            "submissions": self.submissions,
            "scores": self.scores_differ,
            "without_score": self.lost_count,
            "students": sum(each.is_one for each in students),
            "ranks": sum(each.ranks_differ for each in students),
            "tiers": sum(each.before.tiers != each.after.tiers for each in students),
            "points": sum(each.before.points != each.after.points for each in students),
        }


def preview(session: Session, copy_tables: Callable[[], None], *, rescore_id: int) -> Preview:
    """The preview of a rescore, or what it has changed when it was applied: `Database.rehearse` runs this.

    Needs a session that may see private scores. Late verdicts may still be missing of a ready rescore: those
    submissions are left out as if they had not come.
    """
    rescore = session.get_one(Rescore, rescore_id)
    competition_id = rescore.competition_id
    old, new = (session.get_one(AnswerKeyVersion, each) for each in (rescore.from_key_id, rescore.to_key_id))
    differ = _scores_differ(session, rescore)
    lost, lost_count = _lost(session, rescore)
    members = _members(session, competition_id)
    copy_tables()

    def sides_under(version: AnswerKeyVersion) -> dict[PersonKey, Side]:
        current = answer_keys.current_of(session, competition_id)
        if current.id != version.id:
            rescore_switch.set_version(session, competition_id=competition_id, before=current, after=version)
        return _sides(session, competition_id, members)

    before, after = sides_under(old), sides_under(new)
    changes = [replace(person, before=before[each], after=after[each]) for each, person in members.items()]
    return Preview(changes, *differ, lost, lost_count)


def _members(session: Session, competition_id: int) -> dict[PersonKey, StudentChange]:
    """Everybody who may have a place, with nothing said of it yet; baselines last."""
    rows = session.execute(
        select(Team, User.username, User.display_name, Member.student_number)
        .outerjoin(TeamMember, TeamMember.team_id == Team.id)
        .outerjoin(User, User.id == TeamMember.user_id)
        .outerjoin(Competition, Competition.id == Team.competition_id)
        .outerjoin(Member, (Member.user_id == User.id) & (Member.course_id == Competition.course_id))
        .where(Team.competition_id == competition_id, Team.kind != TeamKind.TRIAL)
        .order_by(Team.tier_id.is_not(None), func.lower(Team.name), Team.id, User.username)
    )
    return {
        (team.id, username or ""): StudentChange(
            team.name, team.tier_id is not None, number or "", username or "", name or "", NOTHING, NOTHING
        )
        for team, username, name, number in rows
    }


def _sides(
    session: Session, competition_id: int, members: dict[PersonKey, StudentChange]
) -> dict[PersonKey, Side]:
    """Everybody's side, as the session sees the tables now."""
    competition = session.get_one(Competition, competition_id)
    public = _places(leaderboard.board(session, competition=competition, split=Standing))
    private = _places(leaderboard.board(session, competition=competition, split=PrivateStanding))
    graded = {row.username: row for row in grades.grades_of(session, competition=competition)}
    return {
        (team_id, username): Side(
            public.get(team_id, RankedScore()),
            private.get(team_id, RankedScore()),
            _tiers(graded.get(username)),
            graded[username].points if username in graded else None,
        )
        for team_id, username in members
    }


def _places(rows: list[BoardRow]) -> dict[int, RankedScore]:
    return {row.team_id: RankedScore(row.score, row.rank) for row in rows}


def _tiers(row: GradeRow | None) -> tuple[str, ...]:
    if row is None:
        return ()
    return (
        *(Message("public {tier}", tier=tier) for tier in row.public.tiers),
        *(Message("private {tier}", tier=tier) for tier in row.private.tiers),
    )


def _scores_differ(session: Session, rescore: Rescore) -> tuple[int, int]:
    """How many submissions have a verdict under both versions, and of how many the public score differs."""
    old = select(PublicScore).where(PublicScore.answer_key_id == rescore.from_key_id).subquery()
    new = select(PublicScore).where(PublicScore.answer_key_id == rescore.to_key_id).subquery()
    both = select(func.count()).select_from(old).join(new, new.c.submission_id == old.c.submission_id)
    return session.scalar(both) or 0, session.scalar(both.where(old.c.score != new.c.score)) or 0


def _lost(session: Session, rescore: Rescore) -> tuple[list[LostScore], int]:
    version = rescore.to_key_id
    without_private = (PublicScore.answer_key_id == version) & PrivateScore.submission_id.is_(None)
    query = (
        select(Submission.id, Team.name, Unscored.problems, PrivateFailure.reason)
        .join(Team, Team.id == Submission.team_id)
        .outerjoin(Unscored, (Unscored.submission_id == Submission.id) & (Unscored.answer_key_id == version))
        .outerjoin(
            PublicScore,
            (PublicScore.submission_id == Submission.id) & (PublicScore.answer_key_id == version),
        )
        .outerjoin(
            PrivateScore,
            (PrivateScore.submission_id == Submission.id) & (PrivateScore.answer_key_id == version),
        )
        .outerjoin(PrivateFailure, PrivateFailure.submission_id == Submission.id)
        .where(
            Submission.competition_id == rescore.competition_id,
            Submission.state == SubmissionState.SCORED,
            Unscored.submission_id.is_not(None) | without_private,
        )
    )
    rows = session.execute(query.order_by(Submission.id).limit(UNSCORED_MOST))
    lost = [
        LostScore(
            submission_id,
            team,
            joined(*(each["message"] for each in problems or ())) or _our_fault(reason),
        )
        for submission_id, team, problems, reason in rows
    ]
    return lost, session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _our_fault(reason: str | None) -> Message:
    return Message("Our fault: {reason}", reason=reason or Message("see the log"))


def to_csv(changes: Iterable[StudentChange]) -> bytes:
    """Everybody before and after, changed or not, as a CSV file that spreadsheets open well."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for each in changes:
        texts = (each.team, each.student_number, each.username, each.name)
        sides = (each.before, each.after)
        cells: list[str] = []
        for split in ("public", "private"):
            cells += [number_cell(getattr(side, split).score) for side in sides]
            cells += [number_cell(getattr(side, split).rank) for side in sides]
        cells += [", ".join(side.tiers) for side in sides]
        cells += [number_cell(side.points) for side in sides]
        writer.writerow([text_cell(text) for text in texts] + cells)
    return out.getvalue().encode("utf-8-sig")
