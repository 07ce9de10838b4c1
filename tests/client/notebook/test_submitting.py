"""`splitboard.submit(...)` takes what a notebook has, looks at it first, and shows what it comes to."""

import hashlib
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import client
from client.api.errors import ApiError, Misuse
from client.api.types.origins import Origin
from client.notebook import submitting
from client.notebook.submitting import InvalidPredictions
from tests.client import answers
from tests.client.notebook.conftest import DOOR, SAMPLE
from tests.client.stub_server import Answer, StubServer

FRAME = pd.DataFrame({"id": ["a1", "a2"], "label": [1, 0]})
SENT = b"id,label\na1,1\na2,0\n"


@pytest.mark.parametrize(
    ("predictions", "ids"),
    [
        (FRAME, None),
        (FRAME.set_index("id"), None),
        (np.array([1, 0]), ["a1", "a2"]),
        (np.array([[1], [0]]), pd.Series(["a1", "a2"])),
        (FRAME["label"], FRAME["id"]),
        ([1, 0], ("a1", "a2")),
        (SENT, None),
        (bytearray(SENT), None),
    ],
)
def test_what_a_notebook_has_becomes_the_file_of_the_competition(
    food: StubServer, predictions: object, ids: Any
) -> None:
    client.submit("food", predictions, ids=ids, note="deeper")

    (request,) = food.asked_of("POST", DOOR)
    assert request.body == SENT
    assert request.query["file_name"] == "predictions.csv"
    assert request.query["note"] == "deeper"
    assert request.headers["authorization"] == f"Bearer {answers.TOKEN}"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_is_sent_as_it_is_under_its_name(food: StubServer, tmp_path: Path, newline: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(SENT.replace(b"\n", newline.encode()))

    client.submit("food", str(path))
    client.submit("food", path)

    requests = food.asked_of("POST", DOOR)
    assert [request.body for request in requests] == [path.read_bytes()] * 2
    assert {request.query["file_name"] for request in requests} == {"mine.csv"}


@pytest.mark.parametrize(
    ("predictions", "ids", "sentence"),
    [
        (np.array([1, 0]), None, "give ids=..."),
        (np.array([1, 0]), ["a1"], "2 predictions and 1 ids"),
        (np.array([[1, 2], [0, 1]]), ["a1", "a2"], "A row has 2 values; the competition takes 1: label"),
        (3.5, ["a1"], "of the type float cannot be sent"),
        ("nowhere.csv", None, "There is no file nowhere.csv"),
        ("id,label\na1,1\n", None, "Give a file's content as bytes"),
        ("id,label;" * 1000, None, "Give a file's content as bytes"),
        ("é" * 300, None, "There is no file"),
    ],
)
def test_what_is_no_file_is_refused_with_what_to_give(
    food: StubServer, predictions: object, ids: Any, sentence: str
) -> None:
    with pytest.raises(Misuse, match=sentence.replace(".", r"\.")):
        client.submit("food", predictions, ids=ids)

    assert food.asked_of("POST", DOOR) == []


def test_problems_are_found_before_anything_is_sent(food: StubServer) -> None:
    wrong = pd.DataFrame({"id": ["a1", "a1"], "label": [1, 0]})

    with pytest.raises(InvalidPredictions) as refusal:
        client.submit("food", wrong)

    assert food.asked_of("POST", DOOR) == []
    assert len(refusal.value.problems) >= 1
    assert str(refusal.value).count("\n- ") == len(refusal.value.problems)


def test_the_sample_is_fetched_once_in_a_process(food: StubServer) -> None:
    for seed in range(2):
        client.submit("food", FRAME.assign(label=seed))

    assert len(food.asked_of("GET", answers.file("sample_submission.csv", SAMPLE)["url"])) == 1


def test_without_the_extra_the_server_judges(food: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitting, "OF_CHECKING", ("a_library_that_is_not_here",))
    refusal = {
        "code": "invalid_submission",
        "message": "Not valid.",
        "details": {"problems": [answers.PROBLEM]},
    }
    food.prepare("POST", DOOR, Answer(422, {"error": refusal}))

    with pytest.raises(InvalidPredictions, match="2 ids appear more than once"):
        client.submit("food", SENT)

    assert food.asked_of("GET", "/api/competitions/food/files") == []


def test_a_limit_is_told_as_the_server_tells_it(food: StubServer) -> None:
    refusal = {"code": "daily_limit_reached", "message": "None is left today.", "details": {}}
    food.prepare("POST", DOOR, Answer(429, {"error": refusal}))

    with pytest.raises(ApiError, match="None is left today"):
        client.submit("food", FRAME)


def test_the_code_that_runs_goes_along_unless_it_shall_not(
    food: StubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "train.py"
    script.write_bytes(b"print(1)\n")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(script), raising=False)

    client.submit("food", FRAME)
    client.submit("food", FRAME, origin=False)
    client.submit("food", FRAME, origin=Origin(name="by hand"))

    first, second, third = (request.query for request in food.asked_of("POST", DOOR))
    assert (first["code_name"], first["code_sha256"]) == (
        "train.py",
        hashlib.sha256(b"print(1)\n").hexdigest(),
    )
    assert second.keys() == {"file_name", "via"}
    assert third["code_name"] == "by hand"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """W&B and MLflow with a run open; what they are told."""
    logged: dict[str, Any] = {"summary": {}}
    wandb: Any = ModuleType("wandb")
    wandb.run = SimpleNamespace(log=lambda values: logged.update(wandb=values), summary=logged["summary"])
    mlflow: Any = ModuleType("mlflow")
    mlflow.active_run = lambda: object()
    mlflow.log_metric = lambda name, value: logged.update(mlflow={name: value})
    mlflow.set_tag = lambda name, value: logged.update(tag={name: value})
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    return logged


def test_the_score_goes_to_the_runs_that_are_open(food: StubServer, runs: dict[str, Any]) -> None:
    card = client.submit("food", FRAME)

    name = "splitboard/food/public_score"
    assert runs["wandb"] == runs["mlflow"] == {name: card.score}
    assert runs["summary"] == runs["tag"] == {"splitboard/food/submission": str(card.id)}


def test_no_run_is_opened_and_a_fault_there_loses_nothing(food: StubServer, runs: dict[str, Any]) -> None:
    sys.modules["wandb"].run = None  # type: ignore[attr-defined]

    def broken() -> object:
        raise RuntimeError("the tracker is down")

    sys.modules["mlflow"].active_run = broken  # type: ignore[attr-defined]

    with pytest.warns(UserWarning, match="not logged to MLflow: the tracker is down"):
        card = client.submit("food", FRAME)

    assert card.score == answers.receipt()["public_score"]
    assert "wandb" not in runs
    assert "mlflow" not in runs
