"""Competitions of other judges as drafts: Kaggle's host folder, Codabench's bundle."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from client.__main__ import main
from server.domain.audit.actor import Actor
from server.domain.errors import Invalid
from server.domain.people import courses
from server.domain.setup.drafts import checks
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts.parts import Parts
from server.services.setup import foreign
from tests.support import databases
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation

ROWS = 40
KEY = "id,label,w,Usage\n" + "".join(
    f"{row},{'cat' if row * 7 % 3 else 'dog'},1,{'public' if row % 2 else 'Private'}\n" for row in range(ROWS)
)
PLAIN_KEY = KEY.replace(",w,", ",").replace(",1,", ",")
SAMPLE = "id,label\n" + "".join(f"{row},cat\n" for row in range(ROWS))
KAGGLE = {
    "solution.csv": KEY,
    "sample_submission.csv": SAMPLE,
    "metric.txt": "accuracy_score\n",
    "description.md": "# Cats or dogs\n\nTell them apart.\n",
    "train.csv": "id,label\n1000,cat\n1001,dog\n",
    "test.csv": "id,size\n0,3\n",
    "leak.csv": "label,id\ncat,0\n",
    "old/private_labels.csv": "a,b\n1,2\n",
}
BUNDLE = """
version: 2
title: Cats again
description: Tell them apart once more.
image: logo.png
terms: terms.md
docker_image: codalab/codalab-legacy:py37
pages:
- {title: Evaluation, file: pages/evaluation.md}
tasks:
- {index: 0, name: Task, reference_data: reference_data, scoring_program: scoring_program}
phases:
- {index: 0, name: Development, start: 2030-01-01, max_submissions_per_day: 7, tasks: [0]}
- {index: 1, name: Final, start: 2030-02-01, tasks: [0]}
leaderboards:
- title: Results
  key: main
  columns:
  - {title: Accuracy, key: accuracy, index: 0, sorting: desc}
  - {title: Duration, key: duration, index: 1, sorting: asc}
"""
CODABENCH = {
    "competition.yaml": BUNDLE,
    "pages/evaluation.md": "By accuracy.",
    "reference_data/truth.csv": PLAIN_KEY,
    "scoring_program/score.py": "raise SystemExit('never run')",
}


def folder_of(files: Mapping[str, str | bytes], at: Path) -> Path:
    for name, content in files.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return at


def archive_of(files: Mapping[str, str | bytes], top: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{top}{name}", content)
    return out.getvalue()


def read(
    installation: Installation, files: Mapping[str, str | bytes], at: Path, **options: Any
) -> foreign.Foreign:
    settings = installation.app.state.settings
    return foreign.read(settings, folder_of(files, at / "cats"), seed="s", **options)


def problems(installation: Installation, competition: foreign.Foreign) -> list[str]:
    """What its draft lacks before it can be launched."""

    def work(session: Any) -> Parts:
        course = courses.course_named(session, "ml")
        by, now = Actor(installation.user("iris").id), installation.clock()
        draft = foreign.begin(session, competition, slug="cats", course=course, by=by, now=now)
        return drafts.get(session, course=course, draft_id=draft.id).parts

    parts = installation.db.write(work)
    return checks.problems_of(installation.app.state.context.store, parts, name="cats")


def left_out(competition: foreign.Foreign) -> dict[str, str]:
    return {each.name: each.reason for each in competition.parts.left_out}


def test_a_hosts_folder_of_kaggles_is_a_draft_that_can_be_launched(
    installation: Installation, tmp_path: Path
) -> None:
    competition = read(installation, KAGGLE, tmp_path)

    table = competition.parts.table
    assert competition.title == "Cats or dogs"
    assert (table["metric"], table["id_column"], table["target_columns"]) == ("accuracy", "id", ["label"])
    assert set(competition.parts.files) == {"sample_submission.csv", "train.csv", "test.csv"}
    assert set(left_out(competition)) == {"solution.csv: w", "leak.csv", "old/private_labels.csv"}
    assert problems(installation, competition) == []


def test_a_bundle_of_codabench_is_one_too_and_names_what_it_loses(
    installation: Installation, tmp_path: Path
) -> None:
    competition = read(
        installation,
        CODABENCH | {"reference_data/truth.csv": KEY.replace(",1,", ",").replace(",w", "")},
        tmp_path,
    )

    assert competition.parts.table["metric"] == "accuracy"
    assert competition.rules == {"daily_limit": 7}
    assert "## Evaluation" in competition.parts.description_md
    assert set(left_out(competition)) == {
        *("scoring_program: scoring_program", "phases: Final", "leaderboards: Duration"),
        *("docker_image: codalab/codalab-legacy:py37", "terms: terms.md", "image: logo.png"),
    }
    assert problems(installation, competition) == []


def test_a_key_without_usage_is_split_and_the_draft_says_so(
    installation: Installation, tmp_path: Path
) -> None:
    plain = "".join(",".join(line.split(",")[:2]) + "\n" for line in KEY.splitlines())
    competition = read(installation, KAGGLE | {"solution.csv": plain}, tmp_path)

    assert "half of them were drawn" in left_out(competition)["Usage"]
    assert competition.parts.raw_key is not None
    assert problems(installation, competition) == []


def test_a_metric_that_nobody_names_is_asked_for(installation: Installation, tmp_path: Path) -> None:
    files = {name: text for name, text in KAGGLE.items() if name != "metric.txt"}
    without = read(installation, files, tmp_path)
    named = read(installation, files, tmp_path / "other", metric="Macro F1")

    assert any("metric" in each for each in problems(installation, without))
    assert named.parts.table["metric"] == "f1_macro"
    with pytest.raises(Invalid, match="There is no metric 'beauty'"):
        read(installation, files, tmp_path / "third", metric="beauty")


def test_a_direction_that_is_another_is_no_match(installation: Installation, tmp_path: Path) -> None:
    turned = CODABENCH | {"competition.yaml": BUNDLE.replace("sorting: desc", "sorting: asc")}

    competition = read(installation, turned, tmp_path)

    assert "metric" not in competition.parts.table
    assert "choose one on the page" in left_out(competition)["scoring_program: scoring_program"]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (KAGGLE | {"solution.csv": KEY.replace("public", "train")}, "rows whose Usage is 'train'"),
        (KAGGLE | {"solution.csv": KEY.replace("id,label", "id,name")}, "lacks the columns label"),
        (KAGGLE | {"solution.csv": "id,label\n1,a,b\n"}, "is no table"),
        (KAGGLE | {"solution.csv": b"\xff\xfe\x00"}, "no CSV file in UTF-8"),
        (KAGGLE | {"solution.csv": "a,b\n1,1\n1,1\n"}, "lacks the columns"),
        ({"train.csv": "a\n1\n"}, "of no judge that is known here"),
        (CODABENCH | {"competition.yaml": "version: 2\na: [1"}, "is no YAML"),
        (CODABENCH | {"competition.yaml": "title: old\nphases: {1: {}}"}, "is of version 1"),
        (
            CODABENCH
            | {"competition.yaml": BUNDLE.replace("reference_data: reference_data", "reference_data: ../x")},
            "not in the bundle",
        ),
        (CODABENCH | {"reference_data/more.csv": "a,b\n1,2\n"}, "there are 2"),
        (CODABENCH | {"competition.yaml": "!!python/object/apply:os.system ['true']"}, "is no YAML"),
        (CODABENCH | {"competition.yaml": "version: 2\ntasks: 3"}, "names no task"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    installation: Installation, tmp_path: Path, files: dict[str, str | bytes], sentence: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        read(installation, files, tmp_path)

    assert sentence in refusal.value.message


@pytest.mark.parametrize(("files", "count"), [(KAGGLE, 3), (CODABENCH, 6)])
def test_an_archive_on_the_page_becomes_a_draft_whose_page_lists_what_was_lost(
    installation: Installation, files: dict[str, str | bytes], count: int
) -> None:
    page = browser(installation, "iris")
    upload = {"archive": ("cats.zip", archive_of(files, "cats/"), "application/zip")}

    answer = page.post("/courses/ml/drafts/archive", data={"form_token": form_token(page)}, files=upload)

    listed = answer.text.split('id="left-out"')[1].split("</section>")[0]
    assert answer.status_code == 200
    assert "Not carried over" in words(answer.text)
    assert listed.count("<li>") == count


def test_a_bad_archive_leaves_no_draft(installation: Installation) -> None:
    page = browser(installation, "iris")
    upload = {"archive": ("cats.zip", archive_of(KAGGLE | {"solution.csv": "a\n"}), "application/zip")}
    form = {"form_token": form_token(page)}

    answer = page.post("/courses/ml/drafts/archive", data=form, files=upload)

    assert answer.status_code == 422
    assert installation.client("iris").get("/api/courses/ml/drafts").json()["drafts"] == []


def test_the_command_makes_a_draft_and_lists_what_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, data = folder_of(KAGGLE, tmp_path / "cats"), tmp_path / "data"
    data.mkdir()
    databases.fresh("sqlite", data)
    monkeypatch.setenv("SPLITBOARD_DATA_DIR", str(data))

    statuses = [run("course", "add", "ml"), run("import-competition", str(source), "--course", "ml")]
    printed = capsys.readouterr().out

    assert statuses == [0, 0]
    assert "Not carried over: leak.csv" in printed
    assert "cats is a draft of ml" in printed


def run(*arguments: str) -> object:
    """Run a command in this process; its exit status."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code
