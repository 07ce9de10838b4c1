"""The calendar of homeworks in a browser: a draft is moved by dragging it, and by keys."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from server.web.static_files import static_file
from tests.support import chromium
from tests.support.drafts import DRAFTS, Editor, furnish_box
from tests.support.installation import Installation

pytestmark = [pytest.mark.browser, chromium.NEEDED]
SITE = "http://testserver"


@pytest.fixture
def calendar(installation: Installation) -> Iterator[Page]:
    """The page with three drafts, in a browser whose requests this process answers."""
    furnish_box(installation, "hw81_one", "hw82_two", "hw83_three")
    editor = Editor(installation)
    editor.post("/box", homework=["hw81_one", "hw82_two"])
    editor.post("/box", homework=["hw83_three"])

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path.startswith("/static/"):
            file = static_file(url.path.removeprefix("/static/"))
            route.fulfill(body=file.data, content_type=file.media_type)
            return
        if route.request.method == "POST":
            fields = dict(parse_qsl(route.request.post_data or "", keep_blank_values=True))
            reply = editor.client.post(url.path, data=fields)
        else:
            reply = editor.client.get(url.path, headers={"Accept": route.request.headers["accept"]})
        kind = reply.headers.get("content-type", "text/plain")
        route.fulfill(status=reply.status_code, body=reply.content, content_type=kind)

    with chromium.launched() as program:
        page = program.new_page()
        page.route(f"{SITE}/**", answer)
        page.goto(SITE + DRAFTS)
        yield page


def slugs(page: Page) -> list[str]:
    """The drafts in the order in which they open."""
    return page.locator("tr[data-draft] td:first-child .secondary").all_inner_texts()


def test_a_draft_is_dragged_to_the_place_of_another(calendar: Page) -> None:
    rows = calendar.locator("tr[data-draft]")
    before = slugs(calendar)

    rows.nth(2).drag_to(rows.nth(0))
    expect(rows.nth(0)).to_contain_text("hw83-three")

    assert before == ["hw81-one", "hw82-two", "hw83-three"]
    assert slugs(calendar) == ["hw83-three", "hw81-one", "hw82-two"]


def test_a_draft_is_moved_by_keys(calendar: Page) -> None:
    rows = calendar.locator("tr[data-draft]")

    rows.nth(2).get_by_role("button", name="Move").first.focus()
    calendar.keyboard.press("Enter")
    expect(rows.nth(1)).to_contain_text("hw83-three")

    assert slugs(calendar) == ["hw81-one", "hw83-three", "hw82-two"]
