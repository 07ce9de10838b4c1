"""A course's roster: what importing a file would change, and changing it. `roster_file.py` reads the file.

People are matched by user name, or by student number where the file has no more. Nobody is deleted: a student
who is missing from the file becomes inactive, and staff whom a file of students does not name stay. Importing
the same file again changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.boards.new_names import names_changed
from server.domain.people.accounts import secrets
from server.domain.people.accounts.accounts import username_key
from server.domain.people.roster.diff import (
    Approval,
    ChangedMember,
    FieldChange,
    RemovedStudent,
    RosterDiff,
)
from server.domain.people.roster.doubts import spoiled_numbers
from server.domain.people.roster.file import Roster, by_line
from server.domain.people.roster.known import KnownAccount, known_accounts
from server.domain.people.roster.questions import open_questions, require_settled, still_doubtful
from server.domain.people.roster.rows import RosterProblem, RosterRow, number_key
from server.domain.people.roster.strangers import without_strangers
from server.models import Course, Member, Role, User

NOTHING_APPROVED = Approval()


@dataclass(frozen=True)
class InitialPassword:
    """The password of a new account, to be handed out; it is stored nowhere."""

    username: str
    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class RosterImport:
    """What an import did, and the new accounts' passwords, which nobody can show again."""

    diff: RosterDiff
    passwords: tuple[InitialPassword, ...]


def diff(
    session: Session,
    *,
    course: Course,
    roster: Roster,
    by: Actor = COMMAND_LINE,
    approval: Approval = NOTHING_APPROVED,
) -> RosterDiff:
    """What importing `roster` into `course` would change; changes nothing itself."""
    known = known_accounts(session, course, roster.rows)
    roster = without_strangers(session, roster, known, by=by)
    return _diff(_matched(roster, known), known, approval)


def import_roster(
    session: Session,
    *,
    course: Course,
    roster: Roster,
    by: Actor,
    now: datetime,
    approval: Approval = NOTHING_APPROVED,
) -> RosterImport:
    """Make the course's members those of `roster`, and answer with what changed.

    Raises Invalid if it has problems, or does something that must be meant and that `approval` does not say.

    New people get accounts with random passwords. An existing account's name and address are corrected only
    where no other course knows the account, so that no course writes into another's.
    """
    session.execute(select(Course.id).where(Course.id == course.id).with_for_update())  # one import at a time
    known = known_accounts(session, course, roster.rows)
    roster = without_strangers(session, roster, known, by=by)
    changes = _diff(_matched(roster, known), known, approval)
    require_settled(changes)
    passwords = _create_users(session, changes.added, known, now)
    _free_numbers(session, changes.changed, known)
    for row in changes.added:
        _join(session, course, row, known)
    for changed in changes.changed:
        _correct(changed.row, known[username_key(changed.row.username)])
    for removed in changes.removed:
        member = known[username_key(removed.username)].member
        assert member is not None
        member.is_active = False
    session.flush()
    names_changed(session, course_id=course.id)
    ids = {key: each.user.id for key, each in known.items()}
    counts = {"added": len(changes.added), "changed": len(changes.changed), "removed": len(changes.removed)}
    act = audit.Act(
        "roster_imported",
        f"course {course.slug}",
        course_id=course.id,
        before=changes.for_trail("before", ids),
        after=changes.for_trail("after", ids),
        details=counts,
    )
    audit.record(session, act, by=by, now=now)
    return RosterImport(changes, passwords)


def _matched(roster: Roster, known: Mapping[str, KnownAccount]) -> Roster:
    """The roster with a member's user name where a row gave the number alone, or another address as name."""
    holders = {
        number_key(account.member.student_number): account.user.username
        for account in known.values()
        if account.member is not None and account.member.student_number is not None
    }
    listed = {username_key(row.username) for row in roster.rows}

    def matched(row: RosterRow) -> RosterRow:
        holder = holders.get(number_key(row.student_number or ""), "")
        is_new_address = "@" in row.username and username_key(row.username) not in known
        is_other = is_new_address and bool(holder) and username_key(holder) not in listed
        return replace(row, username=holder) if holder and (row.is_number_alone or is_other) else row

    return replace(roster, rows=tuple(matched(row) for row in roster.rows))


def _diff(roster: Roster, known: Mapping[str, KnownAccount], approval: Approval) -> RosterDiff:
    added, changed, unchanged = [], [], 0
    for row in roster.rows:
        account = known.get(username_key(row.username))
        if account is None or account.member is None:
            added.append(row)
        elif changes := _changes(row, account):
            changed.append(ChangedMember(row, changes))
        else:
            unchanged += 1
    listed = {username_key(row.username) for row in roster.rows}
    removed = [
        RemovedStudent(account.user.username, account.user.display_name)
        for key, account in sorted(known.items())
        if key not in listed and _is_active_student(account.member)
    ]
    doubts = spoiled_numbers(roster.rows, members=_names_and_numbers(known))
    problems = by_line([*roster.problems, *_taken_numbers(roster, known), *doubts])
    whole = RosterDiff(
        tuple(added), tuple(changed), tuple(removed), unchanged, still_doubtful(problems, approval)
    )
    active = sum(_is_active_student(account.member) for account in known.values())
    return replace(whole, questions=tuple(open_questions(whole, active=active, approval=approval)))


def _names_and_numbers(known: Mapping[str, KnownAccount]) -> Iterable[str]:
    for account in known.values():
        if account.member is not None:
            yield account.user.username
            if account.member.student_number is not None:
                yield account.member.student_number


def _is_active_student(member: Member | None) -> bool:
    return member is not None and member.is_active and member.role is Role.STUDENT


def _changes(row: RosterRow, account: KnownAccount) -> tuple[FieldChange, ...]:
    changes = [
        FieldChange(name, before, after)
        for name, before, after in _facts(row, account)
        if after is not None and before != after
    ]
    if account.member is not None and not account.member.is_active:
        changes.append(FieldChange("active", "no", "yes"))
    return tuple(changes)


def _facts(row: RosterRow, account: KnownAccount) -> Iterable[tuple[str, str, str | None]]:
    user, member = account.user, account.member
    assert member is not None
    if account.is_ours:
        yield "name", user.display_name, row.name
        yield "email", user.email, row.email
    number = member.student_number or ""
    same = row.student_number is not None and number_key(row.student_number) == number_key(number)
    yield "student_number", number, None if same else row.student_number
    yield "department", member.department, row.department
    yield "section", member.section, row.section
    yield "role", member.role.value, row.role.value if row.role else None


def _taken_numbers(roster: Roster, known: Mapping[str, KnownAccount]) -> Iterable[RosterProblem]:
    listed = {username_key(row.username) for row in roster.rows if row.student_number is not None}
    holders = {
        number_key(account.member.student_number): key
        for key, account in known.items()
        if account.member is not None and account.member.student_number is not None and key not in listed
    }
    for row in roster.rows:
        holder = holders.get(number_key(row.student_number)) if row.student_number is not None else None
        if holder is not None:
            yield RosterProblem(
                row.line,
                Message(
                    "The student number '{student_number}' is that of '{username}' in this course. List them "
                    "under that user name, or correct the number.",
                    student_number=row.student_number,
                    username=known[holder].user.username,
                ),
            )


def _create_users(
    session: Session, added: Iterable[RosterRow], known: dict[str, KnownAccount], now: datetime
) -> tuple[InitialPassword, ...]:
    passwords = []
    for row in added:
        key = username_key(row.username)
        if key in known:
            continue
        password = secrets.new_initial_password()
        user = User(
            username=row.username,
            username_key=key,
            display_name=row.name or row.username,
            email=row.email or "",
            password_hash=secrets.hash_initial_password(password),
            password_is_initial=True,
            created_at=now,
        )
        session.add(user)
        known[key] = KnownAccount(user, None, True)
        passwords.append(InitialPassword(user.username, user.display_name, password))
    session.flush()
    return tuple(passwords)


def _free_numbers(
    session: Session, changed: Iterable[ChangedMember], known: Mapping[str, KnownAccount]
) -> None:
    """Take away the numbers that will change, so that students may swap theirs under the constraint."""
    for each in changed:
        member = known[username_key(each.row.username)].member
        if member is not None and any(change.field == "student_number" for change in each.changes):
            member.student_number = None
    session.flush()


def _join(session: Session, course: Course, row: RosterRow, known: Mapping[str, KnownAccount]) -> None:
    session.add(
        Member(
            course_id=course.id,
            user_id=known[username_key(row.username)].user.id,
            role=row.role or Role.STUDENT,
            student_number=row.student_number,
            department=row.department or "",
            section=row.section or "",
        )
    )


def _correct(row: RosterRow, account: KnownAccount) -> None:
    assert account.member is not None
    account.member.is_active = True
    for name, _, after in _changes(row, account):
        match name:
            case "name":
                account.user.display_name = after
            case "role":
                account.member.role = Role(after)
            case "email":
                account.user.email = after
            case "student_number" | "department" | "section":
                setattr(account.member, name, after)
