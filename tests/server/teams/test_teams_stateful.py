"""Teams against a simple model: whatever students do, in whatever order, both agree on who is where.

The model keeps sets and lists, and says beforehand whether the server must refuse. After each step the whole
competition is compared: members, submissions, slots, names, open invitations, the standings of both boards.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.clock import course_day
from server.database.database import table_of
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.boards import standings
from server.domain.errors import DomainError
from server.domain.people import courses
from server.domain.teams import invitations
from server.domain.teams import membership as teams
from server.domain.teams.invitations import ANSWERS, INVITED_MOST, PER_DAY, InvitationAnswer
from server.models import (
    BoardRevision,
    Competition,
    Course,
    Invitation,
    InvitationState,
    Role,
    Submission,
    Team,
    TeamMember,
    User,
)
from server.services.uploads.take import take_file
from tests.support.installation import Installation, new_user
from tests.support.tiny_homework import NOW, predictions

pytestmark = pytest.mark.both

LIMIT, LAST_DAY = 2, 6
STUDENTS = ("student0", "student1", "student2", "more0")
students, names = st.sampled_from(STUDENTS), st.sampled_from(["Foxes", " FOXES ", "Bears"])


@dataclass(eq=False)
class Model:
    """One team as the model knows it: its members, the day of each submission, the name it chose."""

    members: set[str]
    days: list[date] = field(default_factory=list)
    name: str | None = None


@dataclass(frozen=True, eq=False)
class Sent:
    """An invitation that the model saw go out: of which team, by whom, and the day."""

    team: Model
    by: str
    day: int


class TeamsMachine(RuleBasedStateMachine):
    """Four students in one competition of seven days, and the model beside it."""

    invitations: Bundle[int] = Bundle("asked")

    def __init__(self, installation: Installation) -> None:
        super().__init__()
        self.here = installation
        self.here.clock.now = NOW
        self.people = {name: installation.user(name) for name in STUDENTS}
        self.size = 1
        self.competition = installation.db.write(open_competition)
        self.teams = [Model({name}) for name in STUDENTS]
        self.ever: dict[int, tuple[Model, str]] = {}
        self.open: set[int] = set()
        self.sent: list[Sent] = []
        self.day = self.files = 0

    @initialize(size=st.sampled_from([2, 3]))
    def let_teams_grow(self, size: int) -> None:
        self.size = self.competition.team_size = size
        chosen = update(Competition).where(Competition.id == self.competition.id)
        self.here.db.write(lambda session: session.execute(chosen.values(team_size=size)) and None)

    def team(self, name: str) -> Model:
        """The model's team of a student."""
        return next(team for team in self.teams if name in team.members)

    @property
    def today(self) -> date:
        """The course day."""
        return course_day(self.here.clock(), self.competition.reset_zone)

    @property
    def can_grow(self) -> bool:
        """Whether it is before the merger deadline, which falls onto the same hour five days later."""
        return self.day < 5

    def has_patience(self, team: Model, by: str) -> bool:
        """Whether the team and the student have sent fewer invitations today than the most there may be.

        The clock moves by whole days, so 24 hours are a day.
        """
        today = [each for each in self.sent if each.day == self.day]
        return len([each for each in today if each.team is team or each.by == by]) < INVITED_MOST

    def outcome(self, work: Callable[[Session], object], *, allowed: bool) -> object:
        """What the server answers; it must refuse exactly what the model does not allow."""
        return refused_or(lambda: self.here.db.write(work, private=True), allowed=allowed)

    @rule(target=invitations, by=students, to=students)
    def invite(self, by: str, to: str) -> object:
        team = self.team(by)
        twice = any(self.ever[each] == (team, to) for each in self.open)
        has_place = to not in team.members and len(team.members) < self.size
        allowed = self.can_grow and has_place and not twice and self.has_patience(team, by)
        invitation = self.outcome(
            lambda session: (
                invitations.invite(
                    session,
                    competition=self.competition,
                    student=to,
                    by=Actor(self.people[by].id),
                    now=self.here.clock(),
                ).id
            ),
            allowed=allowed,
        )
        if not isinstance(invitation, int):
            return multiple()
        self.ever[invitation] = (team, to)
        self.open.add(invitation)
        self.sent.append(Sent(team, by, self.day))
        return invitation

    def answer(self, word: InvitationAnswer, invitation: int, by: str, *, allowed: bool) -> None:
        """Let a student answer an invitation."""
        self.outcome(
            lambda session: ANSWERS[word](
                session,
                competition=self.competition,
                invitation_id=invitation,
                by=Actor(self.people[by].id),
                now=self.here.clock(),
            ),
            allowed=allowed,
        )

    @rule(invitation=invitations)
    def accept(self, invitation: int) -> None:
        survivor, by = self.ever[invitation]
        absorbed = self.team(by)
        together = len(survivor.members | absorbed.members)
        used = len(survivor.days) + len(absorbed.days)
        fits = together <= self.size and (not absorbed.days or used <= LIMIT * (self.day + 1))
        allowed = invitation in self.open and self.can_grow and fits
        self.answer(InvitationAnswer.ACCEPT, invitation, by, allowed=allowed)
        if not allowed:
            return
        self.teams.remove(absorbed)
        gone = {each for each in self.open if self.ever[each][0] is absorbed}
        gone |= {each for each in self.open if self.ever[each][1] in absorbed.members}
        self.open -= gone
        survivor.members |= absorbed.members
        survivor.days += absorbed.days

    @rule(by=students, to=students)
    def join(self, by: str, to: str) -> None:
        invitation = self.invite(by, to)
        if isinstance(invitation, int):
            self.accept(invitation)

    @rule(invitation=invitations)
    def decline(self, invitation: int) -> None:
        self.answer(
            InvitationAnswer.DECLINE, invitation, self.ever[invitation][1], allowed=invitation in self.open
        )
        self.open.discard(invitation)

    @rule(invitation=invitations, by=students)
    def withdraw(self, invitation: int, by: str) -> None:
        allowed = invitation in self.open and by in self.ever[invitation][0].members
        self.answer(InvitationAnswer.WITHDRAW, invitation, by, allowed=allowed)
        if allowed:
            self.open.discard(invitation)

    @rule(by=students)
    def leave(self, by: str) -> None:
        team = self.team(by)
        allowed = len(team.members) > 1 and not team.days
        self.outcome(
            lambda session: teams.leave(
                session, competition=self.competition, by=Actor(self.people[by].id), now=self.here.clock()
            ),
            allowed=allowed,
        )
        if allowed:
            team.members.remove(by)
            self.teams.append(Model({by}))

    @rule(by=students, name=names)
    def rename(self, by: str, name: str) -> None:
        team, key = self.team(by), name.strip().casefold()
        allowed = all(other is team or other.name != key for other in self.teams)
        self.outcome(
            lambda session: teams.rename(
                session,
                competition=self.competition,
                name=name,
                by=Actor(self.people[by].id),
                now=self.here.clock(),
            ),
            allowed=allowed,
        )
        if allowed:
            team.name = key

    @rule(by=students, files=st.integers(1, LIMIT))
    def submit(self, by: str, files: int) -> None:
        for _ in range(files):
            self.submit_one(by)

    def submit_one(self, by: str) -> None:
        """Let a student send a file like no other."""
        team = self.team(by)
        allowed = team.days.count(self.today) < LIMIT
        self.files += 1
        refused_or(
            lambda: take_file(
                self.here.context,
                competition=self.competition,
                user=self.people[by],
                data=file(self.files),
                file_name="a.csv",
                now=self.here.clock(),
            ),
            allowed=allowed,
        )
        if allowed:
            team.days.append(self.today)

    @precondition(lambda self: self.day < LAST_DAY)
    @rule()
    def sleep(self) -> None:
        self.day += 1
        self.here.clock.advance(timedelta(days=1))

    @invariant()
    def both_agree(self) -> None:
        self.here.db.read(self.compare, private=True)

    def compare(self, session: Session) -> None:
        """Compare the competition with the model."""
        of = self.competition.id
        members_by_team: dict[int, set[str]] = {}
        for team_id, username in session.execute(
            select(TeamMember.team_id, User.username)
            .join(User, User.id == TeamMember.user_id)
            .where(TeamMember.competition_id == of)
        ):
            members_by_team.setdefault(team_id, set()).add(username)
        sent: dict[int, list[tuple[date, int | None]]] = {team_id: [] for team_id in members_by_team}
        for row in session.scalars(select(Submission).where(Submission.competition_id == of)):
            sent[row.team_id].append((row.course_day, row.slot))
        waiting = select(Invitation.id).where(
            Invitation.competition_id == of, Invitation.state == InvitationState.PENDING
        )
        unmade = [team for team in self.teams if team.members not in members_by_team.values()]

        assert all(len(team.members) == 1 and not team.days and not team.name for team in unmade)
        assert len(members_by_team) + len(unmade) == len(self.teams)
        for team_id, members in members_by_team.items():
            team = self.team(min(members))
            assert team.members == members
            assert Counter(day for day, _ in sent[team_id]) == Counter(team.days)
            assert len(set(sent[team_id])) == len(sent[team_id])
            shown = session.get_one(Team, team_id).name.casefold()
            assert team.name in (None, shown)
        assert set(session.scalars(waiting)) == self.open
        assert standings.differences(session, competition=self.competition) == []


def refused_or(work: Callable[[], object], *, allowed: bool) -> object:
    """What `work` returns, or None where it was refused; fails when either is not as expected."""
    try:
        result = work()
    except DomainError as error:
        result, refusal = None, error.message
    else:
        refusal = ""
    assert (refusal == "") == allowed, refusal or "the server allowed what the model refuses"
    return result


@cache
def file(number: int) -> bytes:
    """A file like no other."""
    return predictions(400, accuracy=0.3 + number % 7 / 10, seed=number)


def open_competition(session: Session) -> Competition:
    """Another competition like `tiny`, in which a day has two slots."""
    tiny = session.scalars(select(Competition).where(Competition.slug == "tiny")).one()
    values = {column.name: getattr(tiny, column.name) for column in table_of(Competition).c}
    count = len(session.scalars(select(Competition.id)).all())
    del values["id"]
    values |= {"slug": f"tiny-{count}", "daily_limit": LIMIT}
    # Who has invited too many within a day waits in every competition; what earlier lives sent is long ago.
    session.execute(update(Invitation).values(created_at=NOW - PER_DAY))
    competition = Competition(**values | {"opens_at": NOW - timedelta(minutes=1)})
    session.add(competition)
    session.flush()
    session.add(BoardRevision(competition_id=competition.id, public=1, private=1))
    session.flush()
    return competition


def enrol(session: Session) -> None:
    """One more student of the course."""
    course = session.scalars(select(Course).where(Course.slug == "ml")).one()
    for name in STUDENTS[3:]:
        user = new_user(session, name, now=NOW)
        courses.add_member(
            session,
            course=course,
            user=user,
            enrolment=courses.Enrolment(Role.STUDENT),
            by=COMMAND_LINE,
            now=NOW,
        )


def test_the_model_knows_how_many_invitations_go_within_a_day(installation: Installation) -> None:
    installation.db.write(enrol)

    for _ in range(2):
        life = TeamsMachine(installation)
        life.let_teams_grow(2)
        for _ in range(INVITED_MOST):
            invitation = life.invite("student0", "student1")
            assert isinstance(invitation, int)
            life.withdraw(invitation, "student0")
        assert not isinstance(life.invite("student0", "student1"), int)


@pytest.mark.parametrize("lives", [5, pytest.param(20, marks=pytest.mark.long)])
def test_teams_and_their_model_agree_whatever_students_do(installation: Installation, lives: int) -> None:
    installation.db.write(enrol)

    run_state_machine_as_test(
        lambda: TeamsMachine(installation),
        settings=settings(max_examples=lives, stateful_step_count=30, deadline=None, database=None),
    )
