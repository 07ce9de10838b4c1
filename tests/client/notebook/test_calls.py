"""Boards, submissions, points and files in a notebook; and where its server and token come from."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

import client
from client import credentials
from client.api.errors import Misuse, NotSignedIn
from client.credentials import Credentials
from tests.client import answers
from tests.client.stub_server import Answer, StubServer

BOARD = "/api/competitions/food/leaderboard/public"


def test_tables_are_frames_where_pandas_is_imported(
    food: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    food.prepare("GET", BOARD, Answer(body=answers.board(answers.row())))
    food.prepare(
        "GET", "/api/competitions/food/submissions", Answer(body={"submissions": [answers.submission()]})
    )

    board, mine = client.board("food"), client.submissions("food")
    monkeypatch.delitem(sys.modules, "pandas")
    plain = client.board("food")

    assert isinstance(board, pd.DataFrame)
    assert list(board["team"]) == [row["team"] for row in answers.board(answers.row())["rows"]]
    assert mine["public_score"].tolist() == [answers.submission()["public_score"]]
    assert isinstance(plain, list)
    assert [row["team"] for row in plain] == list(board["team"])


def test_points_need_a_course_where_there_are_several(food: StubServer) -> None:
    course = answers.USER["courses"][0]
    food.prepare(
        "GET", "/api/me", Answer(body={**answers.USER, "courses": [course, {**course, "slug": "dl-2026"}]})
    )

    with pytest.raises(Misuse, match="Say which course: dl-2026, ml-2026"):
        client.points()


def test_a_download_brings_the_files_into_a_folder(food: StubServer, tmp_path: Path) -> None:
    folder = client.download("food", tmp_path / "data")

    assert (folder / "sample_submission.csv").read_bytes().startswith(b"id,label")
    assert [path.name for path in folder.iterdir()] == ["sample_submission.csv"]


def test_what_is_given_goes_before_the_environment(food: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITBOARD_URL", "http://127.0.0.1:9")
    food.prepare("GET", BOARD, Answer(body=answers.board(answers.row())))

    client.board("food", server=food.url, token="sbp_given")

    assert food.asked[-1].headers["authorization"] == "Bearer sbp_given"


@pytest.mark.parametrize("keeper", ["google.colab", "kaggle_secrets"])
def test_secrets_of_colab_and_kaggle_are_read(
    food: StubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keeper: str
) -> None:
    monkeypatch.delenv("SPLITBOARD_URL")
    monkeypatch.delenv("SPLITBOARD_TOKEN")
    food.prepare("GET", BOARD, Answer(body=answers.board(answers.row())))
    secrets = {"SPLITBOARD_URL": food.url, "SPLITBOARD_TOKEN": "sbp_secret"}
    if keeper == "google.colab":
        colab, userdata = ModuleType("google.colab"), ModuleType("google.colab.userdata")
        userdata.get = secrets.__getitem__  # type: ignore[attr-defined]
        for module in (ModuleType("google"), colab, userdata):
            monkeypatch.setitem(sys.modules, module.__name__, module)
    else:
        (tmp_path / "kaggle_secrets.py").write_text(
            f"class UserSecretsClient:\n    def get_secret(self, name):\n        return {secrets!r}[name]\n"
        )
        monkeypatch.syspath_prepend(tmp_path)

    client.board("food")
    sys.modules.pop("kaggle_secrets", None)

    assert food.asked[-1].headers["authorization"] == "Bearer sbp_secret"


def test_a_secret_that_is_not_shared_is_none(food: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPLITBOARD_URL")
    monkeypatch.delenv("SPLITBOARD_TOKEN")
    colab, userdata = ModuleType("google.colab"), ModuleType("google.colab.userdata")
    userdata.get = {}.__getitem__  # type: ignore[attr-defined]
    for module in (ModuleType("google"), colab, userdata):
        monkeypatch.setitem(sys.modules, module.__name__, module)

    with pytest.raises(NotSignedIn):
        client.board("food")


def test_a_profile_is_used_whole(food: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITBOARD_PROFILE", "work")
    credentials.save(Credentials(url=food.url, token="sbp_work"))
    monkeypatch.delenv("SPLITBOARD_PROFILE")
    food.prepare("GET", BOARD, Answer(body=answers.board(answers.row())))

    client.board("food", profile="work")

    assert food.asked[-1].headers["authorization"] == "Bearer sbp_work"
    with pytest.raises(NotSignedIn, match="There is no profile play"):
        client.board("food", profile="play")
    with pytest.raises(Misuse, match="names no profile"):
        client.board("food", profile="../work")


def test_a_kept_token_goes_to_no_other_server(food: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPLITBOARD_URL")
    monkeypatch.delenv("SPLITBOARD_TOKEN")
    credentials.save(Credentials(url="https://elsewhere.example", token="sbp_kept"))

    with pytest.raises(NotSignedIn, match=r"signed in to https://elsewhere\.example"):
        client.board("food", server=food.url)


def test_the_package_lists_what_a_notebook_calls() -> None:
    names: Any = client.__all__

    assert set(names) <= set(dir(client))
    assert all(getattr(client, name) for name in names)
    with pytest.raises(AttributeError, match="no attribute 'sumbit'"):
        client.sumbit  # type: ignore[attr-defined]  # noqa: B018
