"""A deadline stands in the course's zone, and beside it in the reader's own where that shows another time."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from server.local_time import own_time
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation

DEADLINE = datetime(2030, 3, 18, 4, 0, tzinfo=UTC)
BERLIN = "In your zone: Mon 18 Mar 2030, 05:00 (Europe/Berlin)"
PAGES = [TINY, f"{TINY}/rules", "/"]


def said_by_script(client: TestClient, zone: str) -> TestClient:
    """The browser after countdown.js has told its zone."""
    client.cookies.set("splitboard_zone", zone)
    return client


def choose(client: TestClient, zone: str) -> int:
    fields = {"zone": zone, "form_token": form_token(client)}
    return client.post("/account/zone", data=fields, follow_redirects=False).status_code


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ("Europe/Berlin", "Mon 18 Mar 2030, 05:00 (Europe/Berlin)"),
        ("Asia/Shanghai", None),  # another name for the same time of day
        ("Asia/Taipei", None),
        ("", None),
    ],
)
def test_ones_own_time_is_told_where_it_is_another(own: str, text: str | None) -> None:
    assert own_time(DEADLINE, "Asia/Taipei", own) == text


def test_a_browser_elsewhere_reads_its_own_time_beside_each_deadline(installation: Installation) -> None:
    there = said_by_script(browser(installation, "student0"), "Europe/Berlin")
    here = said_by_script(browser(installation, "student0"), "Asia/Taipei")

    assert [path for path in PAGES if BERLIN not in words(there.get(path).text)] == []
    assert [path for path in PAGES if "In your zone" in here.get(path).text] == []


@pytest.mark.both
def test_a_chosen_zone_goes_before_what_the_browser_says_and_with_the_account(
    installation: Installation,
) -> None:
    client = said_by_script(browser(installation, "student0"), "America/Lima")

    assert choose(client, "Europe/Berlin") == 303
    elsewhere = browser(installation, "student0")

    assert BERLIN in words(client.get(TINY).text)
    assert BERLIN in words(elsewhere.get(TINY).text)
    assert installation.client("student0").get("/api/me").json()["zone"] == "Europe/Berlin"
    assert choose(client, "") == 303
    assert "(America/Lima)" in words(client.get(TINY).text)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "asia/taipei x", "Z" * 900])
def test_a_name_of_no_zone_is_refused_and_a_cookie_of_none_is_nothing(
    installation: Installation, zone: str
) -> None:
    client = said_by_script(browser(installation, "student0"), "Mars/Olympus")

    assert choose(client, zone) == 422
    assert installation.client("student0").put("/api/me/zone", json={"zone": zone}).status_code == 422
    assert "In your zone" not in client.get(TINY).text
