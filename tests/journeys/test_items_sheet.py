"""The sheet of items in a browser: keys that go up and down, and only what was changed is sent."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, Route

from server.web.static_files import static_file
from tests.support import chromium
from tests.support.browser import browser
from tests.support.installation import Installation
from tests.support.points_by_hand import count_by_hand

pytestmark = [pytest.mark.browser, chromium.NEEDED]
SITE, PATH = "http://testserver", "/competitions/tiny/items"


class Sheet:
    """The page in a browser whose requests this process answers, and the cells of each form that was sent."""

    def __init__(self, installation: Installation, page: Page) -> None:
        self.page = page
        self.sent: list[list[tuple[str, str]]] = []
        self._client = browser(installation, "iris")
        page.route(f"{SITE}/**", self._answer)
        page.goto(SITE + PATH)

    def _answer(self, route: Route) -> None:
        request, url = route.request, urlsplit(route.request.url)
        if url.path.startswith("/static/"):
            file = static_file(url.path.removeprefix("/static/"))
            route.fulfill(body=file.data, content_type=file.media_type)
            return
        if request.method == "POST":
            fields = parse_qsl(request.post_data or "", keep_blank_values=True)
            self.sent.append([each for each in fields if each[0].startswith("p.")])
            answer = self._client.post(url.path, data=dict(fields))
        else:
            answer = self._client.get(f"{url.path}?{url.query}", headers={"Accept": "text/html"})
        kind = answer.headers.get("content-type", "text/plain")
        route.fulfill(status=answer.status_code, body=answer.content, content_type=kind)

    @property
    def place(self) -> int:
        """The number of the cell that has the focus, counted along the rows."""
        script = "() => [...document.querySelectorAll('td input')].indexOf(document.activeElement)"
        place: int = self.page.evaluate(script)
        return place


@pytest.fixture
def sheet(installation: Installation) -> Iterator[Sheet]:
    """The sheet of two items, code and report, with points of student0 for code."""
    count_by_hand(installation)
    with chromium.launched() as program:
        yield Sheet(installation, program.new_page())


def test_keys_go_down_a_column_and_changed_cells_alone_are_sent(sheet: Sheet) -> None:
    page = sheet.page
    cells = page.locator("td input")
    cells.nth(0).focus()

    page.keyboard.press("Enter")
    places = [sheet.place]
    for key in ("ArrowDown", "ArrowUp", "Shift+Enter", "ArrowUp"):
        page.keyboard.press(key)
        places.append(sheet.place)
    cells.nth(3).fill("0.5")
    cells.nth(1).fill("9")
    cells.nth(1).fill(cells.nth(1).evaluate("cell => cell.defaultValue"))
    changed = page.locator("td input.is-changed").count()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()

    assert places == [2, 4, 2, 0, 0]
    assert changed == 1
    assert [[value for _, value in cells] for cells in sheet.sent] == [["0.5"]]
    assert "1 cell was saved" in page.inner_text("main")
    assert page.locator("td input").nth(3).input_value() == "0.5"


def test_leaving_with_cells_unsaved_is_asked_about(sheet: Sheet) -> None:
    page, questions = sheet.page, []
    page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.accept()))
    page.locator("td input").nth(0).click()

    page.goto(SITE + PATH)
    page.locator("td input").nth(0).click()
    page.keyboard.type("1")
    page.goto(SITE + PATH)

    assert questions == ["beforeunload"]
