"""Homeworks that come by commands: each is built, held to the course's calendar, and imported."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from server.database.database import Database
from server.models import Competition, Course
from server.settings import Settings
from tests.server.commands.test_commands import data, run
from tests.support import tiny_homework

__all__ = ["data"]  # a fixture


def with_a_generator(folder: Path) -> Path:
    """The tiny homework with a data.py that writes its seed into the key, or copies a given source."""
    tiny_homework.write(folder, now=datetime.now(UTC))
    built = folder / "built"
    (folder / "tiny" / "data.py").write_text(
        "import random, shutil\n"
        "from pathlib import Path\n"
        f"BUILT = Path({str(built)!r})\n"
        "def build(out, *, seed=1):\n"
        "    shutil.copytree(BUILT, out, dirs_exist_ok=True)\n"
        "    head, *rows = (out / 'private' / 'answer_key.csv').read_text().splitlines()\n"
        "    labels = [row.split(',')[1] for row in rows]\n"
        "    random.Random(seed).shuffle(labels)\n"
        "    rows = [','.join([r.split(',')[0], l, r.split(',')[2]]) for r, l in zip(rows, labels)]\n"
        "    (out / 'private' / 'answer_key.csv').write_text('\\n'.join([head, *rows]) + '\\n')\n"
        "def build_from(source, out, *, seed):\n"
        "    build(out, seed=seed)\n"
        "    shutil.copy(source / 'real.txt', out / 'public' / 'real.txt')\n"
    )
    return folder / "tiny"


def test_each_competition_is_built_with_a_secret_seed_of_its_own(data: Path, tmp_path: Path) -> None:
    folder = str(with_a_generator(tmp_path))
    run("course", "add", "ml")

    statuses = [
        run("import-homework", folder, "--course", "ml", "--slug", slug, "--no-train") for slug in ("a", "b")
    ]

    keys = [(data / "built" / "ml" / slug / "private" / "answer_key.csv").read_text() for slug in ("a", "b")]
    assert statuses == [0, 0]
    assert keys[0] != keys[1]
    assert (tmp_path / "built" / "private" / "answer_key.csv").read_text() not in keys


def test_a_homework_is_built_from_the_files_that_a_course_has(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, source = str(with_a_generator(tmp_path)), tmp_path / "real"
    source.mkdir()
    (source / "real.txt").write_text("measured")
    run("course", "add", "ml")
    words = ["import-homework", folder, "--course", "ml", "--no-train", "--from"]

    statuses = [run(*words, str(tmp_path / "nowhere")), run(*words, str(source))]

    assert statuses == [1, 0]
    assert "There is no folder" in capsys.readouterr().err
    assert (data / "built" / "ml" / "tiny" / "public" / "real.txt").read_text() == "measured"


def test_no_homework_is_imported_that_is_due_on_a_holiday(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(with_a_generator(tmp_path))
    run("course", "add", "ml")
    database = Database(Settings(data_dir=data).url)
    change = update(Course).values(holidays=["2031-04-04"])
    database.write(lambda session: session.execute(change) and None)
    later = ["--late-until", "2031-04-06T23:59+08:00", "--reveal", "2031-04-10T00:00+08:00"]
    words = ["import-homework", folder, "--course", "ml", "--no-train", *later, "--deadline"]

    statuses = [run(*words, f"2031-04-{day:02}T23:59+08:00") for day in (4, 5)]

    slugs = database.read(lambda session: list(session.scalars(select(Competition.slug))))
    database.close()
    assert statuses == [1, 0]
    assert "would be due on 2031-04-04, a holiday of the course" in capsys.readouterr().err
    assert slugs == ["tiny"]


def test_built_data_and_data_to_build_from_exclude_each_other(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(with_a_generator(tmp_path))

    status = run("import-homework", folder, "--course", "ml", "--built", str(tmp_path), "--from", folder)

    assert status == 1
    assert "give one" in capsys.readouterr().err


def test_a_whole_course_is_imported_from_its_first_day_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = with_a_generator(tmp_path)
    second = shutil.copytree(first, tmp_path / "week2")
    toml = second / "competition.toml"
    later = {name: at + timedelta(days=7) for name, at in tiny_homework.times(datetime.now(UTC)).items()}
    lines = [line for line in toml.read_text().splitlines() if line.split(" ")[0] not in later]
    times = [f"{name} = {at.isoformat()}" for name, at in later.items()]
    toml.write_text("\n".join([*times, *lines]))
    run("course", "add", "ml", "--zone", "Asia/Taipei")
    words = ["import-course", "ml", "--homeworks", str(tmp_path), "--no-train"]

    statuses = [run(*words, "--first-day", "2035-03-05"), run(*words, "--first-day", "2035-03-05")]

    streams = capsys.readouterr()
    assert statuses == [0, 0]
    assert "tiny stands in ml, until Mon 12 Mar 2035" in streams.out
    assert "week2 stands in ml, until Mon 19 Mar 2035" in streams.out
    assert "2 homeworks stand in ml already: tiny, week2." in streams.out


def test_a_course_without_homeworks_says_where_it_looked(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("course", "add", "ml")

    status = run("import-course", "ml", "--homeworks", str(tmp_path), "--first-day", "2035-03-05")

    assert status == 1
    assert f"There is no homework folder in {tmp_path}" in capsys.readouterr().err
