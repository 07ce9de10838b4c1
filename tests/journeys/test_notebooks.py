"""Every homework's notebook, run by a real kernel against a real server: from the download to the upload."""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import nbformat
import pytest
from nbclient import NotebookClient
from sqlalchemy import select

from baselines.homework import homework_named, homework_names
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.files.file_store import FileStore
from server.domain.setup import importing
from server.models import Course
from tests.journeys.town import Town, peopled
from tests.support import databases, tiny_homework
from tests.support.homeworks import built

WITHIN = 240  # seconds for a cell; simple tiers take a few
SHORTEST = homework_names()[0]
TRAINING = "predictions = predict(DATA, "


def run_notebook(text: str, *, folder: Path, token: str) -> str:
    """Run a notebook's cells in `folder` as a student with this token; what its last cell printed."""
    notebook = nbformat.reads(text, as_version=4)
    kernel_environment = {**os.environ, "SPLITBOARD_TOKEN": token, "IPYTHONDIR": str(folder / ".ipython")}
    client = NotebookClient(notebook, timeout=WITHIN, resources={"metadata": {"path": str(folder)}})
    with client.setup_kernel(env=kernel_environment):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
    return "".join(output.get("text", "") for output in notebook.cells[-1].outputs)


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, str]]:
    """A course's people and a server, for the notebooks one after the other; its address."""
    folder = tmp_path_factory.mktemp("campus")
    made = Town(databases.fresh("sqlite", folder), folder / "data", {}, rows=0)
    with peopled(made, homework=homework_named(SHORTEST).folder, built=built(SHORTEST)):
        yield made, made.start_server()


def opened(campus: tuple[Town, str], name: str) -> str:
    """The slug of one more competition of the course: that homework, open now whatever its own times are."""
    made, _ = campus
    database, now = Database(made.url), datetime.now(UTC)
    slug = f"{name.replace('_', '-')}-{secrets.token_hex(3)}"
    read = importing.read_homework(
        FileStore(made.data / "files"), folder=homework_named(name).folder, built=built(name)
    )
    rules = replace(read.rules, **tiny_homework.times(now))
    database.write(
        lambda session: importing.import_homework(
            session,
            course=session.scalars(select(Course).where(Course.slug == "ml")).one(),
            homework=replace(read, rules=rules),
            slug=slug,
            by=COMMAND_LINE,
            now=now,
        ),
        private=True,
    )
    database.close()
    return slug


def go_through(campus: tuple[Town, str], name: str, folder: Path, *, cell: Callable[[str], str]) -> None:
    """Take the notebook from its competition's page to a score on the board, its text changed by `cell`."""
    if homework_named(name).tier("simple").needs_torch:
        pytest.importorskip("torch", reason="this tier needs torch, which is not installed")
    made, address = campus
    place = f"competitions/{opened(campus, name)}"

    with made.client(address, "student0") as student:
        page = student.get(f"/{place}").text
        text = cell(student.get(f"/{place}/starters/starter.ipynb").text)
        said = run_notebook(text, folder=folder, token=made.tokens["student0"])
        board = student.get(f"/api/{place}/leaderboard/public").json()["rows"]

    assert f"/{place}/starters/starter.ipynb" in page
    assert "submissions left today: 4" in said
    assert [row["score"] is not None for row in board] == [True]


def with_one_batch(text: str) -> str:
    """The notebook with its training cut to one batch."""
    assert text.count(TRAINING) == 1
    return text.replace(TRAINING, f"{TRAINING}dry_run=True, ")


@pytest.mark.parametrize("name", homework_names())
def test_a_notebook_with_one_batch_goes_from_the_download_to_a_score_on_the_board(
    campus: tuple[Town, str], name: str, tmp_path: Path
) -> None:
    go_through(campus, name, tmp_path, cell=with_one_batch)


@pytest.mark.parametrize(
    "name", [SHORTEST, *(pytest.param(each, marks=pytest.mark.long) for each in homework_names()[1:])]
)
def test_a_whole_notebook_goes_from_the_download_to_a_score_on_the_board(
    campus: tuple[Town, str], name: str, tmp_path: Path
) -> None:
    go_through(campus, name, tmp_path, cell=lambda text: text)


def test_a_script_names_its_server_and_is_for_the_course_alone(campus: tuple[Town, str]) -> None:
    made, address = campus
    with made.client(address, "student0") as student:
        script = student.get("/competitions/tiny/starters/starter.py").text
    with httpx2.Client(base_url=address) as nobody:
        hidden = nobody.get("/competitions/tiny/starters/starter.py")

    assert f'"{address}"' in script
    assert '"tiny"' in script
    assert hidden.status_code in (303, 401)
