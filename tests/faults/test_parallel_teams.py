"""Teams under parallel requests: sizes, slots and names hold, because locks and constraints say so."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.errors import Conflict, DomainError
from server.domain.people import courses
from server.domain.teams import invitations
from server.domain.teams import membership as teams
from server.models import Course, Role, TeamMember
from tests.support.installation import Installation, new_user
from tests.support.teamwork import answer, in_teams_of, invite, members, sent_by_team
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both


def crowd(installation: Installation, count: int) -> list[str]:
    """More students of the course, by name."""
    names = [f"more{number}" for number in range(count)]

    def work(session: Session) -> None:
        course, now = session.scalars(select(Course).where(Course.slug == "ml")).one(), installation.clock()
        for name in names:
            user = new_user(session, name, now=now)
            courses.add_member(
                session,
                course=course,
                user=user,
                enrolment=courses.Enrolment(Role.STUDENT),
                by=COMMAND_LINE,
                now=now,
            )

    installation.db.write(work)
    return names


def test_two_servers_that_accept_at_once_never_exceed_the_size(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "PENDING_MOST", 20)
    in_teams_of(installation, 4)
    names = crowd(installation, 12)
    for seed, name in enumerate(names[:6]):
        installation.submit_accuracy(name, 0.6, seed=seed)
    invitation_ids = {name: invite(installation, "student0", name) for name in names}
    people = {name: installation.user(name) for name in names}
    competition, barrier = installation.competition(), Barrier(len(names))
    second = Database(installation.db.url)

    def accept(name: str) -> str:
        db = second if names.index(name) % 2 else installation.db
        barrier.wait()
        try:
            db.write(
                lambda session: invitations.accept(
                    session,
                    competition=competition,
                    invitation_id=invitation_ids[name],
                    by=Actor(people[name].id),
                    now=installation.clock(),
                ),
                private=True,
            )
        except DomainError as error:
            return error.code
        return "joined"

    with ThreadPoolExecutor(len(names)) as threads:
        outcomes = list(threads.map(accept, names))
    second.close()

    assert sorted(outcomes) == ["joined"] * 3 + ["team_too_large"] * 9
    assert len(members(installation, "student0")) == 4


def test_uploads_of_a_student_whose_team_is_merged_meanwhile_all_arrive_in_one_team(
    installation: Installation,
) -> None:
    in_teams_of(installation, 2, daily_limit=20)
    for seed, name in enumerate(("student0", "student1")):
        installation.submit_accuracy(name, 0.6, seed=seed)
    invitation, barrier = invite(installation, "student0", "student1"), Barrier(9)
    files = [predictions(400, accuracy=0.6, seed=10 + number) for number in range(8)]
    clients = [installation.client(f"student{number % 2}") for number in range(8)]

    def upload(number: int) -> int:
        barrier.wait()
        path = "/api/competitions/tiny/submissions"
        return clients[number].post(path, content=files[number]).status_code

    def accept() -> None:
        barrier.wait()
        answer(installation, "student1", invitation)

    with ThreadPoolExecutor(9) as threads:
        accepting = threads.submit(accept)
        statuses = list(threads.map(upload, range(8)))
        accepting.result()

    rows = sent_by_team(installation, "student0")
    strays = installation.db.read(
        lambda session: list(
            session.scalars(select(TeamMember.user_id).where(TeamMember.team_id != rows[0].team_id))
        )
    )
    assert (statuses, strays) == ([201] * 8, [])
    assert sorted(row.slot or 0 for row in rows) == list(range(1, 11))


def test_two_teams_never_take_one_name_at_once(installation: Installation) -> None:
    names = crowd(installation, 6)
    people = [installation.user(name) for name in names]
    competition, barrier = installation.competition(), Barrier(len(names))

    def take(number: int) -> str:
        barrier.wait()

        def work(session: Session) -> None:
            now, by = installation.clock(), Actor(people[number].id)
            teams.rename(session, competition=competition, name="Foxes", by=by, now=now)

        try:
            installation.db.write(work)
        except Conflict as error:
            return error.code
        return "named"

    with ThreadPoolExecutor(len(names)) as threads:
        outcomes = list(threads.map(take, range(len(names))))

    assert sorted(outcomes) == ["conflict"] * 5 + ["named"]
