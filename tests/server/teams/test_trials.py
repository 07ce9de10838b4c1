"""Trials: what staff upload is scored and stands nowhere, whatever their role was before or becomes."""

import re
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.database.engines import unguarded
from server.domain.boards import leaderboard, shake_up, snapshots, time_machine
from server.domain.grades import report
from server.domain.integrity import look_alikes
from server.domain.submissions import activity
from server.domain.teams import membership
from server.models import (
    Member,
    PrivateSnapshot,
    PrivateStanding,
    Role,
    Standing,
    Submission,
    Team,
    TeamKind,
    User,
)
from server.services.schema import downgrade, upgrade
from tests.support import rescored
from tests.support.installation import Installation, installed
from tests.support.oracle import violations
from tests.support.tiny_homework import predictions

API = "/api/competitions/tiny"
PEOPLE = ["student0", "student1", "tina", "iris", "root"]
STAFF = ["tina", "iris", "root"]
Act = tuple[str, float, int] | tuple[str, Role | None]
ROLES = [*Role, None]  # None: an admin of the installation, without a part in the course


def become(installation: Installation, name: str, role: Role | None) -> None:
    """Give a person another role; None makes an admin of them."""
    user_id, course_id = installation.user(name).id, installation.competition().course_id

    def work(session: Session) -> None:
        session.execute(update(User).where(User.id == user_id).values(is_admin=role is None))
        member = session.scalar(
            select(Member).where(Member.user_id == user_id, Member.course_id == course_id)
        )
        if role is not None and member is None:
            session.add(Member(user_id=user_id, course_id=course_id, role=role, is_active=True))
        elif role is not None and member is not None:
            member.role = role

    installation.db.write(work)


def teams_shown(installation: Installation) -> list[set[str]]:
    """The student teams that each place shows which tells of teams."""
    competition, now = installation.competition(), installation.clock()

    def read(session: Session) -> list[set[str]]:
        boards = [
            leaderboard.board(session, competition=competition, split=split)
            for split in (Standing, PrivateStanding)
        ]
        boards += [
            time_machine.board_at(session, competition=competition, split=split, then=now)
            for split in (Standing, PrivateStanding)
        ]
        names = [{row.team for row in board if row.tier is None} for board in boards]
        names += [{move.team for move in shake_up.shake_up(session, competition=competition).moves}]
        uploads = look_alikes.uploads_of(session, competition)
        return [*names, set(membership.names_of(session, {each.team_id for each in uploads}).values())]

    return installation.db.read(read, private=True)


def counts_shown(installation: Installation) -> set[int]:
    """How many student teams stand on the boards, by all that say so."""
    competition = installation.competition()
    team_count = installation.client("student2").get(API).json()["teams"]
    count = installation.db.read(
        lambda session: leaderboard.public_rank(session, competition_id=competition.id, team_id=0)[1]
    )
    return {team_count, count}


@pytest.mark.both
@pytest.mark.parametrize("name", STAFF)
def test_what_staff_send_is_scored_as_a_trial_and_stands_on_no_board(
    installation: Installation, name: str
) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)
    installation.submit_accuracy("student1", 0.5, seed=2)
    before = teams_shown(installation), counts_shown(installation)

    answer = installation.client(name).post(
        f"{API}/submissions", content=predictions(400, accuracy=1.0, seed=3)
    )

    receipt = answer.json()
    assert answer.status_code == 201
    assert (receipt["state"], receipt["public_score"], receipt["is_trial"]) == ("scored", 1.0, True)
    assert (receipt["rank"], receipt["teams"]) == (None, 2)
    assert receipt["signed"]["receipt"]["is_trial"] is True
    assert (teams_shown(installation), counts_shown(installation)) == before
    assert violations(installation, acknowledged=[receipt["id"]]) == []


def test_a_trial_is_taken_before_the_opening_and_after_everything_and_is_never_late(
    installation: Installation,
) -> None:
    competition, client = installation.competition(), installation.client("tina")
    times = [competition.opens_at - timedelta(days=1), competition.reveal_at + timedelta(days=400)]

    answers = []
    for seed, now in enumerate(times):
        installation.clock.now = now
        data = predictions(400, accuracy=0.6, seed=seed)
        answers.append(client.post(f"{API}/submissions", content=data))

    assert [answer.status_code for answer in answers] == [201, 201]
    assert {(each.json()["is_late"], each.json()["is_practice"]) for each in answers} == {(False, False)}


def test_trials_have_the_daily_limit_of_a_team_and_cost_invalid_files_nothing(
    installation: Installation,
) -> None:
    client, limit = installation.client("tina"), installation.competition().daily_limit

    bad = client.post(f"{API}/submissions", content=b"id,label\n")
    answers = [
        client.post(f"{API}/submissions", content=predictions(400, accuracy=0.6, seed=seed))
        for seed in range(limit + 1)
    ]

    assert bad.status_code == 422
    assert [answer.status_code for answer in answers] == [201] * limit + [429]
    assert client.get(API).json()["today"]["left"] == 0


def test_a_student_who_becomes_a_ta_keeps_the_row_and_sends_trials(installation: Installation) -> None:
    as_student = installation.submit_accuracy("student0", 0.6, seed=1)
    become(installation, "student0", Role.TA)
    client = installation.client("student0")

    trial = client.post(f"{API}/submissions", content=predictions(400, accuracy=1.0, seed=2)).json()
    chosen = client.put(f"/api/submissions/{as_student.id}/final", json={"selected": True})

    assert trial["is_trial"] is True
    listed = client.get(f"{API}/submissions").json()["submissions"]
    assert [(each["id"], each["is_trial"]) for each in listed] == [
        (trial["id"], True),
        (as_student.id, False),
    ]
    rows = client.get(f"{API}/leaderboard/public").json()["rows"]
    assert [(row["team"], row["score"] < 1.0) for row in rows] == [("Student0", True)]
    assert chosen.status_code == 403
    assert "choose no final selections" in chosen.json()["error"]["message"]


def test_a_ta_who_becomes_a_student_starts_anew_and_the_same_file_counts_then(
    installation: Installation,
) -> None:
    data, client = predictions(400, accuracy=0.9, seed=1), installation.client("tina")
    trial = client.post(f"{API}/submissions", content=data).json()
    become(installation, "tina", Role.STUDENT)

    answer = client.post(f"{API}/submissions", content=data)

    assert (answer.status_code, answer.json()["is_trial"], answer.json()["rank"]) == (201, False, 1)
    assert client.get(f"/api/submissions/{trial['id']}").json()["is_trial"] is True
    final = client.put(f"/api/submissions/{trial['id']}/final", json={"selected": True})
    assert (final.status_code, final.json()["error"]["message"].split(".")[0]) == (
        403,
        "This was sent as a trial by staff",
    )
    assert installation.client("student0").get(f"/api/submissions/{trial['id']}").status_code == 404


def test_pages_call_a_trial_one_and_offer_nothing_to_choose(installation: Installation) -> None:
    trial = installation.submit_accuracy("tina", 0.9, seed=1)
    client = installation.client("tina")

    pages = [
        re.sub(r"\s+", " ", client.get(path).text)
        for path in (
            f"/submissions/{trial.id}",
            "/competitions/tiny/submissions",
            "/competitions/tiny/submit",
        )
    ]

    for page in pages:
        assert '<span class="state state-trial">trial</span>' in page
        assert 'name="selected"' not in page
    assert "What you send as staff is a trial" in pages[2]
    assert "Exclude this submission" not in pages[0]


def test_a_trial_cannot_be_excluded_since_it_counts_nowhere(installation: Installation) -> None:
    trial = installation.submit_accuracy("tina", 0.9, seed=1)

    answer = installation.client("iris").put(
        f"/api/submissions/{trial.id}/excluded", json={"excluded": True, "reason": "a test"}
    )

    assert answer.status_code == 409
    assert "a trial of the staff" in answer.json()["error"]["message"]


def test_a_student_who_leaves_the_course_keeps_the_row_and_stands_in_no_grades(
    installation: Installation,
) -> None:
    installation.submit_accuracy("student0", 0.9, seed=1)
    installation.submit_accuracy("student1", 0.6, seed=2)
    user_id = installation.user("student0").id
    installation.db.write(
        lambda session: (
            session.execute(update(Member).where(Member.user_id == user_id).values(is_active=False)) and None
        )
    )

    rows = installation.client("student1").get(f"{API}/leaderboard/public").json()["rows"]
    graded = installation.db.read(
        lambda session: report.grades_of(session, competition=installation.competition()), private=True
    )

    assert [(row["rank"], row["team"]) for row in rows] == [(1, "Student0"), (2, "Student1")]
    assert "student0" not in {row.username for row in graded}


uploads = st.tuples(st.sampled_from(PEOPLE), st.sampled_from([0.3, 0.6, 0.9]), st.integers(0, 3))
changes = st.tuples(st.sampled_from(PEOPLE[:4]), st.sampled_from(ROLES))


def follow(installation: Installation, acts: list[Act]) -> None:
    """Do these acts; a plain model says which teams must be seen then, and every place must agree."""
    roles: dict[str, Role | None] = {
        "student0": Role.STUDENT,
        "student1": Role.STUDENT,
        "tina": Role.TA,
        "iris": Role.INSTRUCTOR,
        "root": None,
    }
    counted: dict[str, set[bytes]] = {}
    for act in acts:
        if len(act) == 2:
            roles[act[0]] = act[1]
            become(installation, *act)
            continue
        name, accuracy, seed = act
        data = predictions(400, accuracy=accuracy, seed=seed)
        answer = installation.client(name).post(f"{API}/submissions", content=data)
        assert answer.json()["is_trial"] is (roles[name] is not Role.STUDENT)
        if roles[name] is Role.STUDENT:
            counted.setdefault(name, set()).add(data)
        installation.clock.advance(timedelta(days=1))

    assert teams_shown(installation) == [{name.title() for name in counted}] * 6
    assert counts_shown(installation) == {len(counted)}
    competition = installation.competition()
    files, kinds = installation.db.read(
        lambda session: (
            sum(activity.by_state(session, competition=competition).values()),
            set(session.scalars(select(Team.kind).join(Standing, Standing.team_id == Team.id))),
        )
    )
    assert files == sum(map(len, counted.values()))
    assert kinds <= {TeamKind.STUDENT}
    assert violations(installation) == []


def lives(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, derandomize=True)


def follow_in_new(acts: list[Act]) -> None:
    """Follow the acts in an installation of their own, whose deadline is far."""
    with TemporaryDirectory() as folder, installed("sqlite", Path(folder)) as installation:
        row = installation.competition()
        names = ("deadline_at", "late_until", "reveal_at")
        times = {name: getattr(row, name) + timedelta(days=400) for name in names}
        installation.db.write(lambda session: session.execute(update(type(row)).values(**times)) and None)
        follow(installation, acts)


@given(acts=st.lists(st.one_of(uploads, uploads, changes), min_size=4, max_size=6))
@lives(2)
def test_only_what_was_sent_as_a_student_is_ever_seen_whatever_roles_become(acts: list[Act]) -> None:
    follow_in_new(acts)


@pytest.mark.long
@given(acts=st.lists(st.one_of(uploads, uploads, changes), min_size=6, max_size=14))
@lives(15)
def test_long_lives_of_changing_roles_show_only_what_students_sent(acts: list[Act]) -> None:
    follow_in_new(acts)


@pytest.mark.both
def test_a_rescore_grades_trials_anew_and_rebuilds_all_standings_without_them(
    installation: Installation,
) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)
    trial = installation.submit_accuracy("tina", 0.9, seed=2)
    before = rescored.public_scores(installation)[trial.id]
    rescore = rescored.ready(installation)

    rescored.apply(installation, rescore.id)

    assert rescored.public_scores(installation)[trial.id] != before
    assert teams_shown(installation) == [{"Student0"}] * 6
    assert violations(installation) == []


@pytest.mark.both
def test_an_upgrade_takes_staff_off_boards_that_they_stood_on(installation: Installation) -> None:
    """Down and up again, with a TA who sent files before trials were known."""
    ids = [
        installation.submit_accuracy(name, accuracy, seed=1).id
        for name, accuracy in (("student0", 0.5), ("student1", 0.9), ("student2", 0.7))
    ]
    competition = installation.competition()
    installation.clock.now = competition.deadline_at + timedelta(days=1)
    installation.db.write(
        lambda session: snapshots.take(session, competition_id=competition.id, now=installation.clock()),
        private=True,
    )
    url = installation.db.engine.url.render_as_string(hide_password=False)
    user_id = installation.user("student1").id
    downgrade(url, "0014")
    installation.db.write(  # by columns that the old schema has
        lambda session: session.execute(update(Member).where(Member.user_id == user_id).values(role=Role.TA))
    )

    upgrade(url)

    receipt = installation.client("student1").get(f"/api/submissions/{ids[1]}").json()
    assert receipt["is_trial"] is True
    assert teams_shown(installation) == [{"Student0", "Student2"}] * 6
    with unguarded(installation.db.engine) as connection:
        stored = connection.execute(select(PrivateSnapshot.rows)).scalar_one()
    assert [(row["rank"], row["team"]) for row in stored] == [(1, "Student2"), (2, "Student0")]
    assert violations(installation) == []
    states = installation.db.read(lambda session: list(session.scalars(select(Submission.state))))
    assert [state.value for state in states] == ["scored"] * 3
