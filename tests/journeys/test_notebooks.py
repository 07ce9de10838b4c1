"""Every homework's notebook, run by a real kernel against a real server: from the download to the upload."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx2
import nbformat
import pytest
from nbclient import NotebookClient
from sqlalchemy import select

from baselines.homework import homework_named, homework_names
from distribution.wheel import wheel
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
# One for each kind of data: pictures, sounds, texts, flights with a metric of their own.
OF_EACH_KIND = ("hw03_food", "hw04_speaker", "hw05_translation", "hw12_lander")
TRAINING = "predictions = predict(DATA, "


# What a new kernel would be: no names of an earlier notebook, the folder and the token of this student. The
# earlier one's folder is gone with its test, and no magic runs there.
AFRESH = """import os
os.chdir({folder!r})
os.environ["SPLITBOARD_TOKEN"] = {token!r}
%reset -f
"""


def run_notebook(kernel: NotebookClient, text: str, *, folder: Path, token: str) -> str:
    """Run a notebook's cells in `folder` as a student with this token; what its last cell printed."""
    notebook = nbformat.reads(text, as_version=4)
    afresh = nbformat.v4.new_code_cell(AFRESH.format(folder=str(folder), token=token))
    kernel.nb = nbformat.v4.new_notebook(cells=[afresh, *notebook.cells])
    for number, cell in enumerate(kernel.nb.cells):
        kernel.execute_cell(cell, number)
    return "".join(output.get("text", "") for output in kernel.nb.cells[-1].outputs)


@contextmanager
def started_kernel(folder: Path, **environment: str) -> Iterator[NotebookClient]:
    """A kernel with files of its own in `folder`; it ends with the block."""
    kernel = NotebookClient(nbformat.v4.new_notebook(), timeout=WITHIN)
    with kernel.setup_kernel(env={**os.environ, **environment, "IPYTHONDIR": str(folder / ".ipython")}):
        yield kernel


@pytest.fixture(scope="module")
def shared_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookClient]:
    """One kernel for all notebooks of one batch: what each of them imports is then loaded once."""
    with started_kernel(tmp_path_factory.mktemp("kernel")) as kernel:
        yield kernel


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, str]]:
    """A course's people and a server, for the notebooks one after the other; its address."""
    folder = tmp_path_factory.mktemp("campus")
    town = Town(databases.fresh("sqlite", folder), folder / "data", {}, rows=0)
    with peopled(town, homework=homework_named(SHORTEST).folder, built=built(SHORTEST)):
        yield town, town.start_server()


def opened(campus: tuple[Town, str], name: str) -> str:
    """The slug of one more competition of the course: that homework, open now whatever its own times are."""
    town, _ = campus
    database, now = Database(town.url), datetime.now(UTC)
    slug = f"{name.replace('_', '-')}-{secrets.token_hex(3)}"
    read = importing.read_homework(
        FileStore(town.data / "files"), folder=homework_named(name).folder, built=built(name)
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


def go_through(
    campus: tuple[Town, str],
    name: str,
    folder: Path,
    *,
    kernel: NotebookClient,
    change: Callable[[str], str],
    says: str = "submissions left today: 4",
) -> None:
    """Take the notebook from its competition's page to a score on the board, its text changed by `change`."""
    if homework_named(name).tier("simple").needs_torch:
        pytest.importorskip("torch", reason="this tier needs torch, which is not installed")
    town, address = campus
    place = f"competitions/{opened(campus, name)}"

    with town.client(address, "student0") as student:
        page = student.get(f"/{place}").text
        text = change(student.get(f"/{place}/starters/starter.ipynb").text)
        output = run_notebook(kernel, text, folder=folder, token=town.tokens["student0"])
        board = student.get(f"/api/{place}/leaderboard/public").json()["rows"]

    assert f"/{place}/starters/starter.ipynb" in page
    assert says in output
    assert [row["score"] is not None for row in board] == [True]


def with_one_batch(text: str) -> str:
    """The notebook with its training cut to one batch."""
    assert text.count(TRAINING) == 1
    return text.replace(TRAINING, f"{TRAINING}dry_run=True, ")


@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_a_notebook_with_one_batch_goes_from_the_download_to_a_score_on_the_board(
    campus: tuple[Town, str], shared_kernel: NotebookClient, name: str, tmp_path: Path
) -> None:
    go_through(campus, name, tmp_path, kernel=shared_kernel, change=with_one_batch)


@pytest.fixture(scope="module")
def kernel_with_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookClient]:
    """A kernel where the package `splitboard` is installed as from the course's server."""
    folder = tmp_path_factory.mktemp("package")
    with ZipFile(BytesIO(wheel(is_local=True).data)) as archive:
        for each in archive.namelist():
            archive.extract(each, folder)
    with started_kernel(folder, PYTHONPATH=str(folder)) as kernel:
        yield kernel


@pytest.mark.long
@pytest.mark.parametrize("name", homework_names())
def test_a_notebook_uses_the_package_where_it_is_installed(
    campus: tuple[Town, str], kernel_with_package: NotebookClient, name: str, tmp_path: Path
) -> None:
    go_through(
        *(campus, name, tmp_path),
        kernel=kernel_with_package,
        change=with_one_batch,
        says="Left today: 4 of 5",
    )


@pytest.mark.parametrize(
    "name", [SHORTEST, *(pytest.param(each, marks=pytest.mark.long) for each in homework_names()[1:])]
)
def test_a_whole_notebook_goes_from_the_download_to_a_score_on_the_board(
    campus: tuple[Town, str], name: str, tmp_path: Path
) -> None:
    with started_kernel(tmp_path) as kernel:
        go_through(campus, name, tmp_path, kernel=kernel, change=lambda text: text)


def test_a_script_names_its_server_and_is_for_the_course_alone(campus: tuple[Town, str]) -> None:
    town, address = campus
    with town.client(address, "student0") as student:
        script = student.get("/competitions/tiny/starters/starter.py").text
    with httpx2.Client(base_url=address) as nobody:
        hidden = nobody.get("/competitions/tiny/starters/starter.py")

    assert f'"{address}"' in script
    assert '"tiny"' in script
    assert hidden.status_code in (303, 401)
