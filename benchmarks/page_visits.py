"""What each page of a running site costs and lacks: weight, time, axe's findings, English left in Chinese."""

import re
import socket
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support import accessibility, walk
from tests.support.page_texts import TERMS, english_in, texts_of

WIDE, PHONE, HEIGHT = 1280, 390, 900
ENGLISH, CHINESE = "en", "zh-TW"
TRIES = 5  # of a page, the quickest of which is told
NOBODY = "nobody"
# What people wrote and not we: names and titles, texts from staff, files and their rows, fields of forms.
WRITTEN = (
    "//bdi | //*[contains(@class, 'prose')] | //textarea | //select | //option | //kbd"
    " | //*[contains(concat(' ', @class, ' '), ' file ')] | //*[contains(@class, 'first-rows')]"
)
FILE_NAME = re.compile(r"[\w./-]+\.(?:csv|ipynb|json|npy|py|svg|txt)\b")


@dataclass(frozen=True)
class Onlooker:
    """Who looks at the site, and the cookies that say so."""

    name: str
    client: httpx2.Client

    @property
    def cookies(self) -> list[dict[str, str]]:
        """The cookies as a browser takes them."""
        site = str(self.client.base_url)
        return [{"name": each.name, "value": each.value, "url": site} for each in self.client.cookies.jar]


@dataclass(frozen=True)
class PageMeasures:
    """A page as one person sees it.

    weight: bytes of all answers on the wire, heads and compressed bodies, at a first visit; requests: how
    many those are; milliseconds: of the page alone, as a client on the same machine waits for it.
    violations: of axe's rules, as "rule: its HTML". english: words on the Chinese page that are no names and
    no terms. overflow: pixels by which the page is wider than a phone's window.
    """

    visitor: str
    address: str
    status: int
    weight: int
    requests: int
    milliseconds: float
    violations: list[str]
    english: list[str]
    overflow: int


@dataclass
class Traffic:
    """What a browser asked for and got, in requests and in bytes."""

    requests: int = 0
    weight: int = 0
    answers: dict[str, int] = field(default_factory=dict)

    def follow(self, context: BrowserContext, page: Page) -> None:
        """Count what this page loads from now on."""
        network = context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", self._ask)
        network.on("Network.loadingFinished", self._finish)
        network.send("Network.enable")

    def _ask(self, event: dict[str, Any]) -> None:
        self.requests += event["request"]["url"].startswith("http")

    def _finish(self, event: dict[str, Any]) -> None:
        self.weight += int(event["encodedDataLength"])


def signed_in(site: str, name: str, password: str) -> Onlooker:
    """Somebody who has signed in. Raises HTTPStatusError when the site refuses them."""
    visitor = nobody(site, name=name)
    form = {"username": name, "password": password}
    visitor.client.post("/sign-in", data=form).raise_for_status()
    return visitor


def nobody(site: str, *, name: str = NOBODY) -> Onlooker:
    """Somebody who has not."""
    headers = {"Origin": site}
    return Onlooker(name, httpx2.Client(base_url=site, headers=headers, follow_redirects=True, timeout=60))


def addresses_of(visitor: Onlooker, *begin: str) -> list[str]:
    """One address of each kind of page that this person reaches by links."""
    return [each.address for each in walk.pages_of(visitor.client, *begin)]


def measure(
    browser: Browser,
    visitor: Onlooker,
    address: str,
    *,
    names: Collection[str] = (),
    screenshots: Path | None = None,
) -> PageMeasures:
    """What there is to tell of a page; with a folder, four pictures of it: both languages, both widths.

    names: of people and things, which are English words in no language.
    """
    milliseconds, answer = quickest(visitor.client, address)
    with visit(browser, visitor, address, language=ENGLISH) as (page, traffic):
        violations = accessibility.violations(page)
        english = words_left(visitor.client, address, names=names)
        overflow = photograph(page, screenshots, name_of(visitor, address), ENGLISH)
    if screenshots is not None:
        with visit(browser, visitor, address, language=CHINESE) as (page, _):
            photograph(page, screenshots, name_of(visitor, address), CHINESE)
    return PageMeasures(
        visitor.name,
        address,
        answer.status_code,
        traffic.weight,
        traffic.requests,
        milliseconds,
        violations,
        english,
        overflow,
    )


def quickest(client: httpx2.Client, address: str) -> tuple[float, httpx2.Response]:
    """The least milliseconds of several requests for a page, and an answer."""
    seconds = []
    for _ in range(TRIES):
        began = time.perf_counter()
        answer = client.get(address)
        seconds.append(time.perf_counter() - began)
    return min(seconds) * 1000, answer


@contextmanager
def visit(
    browser: Browser, visitor: Onlooker, address: str, *, language: str, script: bool = True
) -> Iterator[tuple[Page, Traffic]]:
    """A page at a first visit, with nothing kept from another, and what it loaded."""
    context = browser.new_context(
        viewport={"width": WIDE, "height": HEIGHT},
        locale=language,
        reduced_motion="reduce",
        java_script_enabled=script,
    )
    context.add_cookies(visitor.cookies)  # type: ignore[arg-type]  # a dict of these three is what it takes
    page, traffic = context.new_page(), Traffic()
    traffic.follow(context, page)
    page.goto(f"{str(visitor.client.base_url).rstrip('/')}{address}", wait_until="networkidle")
    yield page, traffic
    context.close()


def words_left(client: httpx2.Client, address: str, *, names: Collection[str]) -> list[str]:
    """The English words of a page that is asked for in Chinese."""
    page = client.get(address, headers={"Accept-Language": CHINESE}).text
    of_files = {*FILE_NAME.findall(page), socket.gethostname()}
    return english_in(texts_of(page, but=WRITTEN), names={*names, *of_files}, terms=TERMS)


def photograph(page: Page, folder: Path | None, name: str, language: str) -> int:
    """By how many pixels a page is wider than a phone; pictures at both widths are kept in a folder."""
    if folder is not None:
        page.screenshot(path=folder / f"{name}-{WIDE}-{language}.png", full_page=True)
    beyond = accessibility.overflow(page, width=PHONE, height=HEIGHT)
    if folder is not None:
        page.screenshot(path=folder / f"{name}-{PHONE}-{language}.png", full_page=True)
    return beyond


def name_of(visitor: Onlooker, address: str) -> str:
    """What a page's pictures are called: who looks, and where.

    >>> name_of(Onlooker("ta", httpx2.Client()), "/competitions/hw01/leaderboard?page=2")
    'ta_competitions_hw01_leaderboard_page_2'
    """
    words = "".join(character if character.isalnum() or character == "-" else " " for character in address)
    return "_".join([visitor.name, *words.split()])


def worst(measures: Sequence[PageMeasures]) -> list[str]:
    """What is wrong with these pages, a line for each finding."""
    lines = []
    for each in measures:
        findings = [f"axe: {one}" for one in each.violations]
        if each.english:
            findings.append(f"English in Chinese: {', '.join(each.english)}")
        if each.overflow:
            findings.append(f"{each.overflow} px wider than {PHONE}")
        if each.status >= 400:
            findings.append(f"status {each.status}")
        lines += [f"{each.visitor} {each.address}: {one}" for one in findings]
    return lines
