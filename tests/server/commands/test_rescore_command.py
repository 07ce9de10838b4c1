"""Rescores from the command line: begun, graded here, previewed, applied, undone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.commands.terminal import settings_for
from server.database.database import Database
from server.domain.files.file_store import FileStore
from server.domain.setup import importing as homeworks
from server.models import Competition, User
from server.services.grading.context import GradingContext
from server.services.uploads.take import take_file
from tests.server.commands.test_commands import run
from tests.support import databases, tiny_homework
from tests.support.installation import settle
from tests.support.rescored import other_key


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a competition and a submission, which commands find; the corrected key's file."""
    folder = tmp_path / "data"
    folder.mkdir()
    databases.fresh("sqlite", folder)
    monkeypatch.setenv("SPLITBOARD_DATA_DIR", str(folder))
    monkeypatch.delenv("SPLITBOARD_DATABASE_URL", raising=False)
    tiny_homework.write(tmp_path, now=datetime.now(UTC))
    settings = settings_for(None)
    db, store = Database(settings.url), FileStore(settings.files_dir)
    homework = homeworks.read_homework(store, folder=tmp_path / "tiny", built=tmp_path / "built")
    db.write(lambda session: settle(session, homework, now=datetime.now(UTC)), private=True)
    context = GradingContext(db=db, store=store, settings=settings)
    competition, user = db.read(
        lambda session: (
            session.query(Competition).one(),
            session.query(User).filter_by(username="student0").one(),
        )
    )
    data = tiny_homework.predictions(400, accuracy=0.8, seed=1)
    take_file(
        context, competition=competition, user=user, data=data, file_name="a.csv", now=datetime.now(UTC)
    )
    context.close()
    db.close()
    path = tmp_path / "key.csv"
    path.write_bytes(other_key())
    return path


def test_a_rescore_goes_its_whole_way_from_the_command_line(
    key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "preview.csv"

    assert run("rescore", "start", "tiny", "--key", str(key), "--reason", "Wrong labels.") == 0
    assert run("rescore", "apply", "tiny", "1", "--reason", "Wrong labels.") == 1
    early = capsys.readouterr()
    assert run("rescore", "grade", "tiny", "1") == 0
    assert run("rescore", "preview", "tiny", "1", "--out", str(out)) == 0
    preview = capsys.readouterr().out
    assert run("rescore", "apply", "tiny", "1", "--reason", "Wrong labels.") == 0
    assert run("rescore", "undo", "tiny", "1", "--reason", "They were right.") == 0
    assert run("rescore", "list", "tiny") == 0

    assert "only a ready one can be applied" in early.err
    assert "student0: public" in preview
    assert "sample_submission.csv" in preview
    assert out.read_text("utf-8-sig").startswith("team,student_number,username")
    assert "version 1 to 2  undone" in capsys.readouterr().out


def test_settings_that_are_no_json_are_refused(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rescore", "start", "tiny", "--arguments", "{", "--reason", "x") == 1

    assert "--arguments is not JSON" in capsys.readouterr().err
