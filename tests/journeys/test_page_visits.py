"""`./splitboard pages` tells the truth: two pages of which everything is known, a good and a bad one."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser
from typer.testing import CliRunner

from benchmarks import pages
from benchmarks.page_visits import PHONE, Onlooker, addresses_of, measure, nobody, worst
from tests.support import chromium

GOOD = """<!doctype html><html lang="{language}"><head><title>{title}</title>{icon}
<link rel="stylesheet" href="/style.css"></head><body><main><h1>{title}</h1>
<p><bdi>Chang Chia-Wen</bdi></p><p><a href="/bad">CSV</a></p></main></body></html>"""
BAD = """<!doctype html><html lang="{language}"><head><title>{title}</title>{icon}</head><body><main>
<h1>{title}</h1><p>Forgotten words</p><img src="/picture.svg" style="width: 800px"></main></body></html>"""
ICON = '<link rel="icon" href="data:,">'  # else a browser asks for one
TITLES = {"en": "Scores", "zh-TW": "分數"}
FILES = {
    "/style.css": ("text/css", b"h1 { color: #111 }" * 500),
    "/picture.svg": ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
}
SECONDS = 0.02  # that each page takes
HEAD_MOST = 400  # bytes of an answer's head


class Site(BaseHTTPRequestHandler):
    """A site of two pages, in English and Chinese, and what they load."""

    def do_GET(self) -> None:
        """Answer with a page or a file."""
        if self.path in FILES:
            self.send(*FILES[self.path])
            return
        time.sleep(SECONDS)
        language = "zh-TW" if self.headers["Accept-Language"].startswith("zh") else "en"
        page = BAD if self.path == "/bad" else GOOD
        self.send(
            "text/html; charset=utf-8",
            page.format(language=language, title=TITLES[language], icon=ICON).encode(),
        )

    def send(self, media: str, body: bytes) -> None:
        """Send one answer."""
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    with chromium.launched() as started:
        yield started


@pytest.fixture
def visitor() -> Iterator[Onlooker]:
    """Somebody on the site of two pages."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    somebody = nobody(f"http://127.0.0.1:{server.server_port}")
    somebody.client.headers["Accept-Language"] = "en"
    yield somebody
    somebody.client.close()
    server.shutdown()
    server.server_close()


@pytest.mark.browser
@chromium.NEEDED
def test_what_is_measured_of_a_page_is_true(browser: Browser, visitor: Onlooker, tmp_path: Path) -> None:
    good, bad = (measure(browser, visitor, each, screenshots=tmp_path) for each in addresses_of(visitor, "/"))

    pages_sent = [len(visitor.client.get(each).content) for each in ("/", "/bad")]
    files_sent = [len(body) for _, body in FILES.values()]
    assert (good.requests, bad.requests) == (2, 2)
    for each, bodies in zip((good, bad), map(sum, zip(pages_sent, files_sent, strict=True)), strict=True):
        assert bodies < each.weight < bodies + each.requests * HEAD_MOST
        assert each.milliseconds >= SECONDS * 1000
        assert each.status == 200
    assert (good.violations, good.english, good.overflow) == ([], [], 0)
    assert [each.partition(":")[0] for each in bad.violations] == ["image-alt"]
    assert (bad.english, bad.overflow > 800 - PHONE) == (["Forgotten", "words"], True)
    assert len(worst([good, bad])) == 3
    assert len(list(tmp_path.glob("*.png"))) == 8
    assert pages.line_of(bad).split()[-3:] == ["1", "2", str(bad.overflow)]


@pytest.mark.browser
@chromium.NEEDED
def test_cookies_of_a_person_go_with_the_browser(visitor: Onlooker) -> None:
    visitor.client.cookies.set("session", "secret", domain="127.0.0.1")

    (cookie,) = visitor.cookies

    assert (cookie["name"], cookie["value"]) == ("session", "secret")
    assert httpx2.URL(cookie["url"]).host == "127.0.0.1"


def test_without_a_browser_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(chromium, "PROGRAM", None)

    ended = CliRunner().invoke(pages.app, ["--data", str(tmp_path / "none"), "--json"])

    assert ended.exit_code == 2
    assert "apt-get install chromium" in ended.output
    assert not (tmp_path / "none").exists()


def test_a_page_that_nobody_can_read_is_a_finding() -> None:
    gone = pages.PageMeasures("ta", "/gone", 404, 900, 1, 2.0, [], [], 0)

    assert worst([gone]) == ["ta /gone: status 404"]
    assert "1 pages, 1 findings" in pages.summary([gone])
