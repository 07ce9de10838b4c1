"""A student and a TA in a real browser: sign in, upload a file, read the score, look at the boards."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from server.web.static_files import STATIC
from tests.journeys.town import Town, town
from tests.server.rendering.drawn_charts import drawn
from tests.support import chromium, databases, tiny_homework
from tests.support.chromium import sign_in
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, chromium.NEEDED]
TOPS = "cells => cells.map(cell => cell.getBoundingClientRect().top)"
MOST_STOPS = 60  # of the Tab key on a page, before it counts as a trap
# The element with the focus: its name, and whether what shows the focus is there and in the window.
AT_FOCUS = """() => {
    const element = document.activeElement;
    if (element === document.body) return ["", true];
    const {outlineStyle, outlineWidth} = getComputedStyle(element);
    const {top, bottom, left, right} = element.getBoundingClientRect();
    const isInWindow = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
    const name = element.labels?.[0]?.innerText ?? element.getAttribute("aria-label") ?? element.innerText;
    return [name.trim(), outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && isInWindow];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    with chromium.launched() as started:
        yield started


@pytest.fixture(scope="module")
def small_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town with one server for all of these tests, each of which has a student of its own."""
    folder = tmp_path_factory.mktemp("browser")
    with town(databases.fresh("sqlite", folder), folder, students=6) as place:
        yield place


@pytest.fixture(scope="module")
def address(small_town: Town) -> str:
    """Where its server answers."""
    return small_town.start_server()


@pytest.mark.parametrize(
    ("student", "script", "width"),
    [
        pytest.param(0, True, 1280, id="with scripts"),
        pytest.param(1, False, 1280, id="without scripts"),
        pytest.param(2, True, 390, id="with scripts on a telephone"),
        pytest.param(3, False, 390, id="without scripts on a telephone"),
    ],
)
def test_a_student_uploads_a_file_and_reads_the_score(
    browser: Browser, address: str, tmp_path: Path, student: int, script: bool, width: int
) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(tiny_homework.predictions(400, accuracy=0.7, seed=student))
    bad.write_bytes(b"id,label\n0,a\n0,b\n")
    context = browser.new_context(java_script_enabled=script, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, address, f"student{student}")
    page.goto(f"{address}/competitions/tiny/submit")
    page.locator("input[type=file]").set_input_files(bad)
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("without a row").first.wait_for()
    page.goto(f"{address}/competitions/tiny/submit")
    page.locator("input[type=file]").set_input_files(good)
    page.get_by_role("button", name="Submit").click()
    score = f"{tiny_homework.score_of(good.read_bytes(), 'Public'):.4f}"
    page.get_by_text(score).first.wait_for()
    page.goto(f"{address}/competitions/tiny/leaderboard")
    board = page.inner_text("main")
    wide = page.evaluate("document.documentElement.scrollWidth") if script else width
    page.goto(f"{address}/competitions/tiny/leaderboard/private")
    private = page.inner_text("main")
    context.close()

    assert f"Student{student}" in board
    assert score in board
    assert wide <= width
    assert score not in private
    assert errors == []


NOT_SENT = {
    "semicolons": (b"id;label\n0;a\n", "separated by semicolons"),
    "an index column": (b",id,label\n0,0,a\n", "index=False"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "is a PNG image"),
    "an id twice": (b"id,label\n0,a\n0,b\n", "that stood before"),
    "an empty field": (b"id,label\n0,a\n1,\n", "'label' is empty in 1 row"),
    "a row short": (
        tiny_homework.predictions(400, accuracy=0.7, seed=1).rsplit(b"\n", 2)[0] + b"\n",
        "1 id is without a row",
    ),
}


def test_the_page_finds_slips_before_anything_is_sent_and_lets_a_stubborn_student_send(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(15_000)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if request.method == "PUT" else None)
    sign_in(page, address, "student4")
    page.goto(f"{address}/competitions/tiny/submit")
    for name, (data, words) in NOT_SENT.items():
        file = tmp_path / f"{name}.csv"
        file.write_bytes(data)
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_text("This file would be refused").wait_for()
        assert words in page.inner_text("#answer"), name
    page.get_by_role("button", name="Submit").click()
    page.wait_for_timeout(300)
    assert sent == []
    page.get_by_role("button", name="Send it anyway").click()
    page.get_by_text("This file cannot be scored").wait_for()
    assert sent == ["PUT"]
    page.context.close()


def test_a_board_renews_itself_when_it_has_changed_and_says_so(
    browser: Browser, small_town: Town, address: str
) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(15_000)
    sign_in(page, address, "student3")
    page.clock.install()
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status) if "/api/" in answer.url else None)
    page.goto(f"{address}/competitions/tiny/leaderboard")
    with page.expect_response("**/leaderboard/public"):
        page.clock.run_for(31_000)
    quiet = page.locator("#board-news").inner_text()

    data = tiny_homework.predictions(400, accuracy=0.97, seed=3)
    with small_town.client(address, "student3") as student:
        student.post("/api/competitions/tiny/submissions", content=data).raise_for_status()
    with page.expect_response("**/leaderboard/public"):
        page.clock.run_for(31_000)
    page.locator("#board-news").get_by_text("The board has changed.").wait_for(state="attached")
    row = page.locator("tr.mine").inner_text()
    tops = page.locator("tr.mine td").evaluate_all(TOPS)
    page.context.close()

    assert statuses == [304, 200]
    assert quiet == ""
    assert "Student3" in row
    assert len(set(tops)) == 1, "the cells of a row stand side by side"


def test_the_hall_fills_the_screen_by_a_key_and_offers_it_only_where_the_browser_can(
    browser: Browser, address: str
) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(15_000)
    sign_in(page, address, "student3")
    page.goto(f"{address}/competitions/tiny/leaderboard/hall")
    page.get_by_role("button", name="Full screen").press("Enter")
    page.get_by_role("button", name="Leave full screen").wait_for()
    is_full = page.evaluate("document.fullscreenElement !== null")
    page.get_by_role("button", name="Leave full screen").press("Enter")
    page.wait_for_function("document.fullscreenElement === null")

    page.add_init_script("Object.defineProperty(Document.prototype, 'fullscreenEnabled', { value: false })")
    page.reload(wait_until="networkidle")
    buttons = page.get_by_role("button").count()
    page.context.close()

    assert is_full
    assert buttons == 0


def page_of_chart(browser: Browser, name: str, colours: Literal["light", "dark"] = "light") -> Page:
    """A page that is one of the drawn charts and a board's head, with the site's style and script."""
    styles = [
        f"<style>{(STATIC / 'base.css').read_text()}{(STATIC / 'parts.css').read_text()}</style>",
        f"<style media=print>{(STATIC / 'print.css').read_text()}</style>",
    ]
    table = "<table class=board><thead><tr><th>Rank</th></tr></thead></table><nav class=tabs>Rules</nav>"
    script = f"<script type=module>{(STATIC / 'chart.js').read_text()}</script>"
    page = browser.new_context(color_scheme=colours).new_page()
    page.set_content(f"<main>{''.join(styles)}{table}{drawn()[name]}{script}</main>")
    return page


def test_the_values_of_a_chart_are_read_by_keys_and_by_pointing(browser: Browser) -> None:
    page = page_of_chart(browser, "scores_with_private_ones")
    page.keyboard.press("Tab")
    texts = [page.get_by_role("status").inner_text()]
    for key in ("ArrowLeft", "Home", "ArrowLeft", "End", "Escape"):
        page.keyboard.press(key)
        texts.append(page.get_by_role("status").inner_text())
    page.locator("circle").nth(1).hover()
    pointed = page.get_by_role("status").inner_text()
    box, chart = page.get_by_role("status").bounding_box(), page.locator("svg").bounding_box()
    page.context.close()

    first, last = "file 0: 0.5512", "file 4: 0.7301"
    assert texts == [last, last, first, first, last, ""]
    assert pointed == "file 1: 0.612"
    assert box is not None
    assert chart is not None
    assert chart["x"] <= box["x"] <= chart["x"] + chart["width"] - box["width"]


def test_a_page_prints_its_charts_black_on_white_and_nothing_sticks(browser: Browser) -> None:
    page = page_of_chart(browser, "scores", "dark")
    page.emulate_media(media="print")
    colours = page.evaluate(
        """() => [
            getComputedStyle(document.querySelector(".best")).stroke,
            getComputedStyle(document.querySelector("text.name")).fill,
            getComputedStyle(document.documentElement).backgroundColor,
            getComputedStyle(document.querySelector("th")).position,
            getComputedStyle(document.querySelector(".tabs")).display,
        ]"""
    )
    page.context.close()

    black, white = "rgb(0, 0, 0)", "rgb(255, 255, 255)"
    assert colours == [black, black, white, "static", "none"]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what begins with `name` has the focus, which shows at every stop on the way."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        at, shows = page.evaluate(AT_FOCUS)
        assert shows, f"the focus does not show at {at!r} of {page.url}"
        if at.startswith(name):
            return
    raise AssertionError(f"Tab does not reach {name!r} on {page.url}; the last stop was {at!r}")


def test_a_student_needs_no_mouse(browser: Browser, address: str, tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_bytes(tiny_homework.predictions(400, accuracy=0.7, seed=5))
    page = browser.new_context(viewport={"width": 1280, "height": 600}, reduced_motion="reduce").new_page()
    page.set_default_timeout(15_000)
    page.on("filechooser", lambda chooser: chooser.set_files(good))
    page.goto(f"{address}/sign-in")
    for label, text in (("User name", "student5"), ("Password", PASSWORD)):
        tab_to(page, label)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    tab_to(page, "Tiny accuracy")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/competitions/tiny")
    tab_to(page, "Submit")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/competitions/tiny/submit")
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    tab_to(page, "Predictions")
    page.keyboard.press("Enter")
    expect(page.locator("input[type=file]:focus")).to_have_value(re.compile("good.csv"), timeout=15_000)
    tab_to(page, "Submit")
    page.keyboard.press("Enter")
    score = f"{tiny_homework.score_of(good.read_bytes(), 'Public'):.4f}"
    page.locator("#answer:focus").get_by_text(score).wait_for()
    assert page.evaluate(AT_FOCUS)[1]
    tab_to(page, "My submissions")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/competitions/tiny/submissions")
    tab_to(page, "choose")
    place = page.evaluate("document.activeElement.getBoundingClientRect().top")
    page.keyboard.press("Enter")
    page.locator("button:focus[aria-pressed=true]").wait_for()
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") == pytest.approx(place, abs=2)
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/sign-in")
    page.context.close()
