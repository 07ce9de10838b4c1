"""The life of a competition in the plainest Python: what a stateful test compares the installation with.

Teams are lists of names, submissions are records, standings are loops over them. Nothing here is taken from
the server but the rules, which it states anew.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.tiny_homework import truth, usage

ZONE = ZoneInfo("Asia/Taipei")
GRACE = timedelta(seconds=60)


@dataclass
class Sent:
    """A submission; scores: by version of the answer key, public and private."""

    id: int
    data: bytes
    at: datetime
    scores: dict[int, tuple[float, float]]
    late: bool = False
    practice: bool = False
    excluded: bool = False
    final: bool = False


@dataclass
class Given:
    """An extension or a grant to a student."""

    id: int
    to: str
    deadline: datetime | None = None
    slots: int = 0
    day: date | None = None
    revoked: bool = False


@dataclass
class ModelTeam:
    """Who competes together, and what they sent, in order."""

    name: str
    members: list[str]
    sent: list[Sent] = field(default_factory=list)
    has_merged: bool = False


@dataclass
class Life:
    """One competition."""

    opens: datetime
    deadline: datetime
    late_until: datetime
    reveal: datetime
    daily_limit: int
    final_selections: int
    teams: list[ModelTeam] = field(default_factory=list)
    allowances: list[Given] = field(default_factory=list)
    version: int = 1

    def team_of(self, name: str) -> ModelTeam | None:
        """The student's team, None before their first act."""
        return next((team for team in self.teams if name in team.members), None)

    def entered(self, name: str) -> ModelTeam:
        """The student's team, made now if there is none."""
        team = self.team_of(name)
        if team is None:
            team = ModelTeam(name.title(), [name])
            self.teams.append(team)
        return team

    def deadline_of(self, members: list[str]) -> datetime:
        """The team's deadline with its extensions."""
        own = [each.deadline for each in self._valid(members) if each.deadline is not None]
        return max([self.deadline, *(min(each, self.reveal) for each in own)])

    def limit_on(self, members: list[str], day: date) -> int:
        """The slots of a course day."""
        grants = [each.slots for each in self._valid(members) if each.day in (None, day)]
        return self.daily_limit + sum(grants)

    def _valid(self, members: list[str]) -> list[Given]:
        return [each for each in self.allowances if each.to in members and not each.revoked]

    def slots_by(self, members: list[str], now: datetime) -> int:
        """The most slots that one team of these members could have used by then."""
        days = (course_day(now) - course_day(self.opens)).days + 1
        each_day = [course_day(self.opens) + timedelta(days=number) for number in range(days)]
        return sum(self.limit_on(members, day) for day in each_day)

    def used_on(self, team: ModelTeam | None, day: date) -> int:
        """How many slots the team holds that day."""
        return 0 if team is None else sum(course_day(each.at) == day for each in team.sent)

    def flags(self, members: list[str], at: datetime) -> tuple[bool, bool]:
        """Whether a file received then is late, and whether it is practice."""
        deadline = self.deadline_of(members)
        return at >= deadline + GRACE, at >= max(self.late_until, deadline) + GRACE

    def decide_again(self, team: ModelTeam) -> None:
        """Set every flag by the team's terms of now; what becomes late is no final selection."""
        for each in team.sent:
            each.late, each.practice = self.flags(team.members, each.at)
            each.final = each.final and not each.late

    def unite(self, survivor: ModelTeam, absorbed: ModelTeam) -> None:
        """One team takes the members and submissions of another."""
        survivor.members += absorbed.members
        survivor.has_merged |= bool(absorbed.sent)
        if absorbed.sent:
            survivor.sent = sorted(survivor.sent + absorbed.sent, key=lambda each: (each.at, each.id))
            for each in survivor.sent:
                each.final = False
        self.teams = [team for team in self.teams if team is not absorbed]
        self.decide_again(survivor)

    def board(self, split: int) -> dict[str, float]:
        """The score of each team that stands on a board: 0 the public one, 1 the private one."""
        scores = {}
        for team in self.teams:
            counted = [each for each in team.sent if not each.late and not each.excluded]
            if split == 1:
                counted = [each for each in counted if each.final] or self._best_public(counted)
            if counted:
                scores[team.name] = max(each.scores[self.version][split] for each in counted)
        return scores

    def _best_public(self, counted: list[Sent]) -> list[Sent]:
        best = max((each.scores[self.version][0] for each in counted), default=0.0)
        return [each for each in counted if each.scores[self.version][0] == best][:1]


def course_day(at: datetime) -> date:
    """The local date."""
    return at.astimezone(ZONE).date()


def accuracy(data: bytes, labels: list[str], split: str) -> float:
    """The share of right labels on one split."""
    guessed = [line.split(",")[1] for line in data.decode().splitlines()[1:]]
    rows = [
        guess == label
        for guess, label, of in zip(guessed, labels, usage(len(labels)), strict=True)
        if of == split
    ]
    return sum(rows) / len(rows)


def scores_of(data: bytes, *, versions: dict[int, list[str]]) -> dict[int, tuple[float, float]]:
    """Public and private score under each version's labels."""
    return {
        version: (accuracy(data, labels, "Public"), accuracy(data, labels, "Private"))
        for version, labels in versions.items()
    }


TRUTH = truth(400)
