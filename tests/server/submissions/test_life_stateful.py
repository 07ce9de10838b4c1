"""A competition's whole life against a plain model: teams, slots, finals, time, allowances, rescores.

Hypothesis draws what students and staff do, in any order. After each life the oracle looks at rows and files,
and the boards that are served are compared with the model's.
"""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import update

from server.clock import iso
from server.models import Competition, RescoreState
from tests.support import rescored
from tests.support.installation import Installation, installed
from tests.support.life_model import TRUTH, Given, Life, Sent, course_day, scores_of
from tests.support.oracle import violations
from tests.support.tiny_homework import predictions

API = "/api/competitions/tiny"
RULES = {"daily_limit": 2, "final_selections": 1, "team_size": 2}
STUDENTS = ["student0", "student1", "student2"]
VERSIONS = {1: TRUTH, 2: rescored.other_truth()}
username = st.sampled_from(STUDENTS)
some = st.integers(0, 30)


class LifeOfACompetition(RuleBasedStateMachine):
    """Each rule acts over the API, works out by the model what must be answered, and compares."""

    kind = "sqlite"

    @initialize()
    def open(self) -> None:
        """A new installation with small limits."""
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        self.here: Installation = self.stack.enter_context(installed(self.kind, folder))
        self.here.db.write(lambda session: session.execute(update(Competition).values(**RULES)) and None)
        row = self.here.competition()
        self.life = Life(
            row.opens_at,
            row.deadline_at,
            row.late_until,
            row.reveal_at,
            RULES["daily_limit"],
            RULES["final_selections"],
        )
        self.clients = {name: self.here.client(name) for name in [*STUDENTS, "tina"]}
        self.rescore_id = 0
        self.acts: list[str] = []

    def ask(self, name: str, method: str, path: str, **what: Any) -> Any:
        """One request."""
        return self.clients[name].request(method, path, **what)

    def sent(self, number: int) -> tuple[str, Sent] | None:
        """One of all submissions, with a member of its team."""
        every = [(team.members[0], each) for team in self.life.teams for each in team.sent]
        return every[number % len(every)] if every else None

    @rule(name=username, share=st.sampled_from([0.5, 0.6, 0.7, 0.8]), seed=st.integers(0, 3))
    def submit(self, name: str, share: float, seed: int) -> None:
        """A file: scored, repeated, or one too many today."""
        data, now, team = (
            predictions(400, accuracy=share, seed=seed),
            self.here.clock.now,
            self.life.team_of(name),
        )
        members = team.members if team else [name]
        earlier = next((each for each in (team.sent if team else []) if each.data == data), None)
        full = self.life.used_on(team, course_day(now)) >= self.life.limit_on(members, course_day(now))

        answer = self.ask(name, "POST", f"{API}/submissions", content=data)

        if earlier is not None:
            assert (answer.status_code, answer.json()["id"]) == (200, earlier.id)
        elif full:
            assert answer.status_code == 429
        else:
            assert answer.status_code == 201
            late, practice = self.life.flags(members, now)
            submission = Sent(
                answer.json()["id"], data, now, scores_of(data, versions=VERSIONS), late, practice
            )
            self.life.entered(name).sent.append(submission)
            assert (answer.json()["is_late"], answer.json()["is_practice"]) == (late, practice)

    @rule(number=some, selected=st.booleans())
    def choose(self, number: int, selected: bool) -> None:
        """A final selection is put on or taken off, until the team's deadline."""
        match = self.sent(number)
        if match is None:
            return
        name, each = match
        team = self.life.entered(name)
        is_over, _ = self.life.flags(team.members, self.here.clock.now)
        others = sum(other.final for other in team.sent if other is not each)
        refused = selected and (each.late or each.excluded or others >= self.life.final_selections)

        answer = self.ask(name, "PUT", f"/api/submissions/{each.id}/final", json={"selected": selected})

        assert answer.status_code == (403 if is_over else 409 if refused else 200)
        if answer.status_code == 200:
            each.final = selected

    @rule(first=username, second=username)
    def unite(self, first: str, second: str) -> None:
        """One invites the other, who accepts; or it is refused, and nothing changes."""
        offer = self.ask(first, "POST", f"{API}/team/invitations", json={"student": second})
        if offer.status_code != 201:
            assert offer.status_code in (403, 409)
            return
        survivor, absorbed = self.life.entered(first), self.life.entered(second)
        waiting = self.ask(second, "GET", f"{API}/team").json()["invitations"]
        invitation = next(each for each in waiting if each["team"] == survivor.name)
        allowed = self.life.slots_by(survivor.members + absorbed.members, self.here.clock.now)
        used = len(survivor.sent) + len(absorbed.sent)
        fits = len(survivor.members) + len(absorbed.members) <= RULES["team_size"]
        fits = fits and (not absorbed.sent or used <= allowed)

        answer = self.ask(second, "POST", f"{API}/team/invitations/{invitation['id']}/accept")

        assert answer.status_code == (200 if fits else 409)
        if fits:
            self.life.unite(survivor, absorbed)
        else:
            self.ask(second, "POST", f"{API}/team/invitations/{invitation['id']}/decline")

    @rule(hours=st.sampled_from([1, 5, 14, 30, 70]))
    def wait(self, hours: int) -> None:
        """Time goes by; the private board opens with the reveal and not before."""
        self.here.clock.advance(timedelta(hours=hours))
        opened = self.here.clock.now >= self.life.reveal

        answer = self.ask("student0", "GET", f"{API}/leaderboard/private")

        assert answer.status_code == (200 if opened else 403)

    @rule(name=username, hours=st.sampled_from([-1, 1, 30, 60]))
    def extend(self, name: str, hours: int) -> None:
        """A later deadline for one student; files that have come are judged again."""
        until = self.life.deadline + timedelta(hours=hours)
        body = {"to": name, "reason": "ill", "deadline_at": iso(until)}

        answer = self.ask("tina", "POST", f"{API}/allowances", json=body)

        fits = self.life.deadline < until <= self.life.reveal
        assert answer.status_code == (201 if fits else 422)
        if fits:
            self.life.allowances.append(Given(answer.json()["id"], name, deadline=until))
            self.acts.append("deadline_extended")
            self.decided_again(name)

    @rule(name=username, slots=st.integers(1, 2), today=st.booleans())
    def grant(self, name: str, slots: int, today: bool) -> None:
        """Extra slots, today or every day."""
        day = course_day(self.here.clock.now) if today else None
        body = {"to": name, "reason": "ill", "extra_slots": slots, "course_day": str(day) if day else None}

        answer = self.ask("tina", "POST", f"{API}/allowances", json=body)

        assert answer.status_code == 201
        self.life.allowances.append(Given(answer.json()["id"], name, slots=slots, day=day))
        self.acts.append("slots_granted")

    @rule(number=some)
    def revoke(self, number: int) -> None:
        """An extension is taken back; grants stay, since their slots may be used."""
        extensions = [each for each in self.life.allowances if each.deadline is not None]
        if not extensions:
            return
        extension = extensions[number % len(extensions)]

        answer = self.ask("tina", "POST", f"{API}/allowances/{extension.id}/revoke", json={"reason": "no"})

        assert answer.status_code == (409 if extension.revoked else 200)
        if not extension.revoked:
            extension.revoked = True
            self.acts.append("allowance_revoked")
            self.decided_again(extension.to)

    def decided_again(self, name: str) -> None:
        """The student's team has other terms now."""
        team = self.life.team_of(name)
        if team is not None:
            self.life.decide_again(team)

    @rule(number=some, excluded=st.booleans())
    def exclude(self, number: int, excluded: bool) -> None:
        """Staff exclude a submission, or restore it."""
        match = self.sent(number)
        if match is None:
            return
        _, each = match
        body = {"excluded": excluded, "reason": "copied"}

        answer = self.ask("tina", "PUT", f"/api/submissions/{each.id}/excluded", json=body)

        assert answer.status_code == (409 if each.excluded == excluded else 200)
        if answer.status_code == 200:
            each.excluded = excluded
            self.acts.append("submission_excluded" if excluded else "submission_restored")

    @precondition(lambda self: self.life.version == 1 and not self.rescore_id)
    @rule()
    def prepare_rescore(self) -> None:
        """A corrected key; its scores are computed and shown to nobody."""
        self.rescore_id = rescored.ready(self.here).id

    @precondition(lambda self: self.life.version == 1 and self.rescore_id)
    @rule()
    def apply_rescore(self) -> None:
        """The switch, with whatever was uploaded since the grading."""
        rescored.apply(self.here, self.rescore_id)
        self.life.version = 2

    @precondition(lambda self: self.life.version == 2)
    @rule()
    def undo_rescore(self) -> None:
        """The switch back."""
        rescored.undo(self.here, self.rescore_id)
        if rescored.as_it_is(self.here, self.rescore_id).state is RescoreState.UNDONE:
            self.life.version, self.rescore_id = 1, 0

    @rule()
    def compare_boards(self) -> None:
        """Both boards as staff get them are the model's."""
        for number, split in enumerate(["public", "private"]):
            rows = self.ask("tina", "GET", f"{API}/leaderboard/{split}").json()["rows"]
            expected = {name: round(score, 4) for name, score in self.life.board(number).items()}
            assert {row["team"]: row["score"] for row in rows} == expected

    def teardown(self) -> None:
        """The oracle has the last word."""
        if not hasattr(self, "here"):
            return
        with self.stack:
            self.compare_boards()
            sent_ids = [each.id for team in self.life.teams for each in team.sent]
            assert violations(self.here, acknowledged=sent_ids, acts=self.acts) == []


@pytest.mark.both
@pytest.mark.parametrize("lives", [3, pytest.param(10, marks=pytest.mark.long)])
def test_every_drawn_life_agrees_with_the_model(database_kind: str, lives: int) -> None:
    machine = type("Life", (LifeOfACompetition,), {"kind": database_kind})
    # Without shrinking: a life that fails is short already, and each step of it costs a request or more.
    phases = [Phase.explicit, Phase.generate]
    chosen = settings(max_examples=lives, stateful_step_count=24, deadline=None, database=None, phases=phases)

    run_state_machine_as_test(machine, settings=chosen)
