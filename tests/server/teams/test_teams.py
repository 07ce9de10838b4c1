"""Teams: who may come together, when it is refused and with which numbers, what becomes of what they have."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.errors import Closed, Conflict
from server.domain.grades import report as grades
from server.domain.teams import membership as teams
from server.models import (
    Allowance,
    AuditEntry,
    InvitationState,
    Standing,
    Submission,
    Team,
)
from tests.support.installation import Installation
from tests.support.teamwork import (
    answer,
    in_teams_of,
    invite,
    join,
    members,
    received,
    sent_by_team,
    states,
    wrong_standings,
)
from tests.support.tiny_homework import predictions, score_of

pytestmark = pytest.mark.both

DAY = timedelta(days=1)


def test_who_accepts_alone_and_without_submissions_simply_joins(installation: Installation) -> None:
    in_teams_of(installation, 2)
    installation.submit_accuracy("student0", 0.7, seed=1)
    invitation = invite(installation, "student0", "student1")
    foreseen = received(installation, "student1")[0]

    answer(installation, "student1", invitation)

    assert (foreseen.union.is_merge, foreseen.union.members, foreseen.refusal) == (False, 2, None)
    assert members(installation, "student0") == members(installation, "student1") == {"student0", "student1"}
    assert len(sent_by_team(installation, "student1")) == 1
    assert states(installation) == [InvitationState.ACCEPTED]


def test_the_merger_deadline_is_half_open_and_the_deadline_at_the_latest(installation: Installation) -> None:
    until = installation.clock() + timedelta(hours=1)
    in_teams_of(installation, 3, merge_until=until)
    first, second = (invite(installation, "student0", name) for name in ("student1", "student2"))
    installation.clock.now = until - timedelta(microseconds=1)
    answer(installation, "student1", first)
    installation.clock.now = until

    with pytest.raises(Closed):
        answer(installation, "student2", second)
    with pytest.raises(Closed):
        invite(installation, "student1", "student2")
    assert received(installation, "student2")[0].refusal is not None
    answer(installation, "student2", second, "decline")

    in_teams_of(installation, 3, merge_until=None)
    competition = installation.competition()
    assert teams.merges_end(competition) == competition.deadline_at
    in_teams_of(installation, 3, merge_until=competition.deadline_at + DAY)
    assert teams.merges_end(installation.competition()) == competition.deadline_at


def merged(installation: Installation) -> list[Submission]:
    """Two teams of one that have both submitted, united; student1's file is the better one."""
    in_teams_of(installation, 2)
    for seed, name in enumerate(("student0", "student1", "student0", "student1")):
        installation.submit_accuracy(name, 0.9 if name == "student1" else 0.6, seed=seed)
    installation.submit("student1", b"id,label\n1,a\n", "broken.csv")
    join(installation, "student0", "student1")
    return sent_by_team(installation, "student0")


def test_a_merge_keeps_every_submission_with_a_slot_of_its_own(installation: Installation) -> None:
    rows = merged(installation)

    assert sorted(row.slot for row in rows if row.slot is not None) == [1, 2, 3, 4]
    assert [row.state.value for row in rows] == ["scored"] * 4 + ["invalid"]
    by_name = {installation.user(name).id for name in ("student0", "student1")}
    assert {row.submitted_by for row in rows} == by_name
    assert [row.id for row in sent_by_team(installation, "student1")] == [row.id for row in rows]


def test_right_after_a_merge_both_boards_say_what_the_submissions_say(installation: Installation) -> None:
    rows = merged(installation)

    public_standings = installation.db.read(lambda session: list(session.scalars(select(Standing))))
    board = installation.client("tina").get("/api/competitions/tiny/leaderboard/private").json()["rows"]
    scores = [score_of(predictions(400, accuracy=0.9, seed=seed), "Public") for seed in (1, 3)]
    assert wrong_standings(installation) == []
    assert [(each.team_id, each.score) for each in public_standings] == [
        (rows[0].team_id, pytest.approx(max(scores)))
    ]
    assert [row["team"] for row in board] == ["Student0"]


def test_the_team_that_came_keeps_its_row_and_says_where_it_went(installation: Installation) -> None:
    merged(installation)

    rows = installation.db.read(lambda session: list(session.scalars(select(Team).order_by(Team.id))))
    students = [row for row in rows if row.tier_id is None]
    assert [(row.name, row.merged_into) for row in students] == [
        ("Student0", None),
        ("Student1", students[0].id),
    ]
    entries = installation.db.read(
        lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.act == "teams_merged")))
    )
    assert [entry.details["merged"] for entry in entries] == [
        {"team": "(a member's own name)", "members": [f"user {installation.user('student1').id}"]}
    ]


def test_both_members_see_every_submission_and_share_what_is_left_today(installation: Installation) -> None:
    rows = merged(installation)

    for name in ("student0", "student1"):
        client = installation.client(name)
        assert {client.get(f"/api/submissions/{row.id}").status_code for row in rows} == {200}
        assert client.get("/api/competitions/tiny").json()["today"]["left"] == 1
    receipt = installation.client("student1").post(
        "/api/competitions/tiny/submissions", content=predictions(400, accuracy=0.5, seed=77)
    )
    assert (receipt.status_code, receipt.json()["submitted_by"], receipt.json()["slot"]) == (
        201,
        "student1",
        5,
    )
    refused = installation.client("student0").post(
        "/api/competitions/tiny/submissions", content=predictions(400, accuracy=0.5, seed=78)
    )
    assert refused.status_code == 429


def test_members_of_a_merged_team_earn_the_same(installation: Installation) -> None:
    installation.train("simple")
    merged(installation)
    competition = installation.competition()

    rows = installation.db.read(
        lambda session: grades.grades_of(session, competition=competition), private=True
    )

    points = {row.username: row.points for row in rows}
    assert points["student0"] == points["student1"] == 2
    assert points["student2"] == 0


def test_a_file_sent_again_by_the_other_member_is_answered_with_the_earlier_result(
    installation: Installation,
) -> None:
    rows = merged(installation)

    again = installation.client("student0").post(
        "/api/competitions/tiny/submissions", content=predictions(400, accuracy=0.9, seed=1)
    )

    assert (again.status_code, again.json()["id"]) == (200, rows[1].id)


def test_slots_above_the_limit_do_not_open_a_hole_below_it(installation: Installation) -> None:
    in_teams_of(installation, 2)
    for seed in range(4):
        installation.submit_accuracy("student0", 0.6, seed=seed)
        installation.submit_accuracy("student1", 0.6, seed=10 + seed)
    join(installation, "student0", "student1")
    first = sent_by_team(installation, "student0")[0]
    installation.db.write(
        lambda session: (
            session.execute(update(Submission).where(Submission.id == first.id).values(slot=None)) and None
        )
    )

    refused = installation.client("student0").post(
        "/api/competitions/tiny/submissions", content=predictions(400, accuracy=0.5, seed=79)
    )

    assert refused.status_code == 429
    assert refused.json()["error"]["details"]["used"] == 7


def test_a_merge_takes_all_final_selections_off(installation: Installation) -> None:
    in_teams_of(installation, 2)
    for seed, name in enumerate(("student0", "student1")):
        sent = installation.submit_accuracy(name, 0.6, seed=seed)
        chosen = installation.client(name).put(f"/api/submissions/{sent.id}/final", json={"selected": True})
        assert chosen.status_code == 200

    join(installation, "student0", "student1")

    assert [row.is_final for row in sent_by_team(installation, "student0")] == [False, False]
    assert wrong_standings(installation) == []


def test_who_simply_joins_leaves_the_final_selections_alone(installation: Installation) -> None:
    in_teams_of(installation, 2)
    sent = installation.submit_accuracy("student0", 0.6, seed=1)
    installation.client("student0").put(f"/api/submissions/{sent.id}/final", json={"selected": True})

    join(installation, "student0", "student1")

    assert sent_by_team(installation, "student1")[0].is_final


def test_of_two_equal_request_keys_the_inviting_team_keeps_its_own(installation: Installation) -> None:
    in_teams_of(installation, 2)
    for seed, name in enumerate(("student0", "student1")):
        client = installation.client(name)
        client.headers["Idempotency-Key"] = "same"
        client.post("/api/competitions/tiny/submissions", content=predictions(400, accuracy=0.6, seed=seed))

    join(installation, "student0", "student1")

    assert [row.idempotency_key for row in sent_by_team(installation, "student0")] == ["same", None]


def test_a_merge_is_refused_with_the_numbers_while_both_used_more_than_one_team_could_have(
    installation: Installation,
) -> None:
    in_teams_of(installation, 2, daily_limit=1, opens_at=installation.clock() - timedelta(minutes=1))
    installation.submit_accuracy("student0", 0.6, seed=1)
    installation.submit_accuracy("student1", 0.6, seed=2)
    invitation = invite(installation, "student0", "student1")

    with pytest.raises(Conflict) as refused:
        answer(installation, "student1", invitation)
    foreseen = received(installation, "student1")[0].refusal
    installation.clock.advance(DAY)
    answer(installation, "student1", invitation)

    assert refused.value.details == {"used": 2, "allowed": 1, "daily_limit": 1}
    assert "have used 2 submissions; one team could have used at most 1 by today" in refused.value.message
    assert foreseen == refused.value.message
    assert members(installation, "student1") == {"student0", "student1"}


def test_what_staff_granted_either_team_counts_and_goes_along(installation: Installation) -> None:
    in_teams_of(installation, 2, daily_limit=1, opens_at=installation.clock() - timedelta(minutes=1))
    for seed, name in enumerate(("student0", "student1")):
        installation.submit_accuracy(name, 0.6, seed=seed)
    competition, now = installation.competition(), installation.clock()

    def grant(session: Session) -> None:
        own = teams.team_id_of(
            session, competition_id=competition.id, user_id=installation.user("student1").id
        )
        session.add(
            Allowance(
                competition_id=competition.id, team_id=own, extra_slots=2, reason="Outage.", created_at=now
            )
        )

    installation.db.write(grant)

    invitation = invite(installation, "student0", "student1")
    foreseen = received(installation, "student1")[0].union
    answer(installation, "student1", invitation)

    assert (foreseen.used, foreseen.allowed) == (2, 3)
    assert installation.client("student0").get("/api/competitions/tiny").json()["today"]["left"] == 1


def test_a_student_without_submissions_joins_whatever_the_team_has_used(installation: Installation) -> None:
    in_teams_of(installation, 2)
    for seed in range(3):
        installation.submit_accuracy("student0", 0.6, seed=seed)
    in_teams_of(installation, 2, daily_limit=1, opens_at=installation.clock() - timedelta(minutes=1))

    join(installation, "student0", "student1")

    assert members(installation, "student1") == {"student0", "student1"}


def test_a_team_of_several_comes_whole_and_only_where_all_fit(installation: Installation) -> None:
    in_teams_of(installation, 2)
    join(installation, "student0", "student1")
    invitation = invite(installation, "student2", "student1")
    foreseen = received(installation, "student1")[0]
    with pytest.raises(Conflict, match="Together you would be 3 members; a team has at most 2"):
        answer(installation, "student1", invitation)
    in_teams_of(installation, 3)

    answer(installation, "student1", invitation)

    assert (foreseen.union.is_merge, foreseen.union.has_submissions) == (True, False)
    assert members(installation, "student0") == {"student0", "student1", "student2"}


def test_what_else_was_open_for_and_by_the_team_that_came_is_withdrawn(installation: Installation) -> None:
    in_teams_of(installation, 3)
    accepted = invite(installation, "student0", "student1")
    invite(installation, "student1", "student2")
    invite(installation, "student2", "student1")
    open_invitation = invite(installation, "student0", "student2")

    answer(installation, "student1", accepted)

    assert states(installation) == [
        InvitationState.ACCEPTED,
        InvitationState.WITHDRAWN,
        InvitationState.WITHDRAWN,
        InvitationState.PENDING,
    ]
    assert [each.invitation.id for each in received(installation, "student2")] == [open_invitation]
