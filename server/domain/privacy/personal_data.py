"""What the installation knows of one person, for themselves: no private score too early."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.clock import iso
from server.database.database import Base
from server.domain.audit.names import person
from server.domain.boards import leaderboard
from server.domain.privacy import (
    code_data,
    credentials_data,
    grades_data,
    notices_data,
    questions_data,
    staff_data,
)
from server.models import (
    Allowance,
    ApiToken,
    AuditEntry,
    Competition,
    Course,
    Invitation,
    Mail,
    Member,
    PrivateScore,
    PublicScore,
    StaffNote,
    Submission,
    Team,
    TeamMember,
    User,
)

Json = dict[str, Any]


def data_of(session: Session, *, user: User, now: datetime) -> Json:
    """Account, courses, teams, submissions with public scores, and all else that names the person.

    Secrets are not in it: the installation knows their hashes alone.
    """
    return {
        "made_at": iso(now),
        "account": {
            "username": user.username,
            "display_name": user.display_name,
            "email": user.email,
            "is_admin": user.is_admin,
            "is_active": user.is_active,
            "wants_mail": user.wants_mail,
            "language": user.language,
            "zone": user.zone,
            "has_password": user.password_hash is not None,
            "password_is_initial": user.password_is_initial,
            "created_at": iso(user.created_at),
            "last_seen_at": None if user.last_seen_at is None else iso(user.last_seen_at),
        },
        "courses": _courses(session, user),
        "teams": _teams(session, user),
        "submissions": _submissions(session, user, now),
        "code": code_data.versions(session, user),
        "invitations": _invitations(session, user),
        "allowances": _allowances(session, user),
        "items": grades_data.items(session, user),
        "adjustments": grades_data.adjustments(session, user),
        "gradebook_keys": grades_data.gradebook_keys(session, user),
        "platform_scores": grades_data.platform_scores(session, user),
        **credentials_data.credentials(session, user),
        "questions": questions_data.questions(session, user),
        "replies": questions_data.replies(session, user),
        "announcements": staff_data.announcements(session, user),
        "draft_steps": staff_data.draft_steps(session, user),
        "mails": _mails(session, user),
        "notices": notices_data.notices_of(session, user),
        "notice_choices": notices_data.choices_of(session, user),
        "audit": _acts(session, user),
    }


def with_private_scores(session: Session, data: Json, *, now: datetime) -> Json:
    """The same with the private scores of revealed competitions; the session may see them."""
    ids = [each["id"] for each in data["submissions"] if each["is_revealed"]]
    scores: dict[int, float] = {}
    for start in range(0, len(ids), 500):
        rows = session.execute(
            select(PrivateScore.submission_id, PrivateScore.score)
            .join(Submission, Submission.id == PrivateScore.submission_id)
            .join(Competition, Competition.id == Submission.competition_id)
            .where(
                PrivateScore.submission_id.in_(ids[start : start + 500]),
                PrivateScore.answer_key_id == Competition.answer_key_id,
                Competition.reveal_at <= now,
            )
        )
        scores |= dict(rows.all())
    submissions = [
        each | ({"private_score": _shown(scores[each["id"]], each)} if each["id"] in scores else {})
        for each in data["submissions"]
    ]
    return data | {"submissions": submissions}


def with_notes(session: Session, data: Json, *, user: User) -> Json:
    """The same with what staff have noted about the person, for an admin to read before it is handed out.

    Not for the person's own page: a note may tell what is sealed until a reveal.
    """
    rows = session.execute(
        select(StaffNote, Course.slug)
        .join(Course, Course.id == StaffNote.course_id)
        .where(StaffNote.user_id == user.id)
        .order_by(StaffNote.id)
    )
    notes = [{"course": slug, "body": row.body, "created_at": iso(row.created_at)} for row, slug in rows]
    return data | {"notes": notes}


def _shown(score: float | None, submission: Json) -> float | None:
    """A score with the decimals of its competition: more would tell of single rows."""
    return None if score is None else round(score, submission["decimals"])


def counts(session: Session, *, user: User) -> dict[str, int]:
    """How much there is of the person, for whoever is about to delete it."""

    def how_many(table: type[Base], column: InstrumentedAttribute[int]) -> int:
        return session.scalar(select(func.count()).select_from(table).where(column == user.id)) or 0

    return {
        "submissions": how_many(Submission, Submission.submitted_by),
        "teams": how_many(TeamMember, TeamMember.user_id),
        "mails": how_many(Mail, Mail.user_id),
        "tokens": how_many(ApiToken, ApiToken.user_id),
    }


def has_revealed(data: Json) -> bool:
    """Whether some of the submissions are of a competition that is revealed."""
    return any(each["is_revealed"] for each in data["submissions"])


def _courses(session: Session, user: User) -> list[Json]:
    rows = session.execute(
        select(Member, Course).join(Course, Course.id == Member.course_id).where(Member.user_id == user.id)
    )
    withheld = staff_data.withheld_rights(session, user)
    return [
        {
            "course": course.slug,
            "title": course.title,
            "role": member.role.value,
            "student_number": member.student_number,
            "department": member.department,
            "section": member.section,
            "is_active": member.is_active,
            "withheld_rights": withheld.get(course.id, []),
        }
        for member, course in rows
    ]


def _teams(session: Session, user: User) -> list[Json]:
    rows = session.execute(
        select(Team.id, Team.name, Team.pseudonym, Competition.slug, Team.created_at)
        .outerjoin(TeamMember, TeamMember.team_id == Team.id)
        .join(Competition, Competition.id == Team.competition_id)
        .where(or_(TeamMember.user_id == user.id, Team.trial_of == user.id))
        .order_by(Team.id)
    )
    return [
        {
            "id": row.id,
            "name": row.name,
            "pseudonym": row.pseudonym,
            "competition": row.slug,
            "created_at": iso(row.created_at),
        }
        for row in rows
    ]


def _submissions(session: Session, user: User, now: datetime) -> list[Json]:
    rows = session.execute(
        select(Submission, Competition, PublicScore.score)
        .join(Competition, Competition.id == Submission.competition_id)
        .outerjoin(
            PublicScore,
            (PublicScore.submission_id == Submission.id)
            & (PublicScore.answer_key_id == Competition.answer_key_id),
        )
        .where(Submission.submitted_by == user.id)
        .order_by(Submission.id)
    ).all()
    decimals = {row.id: leaderboard.shown(session, row) for _, row, _ in rows}
    submissions = [_submission(row, of, now) | {"decimals": decimals[of.id]} for row, of, _ in rows]
    return [
        each | {"public_score": _shown(score, each)}
        for each, (_, _, score) in zip(submissions, rows, strict=True)
    ]


def _submission(row: Submission, of: Competition, now: datetime) -> Json:
    return {
        "id": row.id,
        "competition": of.slug,
        "team_id": row.team_id,
        "received_at": iso(row.received_at),
        "course_day": row.course_day.isoformat(),
        "file_name": row.file_name,
        "note": row.note,
        "origin": row.origin,
        "via": row.via,
        "size": row.size,
        "sha256": row.sha256,
        "state": row.state.value,
        "is_late": row.is_late,
        "is_practice": row.is_practice,
        "is_excluded": row.excluded_at is not None,
        "is_final": row.is_final,
        "problems": row.problems,
        "is_revealed": now >= of.reveal_at,
    }


def _invitations(session: Session, user: User) -> list[Json]:
    rows = session.execute(
        select(Invitation, Competition.slug)
        .join(Competition, Competition.id == Invitation.competition_id)
        .where((Invitation.user_id == user.id) | (Invitation.invited_by == user.id))
        .order_by(Invitation.id)
    )
    return [
        {
            "competition": slug,
            "was": "sent" if row.invited_by == user.id else "received",
            "state": row.state.value,
            "created_at": iso(row.created_at),
        }
        for row, slug in rows
    ]


def _allowances(session: Session, user: User) -> list[Json]:
    rows = session.execute(
        select(Allowance, Competition.slug)
        .join(Competition, Competition.id == Allowance.competition_id)
        .where(Allowance.user_id == user.id)
        .order_by(Allowance.id)
    )
    return [
        {
            "competition": slug,
            "extra_slots": row.extra_slots,
            "deadline_at": None if row.deadline_at is None else iso(row.deadline_at),
            "reason": row.reason,
            "created_at": iso(row.created_at),
        }
        for row, slug in rows
    ]


def _mails(session: Session, user: User) -> list[Json]:
    rows = session.scalars(select(Mail).where(Mail.user_id == user.id).order_by(Mail.id))
    return [
        {
            "address": row.address,
            "subject": row.subject,
            "body": row.body,
            "created_at": iso(row.created_at),
            "sent_at": None if row.sent_at is None else iso(row.sent_at),
        }
        for row in rows
    ]


def _acts(session: Session, user: User) -> list[Json]:
    """Acts of the person, and acts on their account; what was told of others stays out."""
    rows = session.scalars(
        select(AuditEntry)
        .where((AuditEntry.by == user.id) | (AuditEntry.subject == person(user.id)))
        .order_by(AuditEntry.id)
    )
    return [
        {"at": iso(row.at), "act": row.act, "was_mine": row.by == user.id, "reason": row.reason}
        for row in rows
    ]
