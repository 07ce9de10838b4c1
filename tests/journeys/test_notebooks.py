"""Every homework's notebook, run by a real kernel against a real server: from the download to the upload."""

import os
from pathlib import Path

import httpx2
import nbformat
import pytest
from nbclient import NotebookClient

from baselines.build import build_homework
from baselines.homework import homework_named, homework_names
from tests.journeys.town import Town, peopled
from tests.support import databases

WITHIN = 240  # seconds for a cell; simple tiers take a few


def run_notebook(text: str, *, folder: Path, token: str) -> str:
    """Run a notebook's cells in `folder` as a student with this token; what its last cell printed."""
    notebook = nbformat.reads(text, as_version=4)
    kernel_environment = {**os.environ, "SPLITBOARD_TOKEN": token, "IPYTHONDIR": str(folder / ".ipython")}
    client = NotebookClient(notebook, timeout=WITHIN, resources={"metadata": {"path": str(folder)}})
    with client.setup_kernel(env=kernel_environment):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
    return "".join(output.get("text", "") for output in notebook.cells[-1].outputs)


@pytest.mark.slow
@pytest.mark.parametrize("name", homework_names())
def test_a_notebook_goes_from_the_download_to_a_score_on_the_board(name: str, tmp_path: Path) -> None:
    homework = homework_named(name)
    if homework.tier("simple").needs_torch:
        pytest.importorskip("torch", reason="this tier needs torch, which is not installed")
    build_homework(homework, tmp_path / "built")
    here = tmp_path / "student"
    here.mkdir()
    made = Town(databases.fresh("sqlite", tmp_path), tmp_path / "data", {}, rows=0)

    with peopled(made, homework=homework.folder, built=tmp_path / "built"):
        address = made.start_server()
        with made.client(address, "student0") as student:
            page = student.get("/competitions/tiny").text
            answer = student.get("/competitions/tiny/starters/starter.ipynb")
            said = run_notebook(answer.text, folder=here, token=made.tokens["student0"])
            board = student.get("/api/competitions/tiny/leaderboard/public").json()["rows"]

    assert "/competitions/tiny/starters/starter.ipynb" in page
    assert "submissions left today: 4" in said
    assert [row["score"] is not None for row in board] == [True]


@pytest.mark.slow
def test_a_script_names_its_server_and_is_for_the_course_alone(tmp_path: Path) -> None:
    build_homework(homework_named("hw01"), tmp_path / "built")
    made = Town(databases.fresh("sqlite", tmp_path), tmp_path / "data", {}, rows=0)

    with peopled(made, homework=homework_named("hw01").folder, built=tmp_path / "built"):
        address = made.start_server()
        with made.client(address, "student0") as student:
            script = student.get("/competitions/tiny/starters/starter.py").text
        with httpx2.Client(base_url=address) as nobody:
            hidden = nobody.get("/competitions/tiny/starters/starter.py")

    assert f'"{address}"' in script
    assert '"tiny"' in script
    assert hidden.status_code in (303, 401)
