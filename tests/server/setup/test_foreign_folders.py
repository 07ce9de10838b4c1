"""Competitions of other judges with their times, from CodaLab's first version, and as homework folders."""

import io
import tomllib
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid
from server.domain.people import courses
from server.domain.setup.drafts import calendar
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.importing import read_homework
from server.services.setup import foreign, foreign_folder
from tests.server.setup.test_foreign import BUNDLE, CODABENCH, KAGGLE, KEY, left_out, read, run
from tests.support import databases
from tests.support.installation import Installation

USUAL_KEY = KEY.replace(",1,", ",").replace(",w", "")
OLD_BUNDLE = """
title: Cats of old
description: Tell them apart.
image: logo.png
end_date: 2030-06-01
html: {overview: overview.html, terms: terms.html}
phases:
  2: {phasenumber: 2, label: Final, start_date: 2030-05-01, reference_data: other.zip}
  1:
    phasenumber: 1
    label: Development
    start_date: 2030-04-01 09:00:00
    max_submissions_per_day: 4
    reference_data: reference.zip
    scoring_program: program.zip
leaderboard:
  leaderboards: {RESULTS: &RESULTS {label: Results, rank: 1}}
  columns:
    DURATION: {leaderboard: *RESULTS, label: Duration, rank: 2, sort: asc}
    ACCURACY: {leaderboard: *RESULTS, label: Accuracy, rank: 1, sort: desc}
"""


def zipped(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("truth.csv", text)
    return out.getvalue()


CODALAB: dict[str, str | bytes] = {
    "competition.yaml": OLD_BUNDLE,
    "overview.html": "<p>Hello</p>",
    "terms.html": "<p>Be good</p>",
    "reference.zip": zipped(USUAL_KEY),
}


def times_of_draft(installation: Installation, competition: foreign.Foreign) -> dict[str, datetime]:
    """The times of the draft that it makes."""

    def work(session: Session) -> dict[str, datetime]:
        course = courses.course_named(session, "ml")
        by, now = Actor(installation.user("iris").id), installation.clock()
        draft = foreign.begin(session, competition, slug="cats", course=course, by=by, now=now)
        return calendar.times_of(drafts.get(session, course=course, draft_id=draft.id).parts)

    return installation.db.write(work)


def test_a_bundle_of_codalabs_first_version_is_read_like_one_of_the_second(
    installation: Installation, tmp_path: Path
) -> None:
    competition = read(installation, CODALAB, tmp_path)

    assert (competition.title, competition.rules) == ("Cats of old", {"daily_limit": 4})
    assert competition.parts.table["metric"] == "accuracy"
    assert set(left_out(competition)) == {
        *("scoring_program: program.zip", "tasks: Final", "phases: Final", "leaderboards: Duration"),
        *("pages: overview.html", "pages: terms.html", "terms: terms.html", "image: logo.png"),
    }


def test_times_to_come_are_the_drafts_and_past_ones_give_it_their_length(
    installation: Installation, tmp_path: Path
) -> None:
    to_come = times_of_draft(installation, read(installation, CODALAB, tmp_path / "a"))
    past = times_of_draft(
        installation,
        read(installation, CODABENCH | {"reference_data/truth.csv": USUAL_KEY}, tmp_path / "b"),
    )

    assert to_come["opens_at"] == datetime(2030, 4, 1, 9, tzinfo=UTC)
    assert to_come["deadline_at"] == datetime(2030, 5, 1, tzinfo=UTC)
    assert to_come["deadline_at"] < to_come["late_until"] < to_come["reveal_at"]
    assert past["opens_at"] > installation.clock()
    assert (past["deadline_at"] - past["opens_at"]).days == 31


def test_a_phase_that_ends_before_it_begins_says_no_deadline(
    installation: Installation, tmp_path: Path
) -> None:
    turned = BUNDLE.replace("start: 2030-02-01", "start: 2029-02-01")
    competition = read(installation, CODABENCH | {"competition.yaml": turned}, tmp_path)

    assert competition.times.deadline_at is None


@pytest.mark.parametrize("files", [KAGGLE, CODALAB], ids=["Kaggle", "CodaLab"])
def test_it_is_written_as_a_homework_folder_that_an_import_reads(
    installation: Installation, tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    competition, to = read(installation, files, tmp_path), tmp_path / "homeworks" / "cats"
    store, now = installation.context.store, installation.clock()

    missing = foreign_folder.write(store, competition, to, now=now)

    homework = read_homework(store, folder=to, built=to)
    table = tomllib.loads((to / "competition.toml").read_text(encoding="utf-8"))
    assert missing == []
    assert (homework.rules.spec.metric, homework.key_rows) == ("accuracy", 40)
    assert homework.files == competition.parts.files
    assert table["opens_at"] < table["deadline_at"] < table["late_until"] < table["reveal_at"]
    with pytest.raises(Conflict, match="is there already"):
        foreign_folder.write(store, competition, to, now=now)


def test_the_command_writes_a_folder_from_which_a_competition_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, data, to = tmp_path / "cats", tmp_path / "data", tmp_path / "hw_cats"
    for name, content in KAGGLE.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(content, encoding="utf-8")
    data.mkdir()
    databases.fresh("sqlite", data)
    monkeypatch.setenv("SPLITBOARD_DATA_DIR", str(data))

    statuses = [
        run("course", "add", "ml"),
        run("import-competition", str(source), "--to", str(to)),
        run("import-homework", str(to), "--built", str(to), "--course", "ml", "--no-train"),
    ]
    captured = capsys.readouterr()
    printed = captured.out

    assert statuses == [0, 0, 0], captured.err
    assert "Not carried over: leak.csv" in printed
    assert f"import-homework {to}" in printed
    with pytest.raises(Invalid, match="--to DIR"):
        run("import-competition", str(source))
