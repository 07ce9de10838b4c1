"""A course's roster: what importing a file would change, and changing it. `roster_file.py` reads the file.

People are matched by user name, or by student number where the file has no more. Nobody is deleted: a student
who is missing from the file becomes inactive, and staff whom a file of students does not name stay. Importing
the same file again changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Invalid
from server.domain.people import secrets as security
from server.domain.people.accounts import username_key
from server.domain.people.roster_diff import Change, Changed, Removed, RosterDiff
from server.domain.people.roster_file import Roster, RosterProblem, RosterRow, number_key
from server.models import Course, Member, Role, User

ASKED_AT_ONCE = 500  # user names in one query; SQLite's limit on variables is higher


@dataclass(frozen=True)
class InitialPassword:
    """The password of a new account, to be handed out; it is stored nowhere."""

    username: str
    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Imported:
    """What an import did, and the new accounts' passwords, which nobody can show again."""

    diff: RosterDiff
    passwords: tuple[InitialPassword, ...]


class _Known(NamedTuple):
    user: User
    member: Member | None
    is_ours: bool  # known to no other course, so that this one may correct name and address


def diff(session: Session, *, course: Course, roster: Roster) -> RosterDiff:
    """What importing `roster` into `course` would change; changes nothing itself."""
    known = _known(session, course, roster.rows)
    return _diff(_matched(roster, known), known)


def import_roster(session: Session, *, course: Course, roster: Roster, by: Actor, now: datetime) -> Imported:
    """Make the course's members those of `roster`, and answer with what changed. Invalid if it has problems.

    New people get accounts with random passwords. An existing account's name and address are corrected only
    where no other course knows the account, so that no course writes into another's.
    """
    session.execute(select(Course.id).where(Course.id == course.id).with_for_update())  # one import at a time
    known = _known(session, course, roster.rows)
    found = _diff(_matched(roster, known), known)
    if found.problems:
        raise Invalid(
            _report(found.problems), details={"problems": [_as_dict(each) for each in found.problems]}
        )
    passwords = _create_users(session, found.added, known, now)
    _free_numbers(session, found.changed, known)
    for row in found.added:
        _join(session, course, row, known)
    for changed in found.changed:
        _correct(changed.row, known[username_key(changed.row.username)])
    for removed in found.removed:
        member = known[username_key(removed.username)].member
        assert member is not None
        member.is_active = False
    session.flush()
    ids = {key: each.user.id for key, each in known.items()}
    counts = {"added": len(found.added), "changed": len(found.changed), "removed": len(found.removed)}
    act = audit.Act(
        "roster_imported",
        f"course {course.slug}",
        course_id=course.id,
        before=found.told("before", ids),
        after=found.told("after", ids),
        details=counts,
    )
    audit.record(session, act, by=by, now=now)
    return Imported(found, passwords)


def _known(session: Session, course: Course, rows: Iterable[RosterRow]) -> dict[str, _Known]:
    """Everybody in the course or in the file who has an account, by the key of their user name."""
    members = {
        user.username_key: (user, member)
        for member, user in session.execute(
            select(Member, User).join(User, User.id == Member.user_id).where(Member.course_id == course.id)
        )
    }
    users = {key: user for key, (user, _) in members.items()}
    asked = sorted({username_key(row.username) for row in rows} - users.keys())
    for start in range(0, len(asked), ASKED_AT_ONCE):
        some = select(User).where(User.username_key.in_(asked[start : start + ASKED_AT_ONCE]))
        users |= {user.username_key: user for user in session.scalars(some)}
    elsewhere = set(session.scalars(select(Member.user_id).where(Member.course_id != course.id).distinct()))
    return {
        key: _Known(
            user,
            members[key][1] if key in members else None,
            key in members and user.id not in elsewhere and not user.is_admin,
        )
        for key, user in users.items()
    }


def _matched(roster: Roster, known: Mapping[str, _Known]) -> Roster:
    """The roster with a member's user name where a row gave the student number alone."""
    holders = {
        number_key(found.member.student_number): found.user.username
        for found in known.values()
        if found.member is not None and found.member.student_number is not None
    }
    rows = (
        replace(row, username=holders[number_key(row.username)])
        if row.is_number_alone and number_key(row.username) in holders
        else row
        for row in roster.rows
    )
    return replace(roster, rows=tuple(rows))


def _diff(roster: Roster, known: Mapping[str, _Known]) -> RosterDiff:
    added, changed, unchanged = [], [], 0
    for row in roster.rows:
        found = known.get(username_key(row.username))
        if found is None or found.member is None:
            added.append(row)
        elif changes := _changes(row, found):
            changed.append(Changed(row, changes))
        else:
            unchanged += 1
    listed = {username_key(row.username) for row in roster.rows}
    removed = [
        Removed(found.user.username, found.user.display_name)
        for key, found in sorted(known.items())
        if key not in listed and _is_active_student(found.member)
    ]
    problems = (*roster.problems, *_taken_numbers(roster, known))
    return RosterDiff(tuple(added), tuple(changed), tuple(removed), unchanged, problems)


def _is_active_student(member: Member | None) -> bool:
    return member is not None and member.is_active and member.role is Role.STUDENT


def _changes(row: RosterRow, found: _Known) -> tuple[Change, ...]:
    changes = [
        Change(name, before, after)
        for name, before, after in _facts(row, found)
        if after is not None and before != after
    ]
    if found.member is not None and not found.member.is_active:
        changes.append(Change("active", "no", "yes"))
    return tuple(changes)


def _facts(row: RosterRow, found: _Known) -> Iterable[tuple[str, str, str | None]]:
    user, member = found.user, found.member
    assert member is not None
    if found.is_ours:
        yield "name", user.display_name, row.name
        yield "email", user.email, row.email
    number = member.student_number or ""
    same = row.student_number is not None and number_key(row.student_number) == number_key(number)
    yield "student_number", number, None if same else row.student_number
    yield "department", member.department, row.department
    yield "section", member.section, row.section
    yield "role", member.role.value, row.role.value if row.role else None


def _taken_numbers(roster: Roster, known: Mapping[str, _Known]) -> Iterable[RosterProblem]:
    listed = {username_key(row.username) for row in roster.rows if row.student_number is not None}
    holders = {
        number_key(found.member.student_number): key
        for key, found in known.items()
        if found.member is not None and found.member.student_number is not None and key not in listed
    }
    for row in roster.rows:
        holder = holders.get(number_key(row.student_number)) if row.student_number is not None else None
        if holder is not None:
            yield RosterProblem(
                row.line,
                f"The student number '{row.student_number}' is that of '{known[holder].user.username}' "
                "in this course. List them under that user name, or correct the number.",
            )


def _create_users(
    session: Session, added: Iterable[RosterRow], known: dict[str, _Known], now: datetime
) -> tuple[InitialPassword, ...]:
    passwords = []
    for row in added:
        key = username_key(row.username)
        if key in known:
            continue
        password = security.new_initial_password()
        user = User(
            username=row.username,
            username_key=key,
            display_name=row.name or row.username,
            email=row.email or "",
            password_hash=security.hash_initial_password(password),
            created_at=now,
        )
        session.add(user)
        known[key] = _Known(user, None, True)
        passwords.append(InitialPassword(user.username, user.display_name, password))
    session.flush()
    return tuple(passwords)


def _free_numbers(session: Session, changed: Iterable[Changed], known: Mapping[str, _Known]) -> None:
    """Take away the numbers that will change, so that students may swap theirs under the constraint."""
    for each in changed:
        member = known[username_key(each.row.username)].member
        if member is not None and any(change.field == "student_number" for change in each.changes):
            member.student_number = None
    session.flush()


def _join(session: Session, course: Course, row: RosterRow, known: Mapping[str, _Known]) -> None:
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


def _correct(row: RosterRow, found: _Known) -> None:
    assert found.member is not None
    found.member.is_active = True
    for name, _, after in _changes(row, found):
        match name:
            case "name":
                found.user.display_name = after
            case "role":
                found.member.role = Role(after)
            case "email":
                found.user.email = after
            case "student_number" | "department" | "section":
                setattr(found.member, name, after)


def _report(problems: tuple[RosterProblem, ...]) -> str:
    few = " ".join(f"Line {problem.line}: {problem.message}" for problem in problems[:5])
    return f"The roster has {len(problems)} problems, so nothing was changed. {few}"


def _as_dict(problem: RosterProblem) -> dict[str, int | str]:
    return {"line": problem.line, "message": problem.message}
