"""A competition from nothing, step by step on pages: a step is saved, undone or refused."""

import html
import re

import pytest

from grader.metrics import METRICS
from server.models import DraftState
from tests.support import tiny_homework
from tests.support.browser import browser, words
from tests.support.drafts import DRAFTS, Editor, drafts_of, launch_now
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions, truth

ROWS = 400
KEY = "\n".join(["id,label", *(f"{n},{label}" for n, label in enumerate(truth(ROWS)))]).encode()
SPLIT = {"split": "labels", "column": "label", "share": "40", "seed": "s"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
METRIC = {"metric": "accuracy", "id_column": "id", "target_columns": "label", "labels": "a, b, c, d"}


def begun(editor: Editor) -> str:
    """The address of a new draft."""
    status, page = editor.post("/new", title="Waves", new_slug="waves")
    assert status == 200, page
    return f"/{drafts_of(editor.installation)[-1].id}"


def lacks(page: str) -> list[str]:
    """What stands between the draft and its launch, as its page says."""
    section = page.partition('id="checks"')[2].partition("</section>")[0]
    return [words(each) for each in re.findall(r"<li>(.*?)</li>", section, re.DOTALL)]


def fill(editor: Editor, draft: str) -> None:
    """Every step of a draft that can be launched."""
    answers = [
        editor.post(f"{draft}/words", title="Waves", description_md="Tell `a` from `d`."),
        editor.send(f"{draft}/key", "answer_key", "key.csv", KEY, **SPLIT),
        editor.post(f"{draft}/metric", **METRIC),
        editor.send(f"{draft}/files", "file", "test.csv", b"id,x\n0,1\n"),
        editor.post(f"{draft}/files/sample"),
    ]
    assert [status for status, _ in answers] == [200] * len(answers), answers[-1][1]


def test_each_metric_says_what_it_is_before_one_is_chosen(installation: Installation) -> None:
    editor = Editor(installation)

    page = html.unescape(words(editor.page(begun(editor))))

    unsaid = [name for name, metric in METRICS.items() if words(f"{name} {metric.summary}") not in page]
    assert unsaid == []


@pytest.mark.both
def test_a_competition_from_nothing_is_launched_and_scores_a_student(installation: Installation) -> None:
    editor = Editor(installation)
    draft = begun(editor)
    before = lacks(editor.page(draft))

    fill(editor, draft)
    tiers = {f"{name}_{field}": "1" for name in tiny_homework.TIERS for field in ("hint", "points_public")}
    tiers |= {f"{name}_points_private": "2" for name in tiny_homework.TIERS}
    tier = predictions(ROWS, accuracy=0.6, seed=3)
    saved = editor.send(f"{draft}/tiers", "simple_file", "simple.csv", tier, **tiers)
    ready = lacks(editor.page(draft))
    editor.post(f"{draft}/launch")
    launch_now(installation, int(draft[1:]))

    row = installation.competition_named("waves")
    installation.clock.now = row.opens_at
    submission = installation.client("student0").post(
        "/api/competitions/waves/submissions?file_name=p.csv", content=predictions(ROWS, accuracy=0.9, seed=1)
    )
    competition = installation.client("student0").get("/api/competitions/waves").json()
    assert before == ["The draft has no description yet.", "The draft has no metric yet."]
    assert (saved[0], ready) == (200, [])
    assert drafts_of(installation)[0].state is DraftState.LAUNCHED
    assert submission.status_code == 201, submission.text
    assert submission.json()["public_score"] == pytest.approx(0.9, abs=0.06)
    assert competition["tiers"][0]["threshold_public"] == pytest.approx(0.6, abs=0.08)
    assert competition["tiers"][1]["threshold_public"] is None
    costs = words(browser(installation, "student0").get("/competitions/waves/tiers").text)
    assert ("not measured" in costs, "0 ms" in costs) == (True, False)


def test_a_preview_shows_the_overview_and_keeps_nothing(installation: Installation) -> None:
    editor = Editor(installation)
    draft = begun(editor)
    fill(editor, draft)

    answer = editor.client.get(f"{DRAFTS}{draft}/preview")

    assert answer.status_code == 200
    assert "as a student will see it" in words(answer.text)
    assert "Tell a from d" in words(answer.text)
    assert editor.client.get("/competitions/waves").status_code == 404
    assert drafts_of(installation)[0].state is DraftState.WRITTEN


def test_pictures_of_a_draft_are_in_its_previews_and_for_its_editors_alone(
    installation: Installation,
) -> None:
    editor = Editor(installation)
    draft = begun(editor)
    fill(editor, draft)
    address = f"{DRAFTS}{draft}/pictures/pictures/fig.png"
    shown = f'<img src="{address}" alt="A wave" loading="lazy">'
    words_of_it = {"title": "Waves", "description_md": "![A wave](pictures/fig.png)"}

    editor.send(f"{draft}/files", "file", "fig.png", PNG, name="pictures/fig.png")
    first = editor.post(f"{draft}/words", **words_of_it, preview="yes")[1]
    editor.post(f"{draft}/words", **words_of_it)
    whole = editor.page(f"{draft}/preview")
    pages = {name: browser(installation, name) for name in ("iris", "tina", "student0", "ivan")}
    answers = {name: client.get(address) for name, client in pages.items()}

    assert shown in first
    assert shown in whole
    assert answers["iris"].content == PNG
    assert answers["iris"].headers["content-type"] == "image/png"
    assert {name: each.status_code for name, each in answers.items()} == {
        **{"iris": 200, "tina": 403},
        **{"student0": 403, "ivan": 404},
    }
    assert editor.client.get(f"{DRAFTS}{draft}/pictures/test.csv").status_code == 404


@pytest.mark.parametrize(
    ("address", "fields", "reason"),
    [
        ("words", {"title": "Waves", "description_md": "{{ nonsense }} here"}, "nonsense"),
        ("words", {"title": "  ", "description_md": "kept text"}, "'title' should be"),
        ("metric", METRIC | {"metric": "acuracy"}, "acuracy"),
        ("metric", METRIC | {"arguments": "{"}, "not JSON"),
        ("metric", METRIC | {"target_columns": "label, other"}, "does not go with this competition"),
        ("rules", {"daily_limit": "many"}, "'many' is no number"),
        ("files/remove", {"name": "nothing.csv"}, "no data file 'nothing.csv'"),
    ],
    ids=["placeholder", "title", "metric", "json", "columns", "number", "file"],
)
def test_bad_input_at_a_step_keeps_the_draft_and_what_was_typed(
    installation: Installation, address: str, fields: dict[str, str], reason: str
) -> None:
    editor = Editor(installation)
    draft = begun(editor)
    before = drafts_of(installation)[0].step

    status, page = editor.post(f"{draft}/{address}", **fields)

    assert status in (404, 422)
    assert reason in words(page).replace("&#39;", "'")
    assert drafts_of(installation)[0].step == before
    typed = [value for name, value in fields.items() if name in ("description_md", "daily_limit")]
    assert all(value in page for value in typed)


@pytest.mark.parametrize(
    ("data", "fields", "reason"),
    [
        (KEY, {}, "no column Usage"),
        (KEY, SPLIT | {"column": "patient"}, "no column 'patient'; it has id, label"),
        (KEY, SPLIT | {"share": "0"}, "between 0 and 100 percent"),
        (KEY, SPLIT | {"seed": " "}, "needs a seed"),
        (KEY.replace(b"label", b"label,Usage", 1), SPLIT, "fields; the header has"),
        (b"\x00\xff", {}, "not UTF-8"),
    ],
    ids=["usage", "column", "share", "seed", "uneven", "bytes"],
)
def test_a_key_that_cannot_be_taken_is_refused_with_the_reason(
    installation: Installation, data: bytes, fields: dict[str, str], reason: str
) -> None:
    editor = Editor(installation)
    draft = begun(editor)

    status, page = editor.send(f"{draft}/key", "answer_key", "key.csv", data, **fields)

    assert status == 422
    assert reason in words(page).replace("&#39;", "'")


def test_every_problem_of_a_key_stands_on_the_page_until_it_is_mended(installation: Installation) -> None:
    editor = Editor(installation)
    draft = begun(editor)
    fill(editor, draft)
    broken = b"id,label,Usage\n1,a,Public\n1,b,Private\n2,,Public\n3,a,Hidden\n"

    editor.send(f"{draft}/key", "answer_key", "key.csv", broken)
    problems = lacks(editor.page(draft))
    editor.post(f"{draft}/steps/undo")

    assert len(problems) >= 3
    assert any("Hidden" in each or "Usage" in each for each in problems)
    assert lacks(editor.page(draft)) == []


def test_data_files_are_replaced_removed_and_taken_again(installation: Installation) -> None:
    editor = Editor(installation)
    draft = begun(editor)
    editor.send(f"{draft}/files", "file", "train.csv", b"old")
    editor.send(f"{draft}/files", "file", "train.csv", b"newer")

    page = editor.page(draft)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    taken = editor.post(f"{draft}/files/version", version=version[1])
    picture = editor.send(f"{draft}/files", "file", "fig.png", b"<html>", name="pictures/fig.png")
    way_out = editor.send(f"{draft}/files", "file", "x.csv", b"x", name="../x.csv")

    assert "5 B" in words(page) or "5 bytes" in words(page)
    assert taken[0] == 200
    assert "3 B" in words(taken[1]) or "3 bytes" in words(taken[1])
    assert (picture[0], way_out[0]) == (422, 422)
    assert "is no picture" in words(picture[1])


def test_the_metric_is_tried_on_a_sample_and_on_a_file(installation: Installation) -> None:
    editor = Editor(installation)
    draft = begun(editor)
    fill(editor, draft)

    sample = editor.send(f"{draft}/try", "file", "", b"")
    perfect = editor.send(f"{draft}/try", "file", "p.csv", KEY)
    bad = editor.send(f"{draft}/try", "file", "p.csv", b"id,label\n0,a\n")

    assert "A sample with the same plain value" in words(sample[1])
    assert "1.000000" in words(perfect[1])
    assert bad[0] == 422


@pytest.mark.parametrize(("name", "status"), [("tina", 403), ("student0", 403), ("ivan", 404)])
def test_no_step_of_a_draft_is_open_to_others(installation: Installation, name: str, status: int) -> None:
    draft = begun(Editor(installation))
    stranger = Editor(installation, name)

    statuses = {
        stranger.client.get(f"{DRAFTS}{draft}").status_code,
        stranger.client.get(f"{DRAFTS}{draft}/preview").status_code,
        stranger.post("/new", title="Waves", new_slug="waves-2")[0],
        *(
            stranger.post(f"{draft}/{step}", name="x", version="1")[0]
            for step in ("words", "metric", "rules", "files/remove", "files/version", "files/sample")
        ),
        *(
            stranger.send(f"{draft}/{step}", upload, "x.csv", b"x")[0]
            for step, upload in (("files", "file"), ("key", "answer_key"), ("try", "file"), ("tiers", "x"))
        ),
    }

    assert statuses == {status}
