"""axe finds nothing on any page in any state, and no page scrolls sideways, however small its window is.

The pages come from an installation in this process, so that the clock can be set and no server is started;
the browser is given what they are, with their style sheets and scripts.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from fastapi.routing import iter_route_contexts
from lxml import etree, html
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.routing import compile_path
from starlette.testclient import TestClient

from server import web
from server.domain.boards import snapshots
from server.domain.people.passwords import links
from server.domain.people.second_factor import factors, halves
from server.domain.people.sign_on import claims, identities
from server.http.sign_in.second_factor import COOKIE, seal_of
from server.http.sign_in.sign_on import OFFER
from server.models import Competition, Course, LinkKind, Submission, Team, User
from server.services.look_alikes import run
from server.services.sign_on.from_settings import provider_of
from server.web.static_files import NAMES, static_file
from tests.support import accessibility, chromium, walk
from tests.support.browser import TINY, browser, form_token, furnish, rules_form, upload
from tests.support.drafts import DRAFTS, Editor
from tests.support.gradebooks import send_gradebook
from tests.support.installation import Installation, installed
from tests.support.lti import settle_platform
from tests.support.mailbox import address_link
from tests.support.points_by_hand import count_by_hand
from tests.support.walk import SitePage

pytestmark = [pytest.mark.browser, chromium.NEEDED]
SITE = "http://testserver"
WIDE, PHONE, NARROW = 1280, 390, 320
PEOPLE = ("nobody", "student0", "student2", "tina", "iris", "root")  # of whom student2 has sent nothing
LONG = "Bundesausbildungsförderungsgesetz_" * 3
WORDS = "機器學習導論與深度學習實務工作坊" * 3
NO_PAGES = {  # what GET answers with something else than a page
    "/account/data.json",
    "/command-line/{name}",
    "/competitions/{slug}/data.zip",
    "/competitions/{slug}/data/files/{version_id}",
    "/competitions/{slug}/items.csv",
    "/courses/{course}/drafts/{draft_id}/pictures/{name:path}",
    "/courses/{course}/exports/{version}",
    "/courses/{course}/glance.csv",
    "/competitions/{slug}/pictures/{name:path}",
    "/competitions/{slug}/starters/{name}",
    "/languages/{language}.json",
    *("/lti/login", "/lti/keys.json", "/lti/canvas.json"),
    "/people/{user_id}/data.json",
    "/sign-in/callback",
    "/submissions/{submission_id}/file",
    "/submissions/{submission_id}/receipt.json",
    "/.well-known/security.txt",
}
JUDGED = {"class", "role", "type", "style", "colspan", "aria-current", "aria-sort", "aria-hidden", "lang"}
PARTS = 12  # of the long test, so that several processes share it
PAIR = f"{TINY}/integrity/1/2"
PREVIEW = f"{DRAFTS}/1/preview"  # which is linked once the draft can be shown
GIVEN = {
    "announcements": {
        "title": "A slip in the key",
        "body_md": "# Why\n\n| row | label |\n|---|---|\n| 1 | a |\n\n```\n" + "long line " * 30 + "\n```\n",
    },
    "allowances": {"to": "student0", "reason": "ill", "extra_slots": 2},
}
Scheme = Literal["light", "dark"]
States = dict[str, list[SitePage]]


@pytest.fixture(scope="module")
def few_pages(tmp_path_factory: pytest.TempPathFactory) -> States:
    """Some pages of each kind, by "state, person"."""
    return pages_seen(
        tmp_path_factory.mktemp("few"),
        {"open": ["nobody", "student0", "root"], "revealed": ["student0"]},
    )


@pytest.fixture(scope="module")
def all_pages(tmp_path_factory: pytest.TempPathFactory) -> States:
    """The pages of every state and person, by "state, person"."""
    return pages_seen(tmp_path_factory.mktemp("all"), dict.fromkeys(STATES, PEOPLE))


@pytest.fixture(scope="module")
def chromium_browser() -> Iterator[Browser]:
    """One browser for all pages."""
    with chromium.launched() as started:
        yield started


def pages_seen(folder: Path, people: Mapping[str, Sequence[str]]) -> States:
    """What these people reach in each of the states named."""
    pages: States = {}
    with installed("sqlite", folder) as installation:
        for state, begin in STATES.items():
            begin(installation)
            for name in people.get(state, ()):
                pages[f"{state}, {name}"] = pages_of(installation, name)
            if state == "open":
                pages["refused"] = refusals(installation)
    return pages


def pages_of(installation: Installation, name: str) -> list[SitePage]:
    """What a person reaches by links; an admin looks up a person, and two teams that are no look-alikes."""
    if name == "nobody":
        ids = [installation.user("student0").id]
        link = installation.db.write(
            lambda session: links.make(session, user_ids=ids, kind=LinkKind.RESET, now=installation.clock())
        )[0]
        client = browser(installation)
        offer_identity(installation, client)
        wait_for_codes(installation, client)
        return walk.pages_of(client, "/sign-in", "/sign-in/code", "/sign-in/confirm", link.address(""))
    person = f"/people/{installation.user('student0').id}"
    own = [person, PAIR, PREVIEW, "/lti/contexts/2", address_link(installation)] if name == "root" else []
    return walk.pages_of(browser(installation, name), "/", *own)


def offer_identity(installation: Installation, client: TestClient) -> None:
    """Let there be a provider, which is away, and let this browser be asked whether an account is its own."""
    config = installation.app.state.settings
    own = {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "x", "oidc_label": "Campus"}
    installation.app.state.provider = provider_of(config.model_copy(update=own))
    account = claims.NamedAccount(installation.user("tina"), is_agreed=True)
    identity, now = identities.ProviderIdentity("x", "x", "Campus", LONG), installation.clock()
    secret = installation.db.write(
        lambda session: identities.offer(
            session, account=account, identity=identity, is_here=False, next_path="/", now=now
        )
    )
    client.cookies.set(OFFER, secret)


def wait_for_codes(installation: Installation, client: TestClient) -> None:
    """Let this browser be asked for a code, and let the admin's second factor be half set up."""
    tina, root, now = installation.user("tina"), installation.user("root"), installation.clock()
    seal = seal_of(installation.folder / "data")
    installation.db.write(lambda session: factors.begin(session, user=root, seal=seal, now=now))
    half = installation.db.write(lambda session: halves.begin(session, user=tina, next_path="/", now=now))
    client.cookies.set(COOKIE, half)


def refusals(installation: Installation) -> list[SitePage]:
    """Pages that say that something is wrong: addresses without a page, forms that are drawn again."""
    nobody, student, iris = (browser(installation, name) for name in (None, "student0", "iris"))
    token = form_token(iris)
    answers = {
        "/nowhere": student.get("/nowhere"),
        "/competitions/tiny/staff": student.get(f"{TINY}/staff"),
        "/sign-in?refused": nobody.post("/sign-in", data={"username": "student0", "password": "wrong"}),
        "/rules?refused": iris.post(f"{TINY}/rules", data=rules_form(iris) | {"deadline_at": "soon"}),
        "/exports?columns": send_gradebook(iris, act="columns"),
        "/allowances?refused": iris.post(
            f"{TINY}/allowances/grant", data={"form_token": token, "to": "x", "slots": "1"}
        ),
    }
    status, refused_file = upload(student, b"id,label\n0,a\n0,b\n")
    assert status == 422
    pages = [SitePage(address, answer.text) for address, answer in answers.items()]
    assert all(answer.status_code >= 400 for path, answer in answers.items() if "?columns" not in path)
    return [*pages, SitePage("/submit?refused", refused_file)]


def fill(installation: Installation) -> None:
    """Let there be runs, submissions, a rescore, an announcement, and two teams that are compared."""
    sent = furnish(installation)["submission"]
    iris, now = installation.client("iris"), installation.clock()
    for path, body in GIVEN.items():
        assert iris.post(f"/api{TINY}/{path}", json=body).status_code == 201, path
    installation.submit_accuracy("student0", 0.6, seed=3)
    count_by_hand(installation)
    send_gradebook(browser(installation, "iris"), with_stranger=True)
    settle_platform(installation)
    assert Editor(installation).post("/new", title="Waves", new_slug="waves")[0] == 200
    final = f"/api/submissions/{sent}/final"
    assert installation.client("student0").put(final, json={"selected": True}).status_code == 200
    run(installation.db, installation.context.store, competition=installation.competition(), now=now)


def lengthen(installation: Installation) -> None:
    """Give everything that people name a name that is long, in one word and in Chinese."""

    def work(session: Session) -> None:
        session.execute(update(User).values(display_name=LONG))
        session.execute(update(Team).values(name=WORDS))
        session.execute(update(Submission).values(file_name=f"{LONG}.csv"))
        session.execute(update(Course).values(title=WORDS))
        session.execute(update(Competition).values(title=LONG))

    installation.db.write(work)


def reveal(installation: Installation) -> None:
    """Let the private board be open, and what stood at the deadline be kept."""
    installation.clock.advance(timedelta(days=60))
    of = installation.competition().id
    installation.db.write(
        lambda session: snapshots.take(session, competition_id=of, now=installation.clock()), private=True
    )


STATES: dict[str, Callable[[Installation], object]] = {
    "empty": lambda installation: None,
    "open": fill,
    "long names": lengthen,
    "revealed": reveal,
}


@pytest.fixture
def window(chromium_browser: Browser) -> Iterator[Page]:
    """A window of the browser at an empty page of the site, where colours change at once."""
    context = chromium_browser.new_context(viewport={"width": WIDE, "height": 900}, reduced_motion="reduce")
    context.route(f"{SITE}/**", let_load)
    page = context.new_page()
    page.goto(SITE)
    yield page
    context.close()


def let_load(route: Route) -> None:
    """Answer with a static file; to what a script asks for, 503, lest it load the page anew."""
    path = urlsplit(route.request.url).path
    if path.startswith("/static/"):
        file = static_file(path.removeprefix("/static/"))
        route.fulfill(body=file.data, content_type=file.media_type)
    else:
        route.fulfill(status=200 if path == "/" else 503, body="", content_type="text/html")


def each_once(states: States) -> list[SitePage]:
    """One page of each kind, as the first who reach it see it."""
    return list({each.kind: each for pages in reversed(states.values()) for each in pages}.values())


def each_structure_once(states: States) -> list[tuple[str, SitePage]]:
    """The pages, by "state, person", without those that differ from one in texts alone."""
    pages = [(state, each) for state, pages in states.items() for each in pages]
    return list({structure(each.html): (state, each) for state, each in reversed(pages)}.values())


def structure(page: str) -> tuple[object, ...]:
    """The elements of a page in their order, with what axe judges them by."""
    elements = html.document_fromstring(page).iter(etree.Element)
    return tuple(
        (each.tag, *((name, value if name in JUDGED else None) for name, value in sorted(each.items())))
        for each in elements
    )


def narrow(page: Page) -> list[str]:
    """Where the page scrolls sideways: in the smallest window of WCAG, and with text of twice the size."""
    beyond = {
        f"at {NARROW} px": accessibility.overflow(page, width=NARROW),
        "with large text": accessibility.overflow_of_large_text(page, width=WIDE),
    }
    return [f"{pixels} px too wide {where}" for where, pixels in beyond.items() if pixels]


def test_the_walk_reaches_every_page_there_is(few_pages: States) -> None:
    addresses = {each.address.partition("?")[0] for pages in few_pages.values() for each in pages}

    routes = {
        each.path or "" for each in iter_route_contexts(web.router.routes) if "GET" in (each.methods or ())
    }

    reached = {path for path in routes if any(compile_path(path)[0].match(each) for each in addresses)}
    assert routes - reached == NO_PAGES


def test_the_heading_of_every_page_of_a_homework_names_it(few_pages: States) -> None:
    pages = [(each, html.document_fromstring(each.html)) for each in each_once(few_pages)]
    headings = {
        each.address: (head[0].get("aria-label"), " ".join(root.xpath("string(//h1[1])").split()))
        for each, root in pages
        if (head := root.xpath("//section[starts-with(@class, 'head')]"))
    }

    assert {address: (title, h1) for address, (title, h1) in headings.items() if title not in h1} == {}
    assert len(headings) > 20


def test_axe_finds_nothing_on_any_page(few_pages: States, window: Page) -> None:
    pages = each_once(few_pages)
    broken = []
    for each in pages:
        window.set_content(each.html)
        words = [*accessibility.violations(window), *narrow(window)]
        broken += [f"{each.address} {one}" for one in words]

    assert broken == []
    assert len(pages) > 35


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_in_any_state(all_pages: States, window: Page, part: int) -> None:
    pages = each_structure_once(all_pages)
    broken = []
    for state, each in pages[part::PARTS]:
        window.set_content(each.html)
        words = [*in_both_schemes(window, WIDE), *in_both_schemes(window, PHONE), *narrow(window)]
        broken += [f"{state}: {each.address} {one}" for one in words]

    assert broken == []
    assert len(pages) > 300


@pytest.mark.long
@pytest.mark.parametrize("person", PEOPLE)
def test_no_long_name_makes_a_page_scroll_sideways(all_pages: States, window: Page, person: str) -> None:
    broken = []
    for each in all_pages[f"long names, {person}"]:
        window.set_content(each.html)
        broken += [f"{each.address} {one}" for one in narrow(window)]

    assert broken == []


def in_both_schemes(page: Page, width: int) -> list[str]:
    """What axe finds in a window of that width, in light and, of colours alone, in dark."""
    page.set_viewport_size({"width": width, "height": 900})
    light = accessibility.violations(page)
    page.emulate_media(color_scheme="dark")
    dark = accessibility.violations(page, accessibility.CONTRAST)
    page.emulate_media(color_scheme="light")
    return [*(f"{width}: {each}" for each in light), *(f"{width} dark: {each}" for each in dark)]


# Pairs of what must look different, and the property by which it does.
TOLD_APART = [
    (".tabs a[aria-current]", ".tabs a:not([aria-current])", "backgroundColor"),
    (".slots .free", ".slots .used", "backgroundColor"),
    (".choose.is-on", ".choose:not(.is-on)", "backgroundColor"),
    (".chart .dot.final", ".chart .dot:not(.final)", "fill"),
    (".chart .dot", "body", "stroke"),
    (".chart .best", "body", "stroke"),
    (".chart .threshold", "body", "stroke"),
    (".timeline .open", ".timeline .late", "fill"),
    (".timeline .open", "body", "fill"),
]
DRAWN = """([selector, property]) => {
    const style = getComputedStyle(document.querySelector(selector));
    return selector === "body" ? style.backgroundColor : style[property];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_hide_nothing(
    few_pages: States, window: Page, scheme: Literal["light", "dark"]
) -> None:
    (mine,) = [
        each for each in few_pages["open, student0"] if each.address == "/competitions/tiny/submissions"
    ]
    window.emulate_media(forced_colors="active", color_scheme=scheme)
    window.set_content(mine.html)
    looks = {
        (one, other): [window.evaluate(DRAWN, [each, name]) for each in (one, other)]
        for one, other, name in TOLD_APART
    }
    window.keyboard.press("Tab")
    outline = window.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert [pair for pair, (one, other) in looks.items() if one == other] == []
    assert outline == "solid"


def test_charts_have_names_and_their_numbers_stand_in_a_table(few_pages: States) -> None:
    pages = [each for pages in few_pages.values() for each in pages if 'class="chart' in each.html]

    assert [each.address for each in pages if "<table" not in each.html] == []
    assert all(
        re.search(r'role="img" aria-label="[^"]+"', each)
        for page in pages
        for each in re.findall(r'<svg class="chart[^>]*>', page.html)
    )
    assert len({each.kind for each in pages}) >= 3


def test_no_script_moves_what_a_reader_wants_still() -> None:
    smooth = [name for name in NAMES if "smooth" in static_file(name).data.decode()]

    assert smooth == ["upload.js"]
    assert b'calm.matches ? "auto" : "smooth"' in static_file("upload.js").data
