"""`splitboard points`: what is earned, sealed, still to be had, and what is missing."""

import json
from typing import Any

import pytest

from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

pytestmark = pytest.mark.usefixtures("signed_in")

ITEM = {"name": "report", "points": None, "most": 4.0}
TIER = {"name": "strong", "points_public": 1.0, "hint_url": "/competitions/food/tiers"}
HOMEWORK: dict[str, Any] = {
    **{"competition": "food", "title": "Food images", "earned": 1.75, "sealed_most": 1.25, "open_most": 3.0},
    **{"most": 6.0, "counts": True, "tiers_public": 2.0, "tiers_private": None, "items": [ITEM], "files": 0},
    **{"missing": ["file", "report"], "next_tier": TIER},
}
POINTS = {
    **{"course": "ml", "earned": 1.75, "sealed_most": 1.25, "open_most": 0.0, "most": 6.0},
    "homeworks": [HOMEWORK],
}


def test_points_come_as_a_table_with_the_sum_below(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", "/api/courses/ml/points", Answer(200, POINTS))

    ended = splitboard("points", "ml")

    lines = [line.split("  ") for line in ended.out.splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert ended.status == 0
    assert cells[0] == ["homework", "points", "sealed", "still to be had", "next"]
    assert cells[1] == [
        "Food images",
        "1.75 of 6",
        "up to 1.25",
        "up to 3",
        "strong, nothing handed in, report",
    ]
    assert cells[2] == ["sum", "1.75 of 6", "up to 1.25", "-"]


def test_points_as_json_are_the_servers_answer(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", "/api/courses/ml/points", Answer(200, POINTS))

    assert json.loads(splitboard("points", "ml", "--json").out) == POINTS


def test_whoever_is_no_student_there_reads_why(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", "/api/courses/ml/points", answers.refusal(404, "not_found", "No points."))

    ended = splitboard("points", "ml")

    assert ended.err == "No points.\n"


def test_a_student_of_one_course_need_not_name_it(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", "/api/me", Answer(200, answers.USER))
    server.prepare("GET", "/api/courses/ml-2026/points", Answer(200, POINTS))

    assert json.loads(splitboard("points", "--json").out) == POINTS
