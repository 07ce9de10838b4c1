"""Learning platforms: registered and removed by admins alone, on a page and by command; our own key."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from client.__main__ import main
from server.domain.audit import trail as audit
from server.domain.audit.trail import EntryFilter
from server.domain.errors import Conflict, Invalid
from server.domain.lti import own_key, platforms
from server.domain.lti.platforms import canvas_addresses, moodle_addresses
from server.domain.people.sign_on.claims import RosterFact
from tests.support import databases
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation
from tests.support.lti import LtiWay, lti_way

MOODLE = {"label": "Campus", "kind": "moodle", "site": "https://moodle.example.edu/", "client_id": "AbC"}
FIELDS = MOODLE | {"deployment_id": "7", "fact": "email"}


@pytest.fixture
def way(installation: Installation) -> Iterator[LtiWay]:
    """The installation with its platform."""
    with lti_way(installation) as ready:
        yield ready


def acts(way: LtiWay) -> list[str]:
    return [
        each.act
        for each in way.installation.db.read(lambda session: audit.entries(session, EntryFilter(), most=3))
    ]


def test_an_admin_registers_changes_and_removes_a_platform_on_the_page(way: LtiWay) -> None:
    page = browser(way.installation, "root")
    token = {"form_token": form_token(page)}

    page.post("/lti", data=FIELDS | token)
    rows = way.installation.db.read(platforms.all_platforms)
    page.post(f"/lti/{rows[1].id}/deployments", data=token | {"deployment_id": "8"})
    shown = words(page.get("/lti").text)
    page.post(f"/lti/{rows[1].id}/removal", data=token)

    assert rows[1].keys_url == "https://moodle.example.edu/mod/lti/certs.php"
    assert (rows[1].matches, rows[1].deployment_ids) == (RosterFact.EMAIL, ["7"])
    for part in ("Campus", "7 · 8", "http://testserver/lti/login", "http://testserver/lti/keys.json"):
        assert part in shown
    assert len(way.installation.db.read(platforms.all_platforms)) == 1
    assert acts(way) == ["platform_removed", "platform_changed", "platform_registered"]


@pytest.mark.parametrize("name", ["iris", "tina", "student0"])
def test_nobody_but_admins_sees_or_changes_platforms(way: LtiWay, name: str) -> None:
    page = browser(way.installation, name)
    token = {"form_token": form_token(page)}

    statuses = [page.get("/lti").status_code, page.post("/lti", data=FIELDS | token).status_code]
    statuses += [page.post(f"/lti/1/{act}", data=token).status_code for act in ("removal", "deployments")]

    assert statuses == [403] * 4


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"site": ""}, "own address is missing"),
        ({"site": "http://moodle.example.edu"}, "is no https address"),
        ({"site": "javascript:alert(1)"}, "is no https address"),
        ({"client_id": ""}, "client ID has 1 to 255"),
        ({"deployment_id": " "}, "needs a deployment ID"),
        ({"label": " "}, "name of the platform has 1 to 255"),
        ({"kind": "other"}, "issuer has 1 to 255"),
    ],
)
def test_what_is_missing_or_no_safe_address_is_refused(
    way: LtiWay, fields: dict[str, str], sentence: str
) -> None:
    page = browser(way.installation, "root")

    answer = page.post("/lti", data=FIELDS | fields | {"form_token": form_token(page)})

    assert (answer.status_code, sentence in answer.text) == (422, True), words(answer.text)
    assert len(way.installation.db.read(platforms.all_platforms)) == 1


def test_a_client_is_registered_once(way: LtiWay) -> None:
    with pytest.raises(Conflict, match="is registered already"):
        way.register()


def test_the_own_key_is_its_owners_alone_and_its_public_half_anybodys(way: LtiWay) -> None:
    published = way.installation.client(None).get("/lti/keys.json").json()

    path = way.installation.app.state.settings.data_dir / own_key.FILE
    (key,) = published["keys"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
    assert RSAKey.import_key(key).thumbprint() == key["kid"]
    assert own_key.own_key(path.parent).kid == key["kid"]


def test_a_damaged_key_is_told_of_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / own_key.FILE).write_text("{}")

    with pytest.raises(Invalid, match="is no key"):
        own_key.own_key(tmp_path)


def test_canvas_is_told_what_it_has_to_know(way: LtiWay) -> None:
    key = way.installation.client(None).get("/lti/canvas.json").json()

    assert key["oidc_initiation_url"] == "http://testserver/lti/login"
    assert key["redirect_uris"] == ["http://testserver/lti/launch"]
    assert key["extensions"][0]["settings"]["placements"][0]["windowTarget"] == "_blank"
    assert canvas_addresses().issuer == "https://canvas.instructure.com"


def test_the_command_registers_lists_and_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    databases.fresh("sqlite", tmp_path)
    monkeypatch.setenv("SPLITBOARD_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("SPLITBOARD_DATABASE_URL", raising=False)

    def run(*words: str) -> int:
        with pytest.raises(SystemExit) as left:
            main(["lti", *words])
        return int(left.value.code or 0)

    own = ("--client-id", "AbC", "--deployment-id", "1", "--deployment-id", "2")
    statuses = [
        run("register", "Campus", "--moodle", "--site", "https://moodle.example.edu", *own),
        run("register", "Campus", "--moodle", *own),
        run("deployment", "1", "3"),
        run("list"),
        run("remove", "1", "--yes"),
        run("remove", "1", "--yes"),
    ]
    out = capsys.readouterr()

    assert statuses == [0, 1, 0, 0, 0, 1]
    assert "1  Campus  https://moodle.example.edu  client AbC  in 1, 2, 3" in out.out
    assert ("Say where Moodle is" in out.err, "There is no platform 1." in out.err) == (True, True)
    assert moodle_addresses("https://moodle.example.edu").issuer == "https://moodle.example.edu"
