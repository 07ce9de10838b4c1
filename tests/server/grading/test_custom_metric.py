"""A homework with a metric of its own: imported, graded in the sandbox, its errors told to the right side."""

from pathlib import Path

import pytest

from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import Invalid
from server.domain.setup import importing
from server.domain.submissions import slots
from server.models import Course
from tests.support import homeworks, tiny_homework
from tests.support.installation import Installation

PATH = "/api/competitions/own/submissions"
METRIC = '''
class ParticipantVisibleError(Exception):
    pass

def score(solution, submission, row_id_column_name: str, penalty: float = 1.0) -> float:
    """The share of wrong labels, times a penalty."""
    if (submission["label"] == "?").any():
        raise ParticipantVisibleError("'?' is no label.")
    if (submission["label"] == "boom").all():
        raise ValueError("the truth is " + " ".join(solution["label"]))
    return penalty * float((solution["label"] != submission["label"]).mean())
'''
LINES = 'metric = "custom"\nhigher_is_better = false\n'


@pytest.fixture(autouse=True)
def _one_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """All imports and servers here share a sandbox; what it keeps out is proven in the grader's tests."""
    for user in ("grader.grade", "server.services.grading.answer_keys"):
        monkeypatch.setattr(f"{user}.Sandbox", lambda **_: homeworks.sandbox())


def folder_with(
    tmp_path: Path, *, lines: str = LINES, metric: str | None = METRIC, arguments: str = "penalty = 2.0"
) -> Path:
    """The tiny homework with a metric of its own."""
    folder = tiny_homework.write(tmp_path / "own")
    toml = folder / "tiny" / "competition.toml"
    text = toml.read_text().replace('metric = "accuracy"\n', lines)
    toml.write_text(text + (f"\n[metric_arguments]\n{arguments}\n" if arguments else ""))
    if metric is not None:
        (folder / "tiny" / "metric.py").write_text(metric)
    return folder


def imported(installation: Installation, folder: Path) -> None:
    """Import it into the course as the competition `own`."""
    homework = importing.read_homework(
        installation.context.store, folder=folder / "tiny", built=folder / "built"
    )
    installation.db.write(
        lambda session: importing.import_homework(
            session,
            course=session.get_one(Course, 1),
            homework=homework,
            slug="own",
            by=COMMAND_LINE,
            now=installation.clock(),
        ),
        private=True,
    )


def labelled(label: str) -> bytes:
    """A file with one label throughout."""
    return ("id,label\n" + "".join(f"{n},{label}\n" for n in range(400))).encode()


def test_a_submission_is_scored_by_the_homeworks_own_metric(
    installation: Installation, tmp_path: Path
) -> None:
    imported(installation, folder_with(tmp_path))
    data = tiny_homework.predictions(400, accuracy=0.75, seed=1)

    answer = installation.client("student0").post(PATH, content=data)

    assert answer.status_code == 201, answer.text
    wrong = 2.0 * (1.0 - tiny_homework.score_of(data, "Public"))
    assert answer.json()["public_score"] == pytest.approx(wrong, abs=1e-3)
    worse = tiny_homework.predictions(400, accuracy=0.5, seed=2)
    assert installation.client("student1").post(PATH, content=worse).json()["rank"] == 2
    shown = installation.client("student0").get("/competitions/own/rules").text
    assert "<code>custom</code>, lower is better" in shown


def test_what_the_metric_says_to_students_reaches_them_and_costs_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    imported(installation, folder_with(tmp_path))
    client = installation.client("student0")

    answer = client.post(PATH, content=labelled("?"))

    assert answer.status_code == 422
    (problem,) = answer.json()["error"]["details"]["problems"]
    assert (problem["code"], problem["message"]) == ("refused_by_metric", "'?' is no label.")
    assert client.get("/api/competitions/own").json()["today"]["left"] == 5


def test_any_other_error_of_the_metric_is_for_staff_alone(installation: Installation, tmp_path: Path) -> None:
    imported(installation, folder_with(tmp_path))
    student, staff = installation.client("student0"), installation.client("tina")

    answer = student.post(PATH, content=labelled("boom"))

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "our_fault"
    number = answer.json()["error"]["details"]["submission"]["id"]
    pages = [answer, *(student.get(path) for path in (PATH, f"/submissions/{number}"))]
    assert not any("the truth is" in page.text or "ValueError" in page.text for page in pages)
    assert "the truth is" in staff.get(f"/submissions/{number}").text
    installation.clock.now = installation.competition_named("own").reveal_at
    assert "the truth is" not in student.get(f"/submissions/{number}").text


def test_why_a_metric_failed_stands_in_the_log(
    installation: Installation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    imported(installation, folder_with(tmp_path))

    installation.client("student0").post(PATH, content=labelled("boom"))

    facts = next(record.msg for record in caplog.records if "the metric failed" in str(record.msg))
    assert isinstance(facts, dict)
    assert facts["reason"] == "The metric raised ValueError at line 10."
    assert "the truth is" not in caplog.text


PROBING = METRIC.replace(
    "    return penalty",
    '    if (solution.loc[submission["label"] == "probe", "label"] == "a").any():\n'
    '        raise ValueError("the truth is a")\n'
    "    return penalty",
)


def probe(label: str) -> bytes:
    """A file that probes the first private row whose true label is this one."""
    rows = zip(tiny_homework.truth(400), tiny_homework.usage(400), strict=True)
    place = [(truth, usage) for truth, usage in rows].index((label, "Private"))
    lines = labelled("a").decode().splitlines()
    lines[place + 1] = f"{place},probe"
    return "\n".join(lines).encode()


def test_a_failure_on_private_rows_alone_looks_and_costs_as_a_success(
    installation: Installation, tmp_path: Path
) -> None:
    imported(installation, folder_with(tmp_path, metric=PROBING))
    staff, students = installation.client("tina"), [installation.client(f"student{n}") for n in (0, 1)]

    answers = [client.post(PATH, content=probe(label)) for client, label in zip(students, "ab", strict=True)]

    failed, scored = (answer.json() for answer in answers)
    own = {"id", "url", "sha256", "size", "submitted_by", "team", "team_id", "took_ms", "rank", "teams"}
    own |= {"signed"}
    assert [answer.status_code for answer in answers] == [201, 201]
    assert {name: failed[name] for name in failed.keys() - own} == {
        name: scored[name] for name in scored.keys() - own
    }
    assert failed["today"]["used"] == 1
    pages = zip(students, (failed, scored), strict=True)
    seen = [client.get(f"/submissions/{each['id']}").text for client, each in pages]
    assert not any("truth is" in page or "fault" in page for page in seen)
    assert "the truth is a" in staff.get(f"/submissions/{failed['id']}").text
    assert f'/submissions/{failed["id"]}">' in staff.get("/competitions/own/staff").text
    assert "the truth is" not in staff.get(f"/submissions/{scored['id']}").text
    installation.clock.now = installation.competition_named("own").reveal_at
    page = students[0].get(f"/submissions/{failed['id']}").text
    assert "by our fault, not yours" in page
    assert "the truth is" not in page


def test_a_team_whose_files_keep_failing_is_held_back(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "FAILED_MOST", 1)
    imported(installation, folder_with(tmp_path))
    student = installation.client("student0")
    assert student.post(PATH, content=labelled("boom")).status_code == 500

    held = student.post(PATH, content=labelled("a"))

    assert held.status_code == 429
    assert held.json()["error"]["code"] == "too_many_failed"
    assert installation.client("student1").post(PATH, content=labelled("a")).status_code == 201


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"metric": None}, "needs the file metric.py in the homework's folder"),
        ({"lines": 'metric = "custom"\n'}, "needs higher_is_better = true or false"),
        (
            {"lines": 'metric = "accuracy"\nhigher_is_better = true\n', "arguments": ""},
            "a direction of its own",
        ),
        ({"metric": "x = 1\n"}, "score"),
        ({"arguments": "fine = 2.0"}, "fine"),
        (
            {"metric": METRIC.replace("return penalty", "raise KeyError")},
            "gave no score for sample_submission",
        ),
    ],
)
def test_a_homework_whose_metric_cannot_work_is_refused_at_import(
    installation: Installation, tmp_path: Path, changed: dict[str, str | None], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        imported(installation, folder_with(tmp_path, **changed))  # type: ignore[arg-type]
