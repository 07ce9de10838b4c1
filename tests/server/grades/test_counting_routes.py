"""How a course counts, its items and all its points over the API: by right, all or nothing, on the record."""

from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select

from server.models import AuditEntry, Right
from tests.server.rights.test_rights import withhold
from tests.support.installation import Installation
from tests.support.points_by_hand import count_by_hand

pytestmark = pytest.mark.both
RULES, ITEMS, ALL = (
    "/api/courses/ml/grade-rules",
    "/api/competitions/tiny/items",
    "/api/courses/ml/points/students",
)
HEAVIER = {"homeworks": {"tiny": {"weight": 2.0}}}


@pytest.fixture
def counted(installation: Installation) -> Installation:
    """A course that counts by hand: student0 has 1.5 points for code, weighed by half."""
    count_by_hand(installation)
    return installation


def change(installation: Installation, by: str = "iris", **changes: Any) -> Response:
    """Ask for other rules."""
    client = installation.client(by)
    version = installation.client("iris").get(RULES).json()["version"]
    return client.put(RULES, json=HEAVIER | {"version": version, "reason": "Twice the work."} | changes)


def total_of(installation: Installation, name: str) -> float:
    """A student's total as staff read it."""
    rows = installation.client("iris").get(ALL).json()["students"]
    total: float = next(row["total"] for row in rows if row["username"] == name)
    return total


def save(installation: Installation, name: str, by: str = "tina", **cell: Any) -> Response:
    """Save one cell."""
    whole = {"user_id": installation.user(name).id, "item": "code", "was": None, "points": 1.0} | cell
    return installation.client(by).put(ITEMS, json={"cells": [whole]})


def test_rules_are_tried_and_then_changed_with_what_was_before(counted: Installation) -> None:
    before = counted.client("iris").get(RULES).json()
    trial = counted.client("iris").post(f"{RULES}/preview", json=HEAVIER).json()
    unmoved = total_of(counted, "student0")

    after = change(counted).json()

    assert before["homeworks"]["tiny"]["weight"] == 0.5
    assert before["homeworks"]["tiny"]["items"] == {"code": 2.0, "report": 4.0}
    moved = next(each for each in trial["moved"] if each["user_id"] == counted.user("student0").id)
    assert (
        (moved["before"], moved["after"]) == (unmoved, 4 * unmoved) == (0.75, total_of(counted, "student0"))
    )
    assert after["homeworks"]["tiny"] == before["homeworks"]["tiny"] | {"weight": 2.0}
    assert [(each["reason"], each["names"]) for each in after["changes"]] == [("Twice the work.", ["tiny"])]


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"version": "x"}, 409, "changed since you looked"),
        ({"reason": " "}, 422, "eason"),
        ({"homeworks": {"tiny": {"weight": -1}}}, 422, "weight"),
        ({"homeworks": {"tiny": {"height": 1}}}, 422, "There is no rule 'height'"),
        ({"homeworks": {"other": {"weight": 1}}}, 422, "no competition 'other'"),
        ({"homeworks": {"tiny": {"items": {"code": 1.0}}}}, 409, "has points for"),
        ({"homeworks": {"tiny": {"bonus_percent": 10.0}}}, 422, "bonus"),
        ({"homeworks": {"tiny": {"weight": 0.5}}}, 422, "Nothing would change"),
    ],
)
def test_rules_that_cannot_be_are_refused(
    counted: Installation, changes: dict[str, Any], status: int, reason: str
) -> None:
    answer = change(counted, **changes)

    assert answer.status_code == status
    assert reason in answer.json()["error"]["message"]
    assert counted.client("iris").get(RULES).json()["homeworks"]["tiny"]["weight"] == 0.5


def test_cells_are_saved_all_or_none_and_never_over_anothers(counted: Installation) -> None:
    saved = save(counted, "student1")
    again = save(counted, "student1", was=0.5, points=2.0)
    beyond = save(counted, "student2", points=2.5)
    strange = save(counted, "student2", item="song")

    assert (saved.status_code, saved.json()) == (200, {"changed": 1})
    assert (again.status_code, beyond.status_code, strange.status_code) == (409, 422, 422)
    assert "no item 'song'" in strange.json()["error"]["message"]
    sheet = counted.client("tina").get(ITEMS).json()
    points = {each["username"]: each["points"] for each in sheet["students"]}
    assert (points["student0"], points["student1"], points["student2"]) == ({"code": 1.5}, {"code": 1.0}, {})
    acts = counted.db.read(lambda session: session.scalars(select(AuditEntry.act)).all())
    assert acts.count("items_checked") == 1


def test_only_staff_with_the_rights_count_and_see_all(counted: Installation) -> None:
    addresses = [("GET", RULES), ("GET", ITEMS), ("GET", ALL)]

    def statuses(name: str) -> list[int]:
        client = counted.client(name)
        return [client.request(*address).status_code for address in addresses]

    assert statuses("student0") == [403] * 3
    assert statuses("mallory") == [404] * 3
    assert change(counted, by="student0").status_code == 403
    assert save(counted, "student0", by="student0").status_code == 403
    withhold(counted, Right.SEE_PRIVATE)
    assert statuses("tina") == [403, 200, 200]
    assert change(counted, by="tina").status_code == 403
    withhold(counted, Right.SEE_NAMES)
    assert statuses("tina") == [403] * 3
