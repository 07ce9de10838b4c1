"""Extensions and grants by page and API: staff give them, students cannot."""

from datetime import timedelta

import pytest

from server.clock import iso
from tests.support.browser import browser, form_token
from tests.support.installation import Installation

pytestmark = pytest.mark.both

PATH = "/api/competitions/tiny/allowances"


def test_staff_give_list_and_take_back_over_the_api(installation: Installation) -> None:
    staff = installation.client("tina")
    until = iso(installation.competition().deadline_at + timedelta(hours=5))

    extended = staff.post(PATH, json={"to": "student0", "deadline_at": until, "reason": "ill"})
    granted = staff.post(PATH, json={"to": "student1", "extra_slots": 3, "reason": "server was down"})
    taken = staff.post(f"{PATH}/{granted.json()['id']}/revoke", json={"reason": "it was not"})

    assert (extended.status_code, granted.status_code, taken.status_code) == (201, 201, 200)
    listed = staff.get(PATH).json()["allowances"]
    assert [(row["to"], row["revoked_at"] is None) for row in listed] == [
        ("Student1 (student1)", False),
        ("Student0 (student0)", True),
    ]
    assert listed[1]["deadline_at"] == until
    assert installation.client("student0").get("/api/competitions/tiny").json()["extended_to"] == until


@pytest.mark.parametrize("username", ["student0", "mallory", "ivan", None])
def test_nobody_but_the_courses_staff_may(installation: Installation, username: str | None) -> None:
    client = installation.client(username)

    statuses = {
        client.post(PATH, json={"to": "student0", "extra_slots": 3, "reason": "please"}).status_code,
        client.get(PATH).status_code,
        client.get("/competitions/tiny/allowances", follow_redirects=False).status_code,
    }

    assert statuses <= {401, 403, 404, 303}
    assert installation.client("tina").get(PATH).json()["allowances"] == []


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"extra_slots": 1, "deadline_at": "2030-03-18T05:00:00Z"},
        {"extra_slots": 0},
        {"extra_slots": 100_000},
        {"deadline_at": "2030-01-01T00:00:00Z"},
        {"deadline_at": "2031-01-01T00:00:00Z"},
        {"extra_slots": 1, "reason": " "},
    ],
)
def test_a_senseless_allowance_is_refused_with_a_sentence(
    installation: Installation, what: dict[str, object]
) -> None:
    answer = installation.client("tina").post(PATH, json={"to": "student0", "reason": "ill"} | what)

    assert answer.status_code == 422
    assert answer.json()["error"]["message"].endswith(".")


def test_the_page_gives_and_takes_back_without_a_script(installation: Installation) -> None:
    client = browser(installation, "tina")
    here = "/competitions/tiny/allowances"
    form = {"form_token": form_token(client), "to": "student0", "reason": "ill"}

    granted = client.post(f"{here}/grant", data=form | {"slots": "2", "day": "2030-03-14"})
    extended = client.post(f"{here}/extension", data=form | {"deadline": "2030-03-18T20:00"})
    taken = client.post(f"{here}/1/revoke", data=form)

    assert "2 more on 2030-03-14" in granted.text
    assert "Mon 18 Mar 2030, 20:00 (Asia/Taipei)" in extended.text
    assert "taken back" in taken.text
