"""A course.toml beside the homework folders brings the rules of the course's total, once."""

from pathlib import Path

import pytest

from client.__main__ import main
from server.commands.terminal import open_database, settings_for
from server.models import CourseGradeRules
from tests.support import databases, tiny_homework


def run(*words: str) -> int | str | None:
    """Run a command in this process; its exit status."""
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return left.value.code


def test_a_course_file_says_how_homeworks_become_the_total_and_changes_nothing_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    databases.fresh("sqlite", tmp_path / "data")
    monkeypatch.setenv("SPLITBOARD_DATA_DIR", str(tmp_path / "data"))
    built = tiny_homework.write(tmp_path) / "built"
    copying = f"shutil.copytree({str(built)!r}, out, dirs_exist_ok=True)"
    copying = f"import shutil\n\n\ndef build(out, *, seed=0):\n    {copying}\n"
    (tmp_path / "tiny" / "data.py").write_text(copying)
    words = ["import-course", "ml", "--homeworks", str(tmp_path), "--no-train", "--first-day", "2035-03-05"]
    run("course", "add", "ml")
    statuses = []
    for toml in ("drop_lowst = 1", "drop_lowest = 1\ncap = 100", "drop_lowest = 5"):
        (tmp_path / "course.toml").write_text(toml)
        statuses.append(run(*words))

    with open_database(settings_for(None)) as db:
        rules = db.read(
            lambda session: [(row.drop_lowest, row.cap) for row in session.query(CourseGradeRules)]
        )

    assert statuses == [1, 0, 0]
    assert "course.toml cannot be used: The key 'drop_lowst' is unknown." in capsys.readouterr().err
    assert rules == [(1, 100.0)]
