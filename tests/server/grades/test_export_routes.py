"""Exports over the API and by the command, which the page then lists as it does its own."""

import csv
import io
from pathlib import Path

import pytest

from client.__main__ import main
from server.models import Right
from tests.server.grades.test_exports import CANVAS, PAGE, file, graded
from tests.server.rights.test_rights import withhold
from tests.support.browser import words
from tests.support.installation import Installation

pytestmark = pytest.mark.both
__all__ = ["graded"]
ROUTE = "/api/courses/ml/exports"


def rows_of(data: bytes) -> list[list[str]]:
    """The cells of a CSV file."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_a_gradebook_is_the_body_and_its_export_is_the_answer(graded: Installation) -> None:
    client = graded.client("iris")

    answer = client.post(ROUTE, params={"kind": "canvas"}, content=CANVAS.encode())

    assert answer.status_code == 201
    export = answer.json()
    assert (export["version"], export["kind"], export["made_by"]) == (1, "canvas", "Iris")
    assert [each["keys"] for each in export["not_here"]] == [["STUDENT2"]]
    assert [each["name"] for each in export["not_here"][0]["partners"]] == ["Student2"]
    assert client.get(ROUTE).json()["exports"] == [export]
    data = client.get(answer.headers["location"])
    assert rows_of(data.content)[0][-1] == "Tiny accuracy (12)"
    assert data.headers["cache-control"] == "no-store"


def test_columns_are_chosen_by_their_places(graded: Installation) -> None:
    client = graded.client("iris")

    answer = client.post(
        ROUTE, params={"kind": "canvas", "column": ["6=tiny"], "clears": "true"}, content=CANVAS.encode()
    )

    assert answer.status_code == 201
    rows = rows_of(client.get(answer.headers["location"]).content)
    assert [row[-1] for row in rows[:1] + rows[3:]] == ["Quiz (13)", "", ""]


def test_columns_of_another_maximum_are_in_the_answer(graded: Installation) -> None:
    client = graded.client("iris")
    of_100 = CANVAS.replace(",,,,8,10,", ",,,,100,10,").encode()

    answers = [
        client.post(ROUTE, params={"kind": "canvas", "scales": scales}, content=of_100).json()
        for scales in ("false", "true")
    ]

    column = {"title": "Tiny accuracy", "there": 100.0, "here": 8.0}
    assert [each["maxima"] for each in answers] == [[column | {"is_scaled": each}] for each in (False, True)]
    assert client.post(ROUTE, params={"kind": "canvas"}, content=CANVAS.encode()).json()["maxima"] == []


@pytest.mark.parametrize(
    ("params", "status", "reason"),
    [
        ({"kind": "canvas"}, 422, "No file was chosen"),
        ({"kind": "canvas", "column": "0=tiny"}, 422, "is no column"),
        ({"kind": "canvas_plain"}, 422, "Choose the homework"),
        ({"kind": "other"}, 422, "kind"),
    ],
)
def test_a_request_that_cannot_be_is_refused_with_what_to_do(
    graded: Installation, params: dict[str, str], status: int, reason: str
) -> None:
    answer = graded.client("iris").post(ROUTE, params=params)

    assert answer.status_code == status
    assert reason in answer.text


def test_exports_over_the_api_are_for_staff_with_all_three_rights(graded: Installation) -> None:
    graded.client("iris").post(ROUTE, params={"kind": "json"}).raise_for_status()
    addresses = [("GET", ROUTE), ("GET", f"{ROUTE}/1"), ("POST", f"{ROUTE}?kind=json")]

    def statuses(name: str) -> list[int]:
        return [graded.client(name).request(*address).status_code for address in addresses]

    assert statuses("tina") == [200, 200, 201]
    assert statuses("student0") == [403] * 3
    assert statuses("mallory") == statuses("ivan") == [404] * 3
    withhold(graded, Right.SEE_PRIVATE)
    assert statuses("tina") == [403] * 3


def test_the_command_exports_the_same_and_the_page_lists_it(
    graded: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPLITBOARD_DATABASE_URL", graded.db.url)
    monkeypatch.setattr("server.commands.staff.grades.utc_now", graded.clock)
    gradebook, out = tmp_path / "gradebook.csv", tmp_path / "filled.csv"
    gradebook.write_text(CANVAS.replace(",,,,8,10,", ",,,,100,10,"), encoding="utf-8", newline="")
    words_of_it = ["grades", "ml", "--for", "canvas", "--gradebook", str(gradebook), "--out", str(out)]

    with pytest.raises(SystemExit) as left:
        main([*words_of_it, "--data", str(graded.folder / "data")])

    assert left.value.code == 0
    output = capsys.readouterr().out
    assert "2 students in" in output
    assert "not in the course: Nobody STUDENT2 (perhaps Student2)" in output
    assert "not in the file: Student2" in output
    assert "another maximum: Tiny accuracy: 100 there, 8 here" in output
    assert out.read_bytes() == file(graded, 1).content
    assert "ml-canvas-1.csv" in words(graded.client("iris").get(PAGE).text)
