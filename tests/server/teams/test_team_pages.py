"""Teams on the pages and over the API: the whole way without script, and who may not go it."""

from typing import Any

import pytest
from sqlalchemy import update

from server.models import Member
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation
from tests.support.teamwork import in_teams_of, invite, join, members, rename

API = "/api/competitions/tiny/team"
TEAM = f"{TINY}/team"


def post(installation: Installation, visitor: str, path: str, **fields: str) -> tuple[int, str]:
    """Post a form as a browser without script does; the status and the words of the page it leads to."""
    client = browser(installation, visitor)
    answer = client.post(path, data={"form_token": form_token(client), **fields})
    return answer.status_code, words(answer.text)


def page(installation: Installation, visitor: str, path: str = TEAM) -> str:
    """The words on a page."""
    return words(browser(installation, visitor).get(path).text)


def test_two_students_become_a_team_on_the_pages(installation: Installation) -> None:
    in_teams_of(installation, 2)
    installation.submit_accuracy("student0", 0.7, seed=1)
    alone = page(installation, "student0")

    invited = post(installation, "student0", f"{TEAM}/invitations", student="student1")
    first = page(installation, "student1", "/")
    invitation_page = page(installation, "student1")
    joined = post(installation, "student1", f"{TEAM}/invitations/1/accept")
    named = post(installation, "student1", TEAM, name="Foxes")
    board = page(installation, "student2", f"{TINY}/leaderboard")

    assert "1 of 2" in alone
    assert invited[0] == joined[0] == named[0] == 200
    assert "On student1 student0" in invited[1]
    assert "Student0 asks you to join. Look and answer" in first
    assert "you simply join" in invitation_page
    assert "2 of 2" in joined[1]
    assert "has sent files" in joined[1]
    assert "Foxes" in board
    assert "Student0" not in board
    assert "Look and answer" not in page(installation, "student1", "/")


def test_a_merge_says_what_it_means_before_it_is_accepted(installation: Installation) -> None:
    in_teams_of(installation, 2)
    installation.submit_accuracy("student0", 0.7, seed=1)
    installation.submit_accuracy("student1", 0.6, seed=2)
    invite(installation, "student0", "student1")

    shown = page(installation, "student1")
    done = post(installation, "student1", f"{TEAM}/invitations/1/accept")
    listed = page(installation, "student1", f"{TINY}/submissions")

    assert "Accepting merges your team into theirs." in shown
    assert "have used 2 of 15 submissions that one team could have used by today" in shown
    assert "final selections of both teams are taken off" in shown
    assert done[0] == 200
    assert "by student0" in listed
    assert "by student1" in listed


def test_an_invitation_that_cannot_be_accepted_says_why_and_has_no_button(
    installation: Installation,
) -> None:
    in_teams_of(installation, 3)
    join(installation, "student0", "student1")
    invite(installation, "student2", "student1")
    in_teams_of(installation, 2)

    shown = page(installation, "student1")
    refused = post(installation, "student1", f"{TEAM}/invitations/2/accept")
    declined = post(installation, "student1", f"{TEAM}/invitations/2/decline")

    assert "You cannot accept this now. Together you would be 3 members" in shown
    assert "Accept and" not in shown
    assert (refused[0], declined[0]) == (409, 200)
    assert members(installation, "student2") == {"student2"}


def test_a_member_leaves_and_withdraws_by_forms(installation: Installation) -> None:
    in_teams_of(installation, 3)
    join(installation, "student0", "student1")
    invite(installation, "student0", "student2")

    withdrawn = post(installation, "student1", f"{TEAM}/invitations/2/withdraw")
    left = post(installation, "student1", f"{TEAM}/leave")

    assert withdrawn[0] == left[0] == 200
    assert "Withdraw" not in withdrawn[1]
    assert members(installation, "student0") == {"student0"}
    assert "asks you" not in page(installation, "student2", "/")


def test_every_student_has_the_tab_where_the_team_is_named_and_staff_have_none(
    installation: Installation,
) -> None:
    def tab(visitor: str) -> bool:
        return f'href="{TEAM}"' in browser(installation, visitor).get(f"{TINY}/leaderboard").text

    alone = tab("student0")
    in_teams_of(installation, 2)

    assert (alone, tab("student0"), tab("tina")) == (True, True, False)
    in_teams_of(installation, 1)
    assert "everybody competes alone" in page(installation, "student0")


def test_staff_see_and_mend_teams_on_their_pages(installation: Installation) -> None:
    in_teams_of(installation, 2)
    user = installation.user("student1")
    installation.db.write(
        lambda session: (
            session.execute(update(Member).where(Member.user_id == user.id).values(student_number="B07"))
            and None
        )
    )
    join(installation, "student0", "student1")
    rename(installation, "student0", "Rude <b>words</b>")
    installation.submit_accuracy("student0", 0.7, seed=1)

    listed = page(installation, "tina", TEAM)
    matches, missed = (page(installation, "tina", f"{TINY}/teams?q={q}") for q in ("b07", "zzz"))
    board = browser(installation, "tina").get(f"{TINY}/leaderboard").text
    renamed = post(installation, "tina", f"{TINY}/teams/5", name="Team 1", reason="Rude.")
    fields = {"username": "student1", "beside": "", "reason": "They asked."}
    moved = post(installation, "tina", f"{TINY}/teams/moves/new", **fields)

    assert "Rude &lt;b&gt;words&lt;/b&gt; Student0 no number Student1 B07 0.7157 1" in listed
    assert "B07" in matches
    assert "No team answers to that." in missed
    assert f'<a href="{TINY}/teams/5"><bdi>Rude' in board
    assert (renamed[0], moved[0]) == (200, 200)
    assert renamed[1].count("Team 1") >= 1
    assert members(installation, "student1") == {"student1"}


@pytest.mark.parametrize("username", ["student0", "mallory"])
def test_a_students_page_has_no_way_to_the_list_of_all_teams(
    installation: Installation, username: str
) -> None:
    rename(installation, "student0", "Foxes")
    client = installation.client(username)
    body: dict[str, Any] = {"name": "x", "username": "student0", "reason": "y"}

    statuses = [
        client.get(f"{TINY}/teams").status_code,
        client.get(f"{TINY}/teams/5").status_code,
        client.post(f"{TINY}/teams/5", data=body).status_code,
        client.get("/api/competitions/tiny/teams").status_code,
        client.put("/api/competitions/tiny/teams/5", json=body).status_code,
        client.post("/api/competitions/tiny/teams/moves", json=body).status_code,
    ]

    assert set(statuses) == {403 if username == "student0" else 404}
    assert "/teams" not in browser(installation, "student0").get(f"{TINY}/leaderboard").text


def test_every_form_of_a_team_wants_its_token(installation: Installation) -> None:
    in_teams_of(installation, 2)
    invite(installation, "student0", "student1")
    student, staff = browser(installation, "student1"), browser(installation, "tina")
    wrong = {"form_token": "wrong", "name": "x", "student": "student2", "reason": "y", "username": "student0"}

    answers = [
        student.post(path, data=wrong)
        for path in (TEAM, f"{TEAM}/invitations", f"{TEAM}/leave", f"{TEAM}/invitations/1/accept")
    ]
    answers += [staff.post(f"{TINY}/teams/{path}", data=wrong) for path in ("5", "moves/new")]

    assert ["earlier session" in answer.text for answer in answers] == [True] * 6
    assert members(installation, "student1") == set()


def test_the_api_goes_the_whole_way(installation: Installation) -> None:
    in_teams_of(installation, 2)
    zero, one, tina = (installation.client(name) for name in ("student0", "student1", "tina"))

    before = zero.get(API).json()
    invited = zero.post(f"{API}/invitations", json={"student": "student1"})
    again = zero.post(f"{API}/invitations", json={"student": "student1"})
    invitation = one.get(API).json()["invitations"][0]
    accepted = one.post(f"{API}/invitations/{invitation['id']}/accept")
    renamed = one.put(API, json={"name": "Foxes"})
    listed = tina.get("/api/competitions/tiny/teams", params={"q": "fox"}).json()["teams"]
    mended = tina.put("/api/competitions/tiny/teams/5", json={"name": "Team 1", "reason": "Because."})
    left = one.post(f"{API}/leave").json()
    move = {"username": "student1", "to": "student0", "reason": "Together after all."}
    moved = tina.post("/api/competitions/tiny/teams/moves", json=move).json()

    assert before == {
        "competition": "tiny",
        "name": "Student0",
        "members": [{"username": "student0", "display_name": "Student0"}],
        "team_size": 2,
        "merge_until": "2030-03-18T04:00:00.000000Z",
        "can_grow": True,
        "invited": [],
        "invitations": [],
    }
    assert (invited.status_code, invited.headers["location"]) == (201, API)
    assert [each["student"] for each in invited.json()["invited"]] == ["student1"]
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    assert (invitation["team"], invitation["is_merge"], invitation["members_together"]) == (
        "Student0",
        False,
        2,
    )
    assert [each["username"] for each in accepted.json()["members"]] == ["student0", "student1"]
    assert renamed.json()["name"] == "Foxes"
    assert [[each["username"] for each in team["members"]] for team in listed] == [["student0", "student1"]]
    assert (mended.status_code, mended.json()["name"]) == (200, "Team 1")
    assert (left["name"], len(left["members"])) == ("Student1", 1)
    assert [each["username"] for each in moved["members"]] == ["student0", "student1"]


@pytest.mark.parametrize(
    ("username", "status", "code"),
    [("tina", 403, "not_allowed"), ("mallory", 404, "not_found"), (None, 401, None)],
)
def test_the_api_of_a_team_is_for_the_courses_students(
    installation: Installation, username: str | None, status: int, code: str | None
) -> None:
    client = installation.client(username)

    for answer in (
        client.post(f"{API}/invitations", json={"student": "student1"}),
        client.put(API, json={"name": "Foxes"}),
        client.post(f"{API}/leave"),
    ):
        assert answer.status_code == status
        assert code in (None, answer.json()["error"]["code"])


def test_nobody_of_a_full_course_learns_who_else_there_is(installation: Installation) -> None:
    in_teams_of(installation, 2)
    client = installation.client("student0")

    answers = [
        client.post(f"{API}/invitations", json={"student": name}) for name in ("mallory", "nobody", "tina")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
