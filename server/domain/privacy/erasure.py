"""Erasure: a person's data are deleted on request, and the boards stay what they were.

What names the person is replaced by a pseudonym or removed; what others' results rest on stays: submissions
with their scores and times, the team they were made for, and when code was handed in. The files themselves
go, where nobody else has sent the same. The audit trail cannot be changed, and need not be: it calls people
by their numbers.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.boards import standings
from server.domain.errors import Conflict
from server.domain.files import file_uses
from server.domain.people.accounts import accounts, tries
from server.domain.texts.letters import name_key
from server.models import (
    AddressChange,
    Allowance,
    ApiToken,
    BoardSnapshot,
    CodeVersion,
    GradeAdjustment,
    GradebookPartner,
    HalfSignIn,
    IdentityOffer,
    Invitation,
    ItemPoints,
    KaggleUpload,
    LinkedIdentity,
    LtiMember,
    LtiScore,
    Mail,
    Member,
    Notice,
    NoticeChoice,
    PasswordLink,
    PrivateExport,
    PrivateSnapshot,
    Question,
    RecoveryCode,
    Reply,
    Rescore,
    RescoreState,
    Role,
    SecondFactor,
    SignOnTicket,
    StaffNote,
    Submission,
    SubmissionState,
    Team,
    TeamMember,
    TokenKind,
    User,
    WebSession,
)

FILE_NAME, CODE_NAME = "deleted.csv", "deleted"
CREDENTIALS = (ApiToken, WebSession, PasswordLink, AddressChange)
SIGN_ON = (LinkedIdentity, IdentityOffer, SignOnTicket, SecondFactor, RecoveryCode, HalfSignIn)


@dataclass(frozen=True)
class ErasedPerson:
    """What became of a person: their pseudonym, and how many submissions stay.

    files: those that nothing else refers to, to be removed once this is committed.
    """

    user_id: int
    pseudonym: str
    submissions: int
    files: tuple[str, ...]
    shared_files: int


def erase(session: Session, *, user: User, reason: str, by: Actor, now: datetime) -> ErasedPerson:
    """Delete what the installation knows of `user`; `by` is an admin, None the command line.

    Raises Invalid without a reason; Conflict for oneself, the last admin, whoever owns a worker's token, a
    person already erased, and while one of their files is being graded. Needs a session that may see private
    tables. The reason stands in the audit trail for good, so it must not name the person.
    """
    reason = reasons.required(reason)
    session.execute(select(User.id).where(User.id == user.id).with_for_update())
    _require_erasable(session, user, by)
    name = _pseudonym(session, user)
    hashes = set(session.scalars(select(Submission.sha256).where(Submission.submitted_by == user.id)))
    hashes |= set(session.scalars(select(CodeVersion.sha256).where(CodeVersion.handed_in_by == user.id)))
    hashes |= _dropped_exports(session, user)
    count = session.scalar(
        select(func.count()).select_from(Submission).where(Submission.submitted_by == user.id)
    )
    _rename_teams(session, user, name)
    _clear_rows(session, user)
    _clear_user(session, user, name)
    act = audit.Act(
        file_uses.ERASED,
        person(user.id),
        reason=reason,
        after={"submissions": count or 0, "files": len(hashes)},
    )
    audit.record(session, act, by=by, now=now)
    session.flush()
    used = file_uses.in_use(session, hashes)
    return ErasedPerson(user.id, name, count or 0, tuple(sorted(hashes - used)), len(used))


def _dropped_exports(session: Session, user: User) -> set[str]:
    """Remove the exports of courses that the person is or was a student of; the hashes of their files."""
    courses = select(Member.course_id).where(Member.user_id == user.id, Member.role == Role.STUDENT)
    exports = delete(PrivateExport).where(PrivateExport.course_id.in_(courses))
    return set(session.scalars(exports.returning(PrivateExport.sha256)))


def _require_erasable(session: Session, user: User, by: Actor) -> None:
    if user.id in file_uses.erased_ids(session):
        raise Conflict(
            Message("The data of {display_name} were deleted before.", display_name=user.display_name)
        )
    if by.user_id == user.id:
        raise Conflict(
            Message("Another admin has to delete your data: you could not sign in to see that it is done.")
        )
    admins = select(func.count()).select_from(User).where(User.is_admin, User.is_active, User.id != user.id)
    if user.is_admin and not session.scalar(admins):
        raise Conflict(
            Message("This is the only admin. Make another with `splitboard user add --admin` first.")
        )
    works = exists().where(
        ApiToken.user_id == user.id, ApiToken.kind == TokenKind.WORKER, ApiToken.revoked_at.is_(None)
    )
    if session.scalar(select(works)):
        raise Conflict(
            Message("Workers use tokens of this account, so its data stay. Revoke those tokens first.")
        )
    _require_settled(session, user)


def _require_settled(session: Session, user: User) -> None:
    """Raise Conflict while a file of the user is wanted by a grader."""
    waiting = exists().where(Submission.submitted_by == user.id, Submission.state == SubmissionState.RECEIVED)
    if session.scalar(select(waiting)):
        raise Conflict(Message("A file of this person is being scored. Try again in a minute."))
    rescored = exists().where(
        Submission.submitted_by == user.id,
        Submission.competition_id == Rescore.competition_id,
        Rescore.state == RescoreState.GRADING,
    )
    if session.scalar(select(rescored)):
        raise Conflict(Message("A rescore is grading files of this person. Try again when it is ready."))


def _pseudonym(session: Session, user: User) -> str:
    kind = "person" if accounts.is_more_than_student(session, user) else "student"
    return f"Deleted {kind} {user.id}"


def _rename_teams(session: Session, user: User, name: str) -> None:
    """Give the pseudonym to teams of theirs alone, a number to one of several that bears their name.

    So it stands on the boards of now and on those that were kept at the deadline.
    """
    own = select(TeamMember.team_id).where(TeamMember.user_id == user.id)
    sizes = select(TeamMember.team_id, func.count().label("members")).group_by(TeamMember.team_id).subquery()
    rows = session.execute(
        select(Team, sizes.c.members)
        .join(sizes, sizes.c.team_id == Team.id)
        .where(Team.id.in_(own))
        .order_by(Team.id)
    ).all()
    known_as = {name_key(user.display_name), name_key(user.username)}
    for team, members in rows:
        if members == 1 or name_key(team.name) in known_as:
            _rename(session, team, name if members == 1 else f"Team {team.id}")
    for trial in session.scalars(select(Team).where(Team.trial_of == user.id)):
        _rename(session, trial, name)
    competition_ids = {team.competition_id for team, _ in rows}
    merged = select(Team).where(Team.competition_id.in_(competition_ids), Team.merged_into.is_not(None))
    for team in session.scalars(merged):  # kept rows of teams that came into another
        if name_key(team.name) in known_as:
            _rename(session, team, name)


def _rename(session: Session, team: Team, name: str) -> None:
    team.name = name
    snapshots: list[BoardSnapshot | PrivateSnapshot | None] = [
        session.get(BoardSnapshot, team.competition_id),
        session.get(PrivateSnapshot, team.competition_id),
    ]
    for snapshot in snapshots:
        if snapshot is not None:
            snapshot.rows = [
                row | ({"team": name} if row["team_id"] == team.id else {}) for row in snapshot.rows
            ]
    session.flush()
    standings.new_revision(session, team.competition_id, team_ids=())


def _clear_rows(session: Session, user: User) -> None:
    """Remove what only served the person, and empty what others' results rest on."""
    subjects = select(LinkedIdentity.subject).where(LinkedIdentity.user_id == user.id)
    session.execute(delete(LtiMember).where((LtiMember.user_id == user.id) | LtiMember.subject.in_(subjects)))
    own = (Mail, StaffNote, Notice, NoticeChoice, LtiScore, KaggleUpload)
    for table in (*own, *CREDENTIALS, *SIGN_ON, ItemPoints, GradeAdjustment, GradebookPartner):
        session.execute(delete(table).where(table.user_id == user.id))
    own_questions = select(Question.id).where(Question.asked_by == user.id)
    session.execute(delete(Reply).where(Reply.question_id.in_(own_questions)))
    session.execute(delete(Question).where(Question.asked_by == user.id))
    session.execute(
        delete(Invitation).where((Invitation.user_id == user.id) | (Invitation.invited_by == user.id))
    )
    tries.forget(session, user.username_key)
    tries.forget_keys(session, [tries.of_code_files(user.id), tries.of_address_changes(user.id)])
    session.execute(update(Allowance).where(Allowance.user_id == user.id).values(reason=""))
    session.execute(
        update(Member)
        .where(Member.user_id == user.id)
        .values(is_active=False, student_number=None, department="", section="")
    )
    session.execute(
        update(Submission)
        .where(Submission.submitted_by == user.id)
        .values(file_name=FILE_NAME, idempotency_key=None, note="", origin=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(CodeVersion).where(CodeVersion.handed_in_by == user.id).values(file_name=CODE_NAME)
    )


def _clear_user(session: Session, user: User, name: str) -> None:
    username = f"deleted-{user.id}"
    while session.scalar(select(User.id).where(User.username_key == username, User.id != user.id)):
        username += "-"
    session.execute(
        update(User)
        .where(User.id == user.id)
        .values(
            username=username,
            username_key=username,
            display_name=name,
            email="",
            password_hash=None,
            password_is_initial=False,
            is_admin=False,
            is_active=False,
            wants_mail=False,
            language="",
            zone="",
            last_seen_at=None,
        )
    )
