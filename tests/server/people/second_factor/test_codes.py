"""A second factor: set up, asked for after the password, each code once; on both databases."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from httpx2 import Response
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from client.__main__ import main as command_line
from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import DomainError
from server.domain.people.accounts import accounts, tries
from server.domain.people.second_factor import codes
from server.http.sign_in.second_factor import seal_of
from server.models import AuditEntry, HalfSignIn, Member, RecoveryCode, SecondFactor
from tests.support.browser import browser, form_token, words
from tests.support.installation import PASSWORD, Installation
from tests.support.person import everything

pytestmark = pytest.mark.both(later="postgresql")

PAGE = "/account/second-factor"
BODY = {"username": "tina", "password": PASSWORD, "name": "laptop"}


class Phone:
    """The app of somebody's phone, by the installation's clock."""

    def __init__(self, installation: Installation, key: str) -> None:
        self._clock, self._app = installation.clock, pyotp.TOTP(key)

    def code(self, *, steps: int = 0) -> str:
        """The code that it shows, or showed or will show so many steps from now."""
        return self._app.generate_otp(int(self._clock().timestamp()) // codes.STEP_SECONDS + steps)


def post(page: TestClient, path: str, **fields: str) -> Response:
    return page.post(path, data={"form_token": form_token(page), **fields}, follow_redirects=False)


def set_up(installation: Installation, name: str = "tina") -> tuple[TestClient, Phone, list[str]]:
    """Somebody's browser, their phone and their recovery codes, once their second factor is on."""
    page = browser(installation, name)
    assert post(page, PAGE, password=PASSWORD).status_code == 303
    match = re.search(r'<code class="key">([^<]+)</code>', page.get(PAGE).text)
    assert match is not None
    phone = Phone(installation, match[1].replace(" ", ""))
    answer = post(page, f"{PAGE}/confirm", code=phone.code())
    recovery_codes = re.findall(r"<li><code>([^<]+)</code></li>", answer.text)
    assert (answer.status_code, len(recovery_codes)) == (200, 10)
    installation.clock.advance(timedelta(seconds=30))
    return page, phone, recovery_codes


def sign_in(installation: Installation, name: str = "tina") -> tuple[TestClient, Response]:
    """A browser in which the password was typed, and the answer to that."""
    page = browser(installation)
    answer = page.post("/sign-in", data={"username": name, "password": PASSWORD}, follow_redirects=False)
    return page, answer


def give(page: TestClient, code: str) -> Response:
    return page.post("/sign-in/code", data={"code": code}, follow_redirects=False)


def is_in(page: TestClient) -> bool:
    return page.get("/api/me").is_success


def test_a_code_is_asked_for_after_the_password_and_half_a_sign_in_opens_nothing(
    installation: Installation,
) -> None:
    _, phone, _ = set_up(installation)
    page, answer = sign_in(installation)
    paths = ("/account", "/competitions/tiny/staff", "/api/competitions/tiny", PAGE)
    before = [page.get(path, follow_redirects=False).status_code for path in paths]
    asked_for = page.get("/sign-in/code").text
    wrong = give(page, "000000")
    right = give(page, phone.code())

    assert answer.headers["location"] == "/sign-in/code"
    assert set(before) <= {303, 401}
    assert "Six digits" in asked_for
    assert (wrong.status_code, "wrong or was used already" in wrong.text) == (422, True)
    assert (right.headers["location"], is_in(page)) == ("/", True)


def test_a_wrong_password_is_refused_as_ever_and_tells_of_no_second_factor(
    installation: Installation,
) -> None:
    set_up(installation)
    wrong = {name: {"username": name, "password": "wrong"} for name in ("tina", "nobody")}

    texts = {
        browser(installation).post("/sign-in", data=fields).text.replace(name, "")
        for name, fields in wrong.items()
    }

    assert len(texts) == 1


def test_a_code_works_once_and_none_before_it_does_afterwards(installation: Installation) -> None:
    _, phone, _ = set_up(installation)
    code, earlier = phone.code(), phone.code(steps=-1)
    first, again, older = (sign_in(installation)[0] for _ in range(3))

    assert give(first, code).status_code == 303
    assert [give(again, code).status_code, give(older, earlier).status_code] == [422, 422]


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 422), (0, 303), (1, 303), (2, 422)])
def test_a_phones_clock_may_be_off_by_one_step(installation: Installation, steps: int, status: int) -> None:
    _, phone, _ = set_up(installation)  # whose code was that of the step before
    page, _ = sign_in(installation)

    assert give(page, phone.code(steps=steps)).status_code == status


def test_a_code_of_the_step_before_works_where_it_was_not_used(installation: Installation) -> None:
    _, phone, _ = set_up(installation)
    installation.clock.advance(timedelta(seconds=60))
    page, _ = sign_in(installation)

    assert give(page, phone.code(steps=-1)).status_code == 303


@pytest.mark.both
def test_of_many_who_send_one_code_at_once_one_is_let_in(installation: Installation) -> None:
    _, phone, recovery_codes = set_up(installation)
    user, now = installation.user("tina"), installation.clock()
    seal = seal_of(installation.folder / "data")

    def take(session: Session, code: str) -> None:
        codes.use(session, user=user, code=code, seal=seal, now=now)

    def use(code: str) -> bool:
        try:
            installation.db.write(lambda session: take(session, code))
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        by_app = list(pool.map(use, [phone.code()] * 6))
        by_recovery = list(pool.map(use, [recovery_codes[0]] * 6))

    assert (by_app.count(True), by_recovery.count(True)) == (1, 1)


def test_a_recovery_code_works_once_however_it_is_typed(installation: Installation) -> None:
    _, _, recovery_codes = set_up(installation)
    first, second = (sign_in(installation)[0] for _ in range(2))

    assert give(first, f" {recovery_codes[3].upper().replace('-', ' ')}").status_code == 303
    assert give(second, recovery_codes[3]).status_code == 422
    assert "9 recovery codes are left" in words(first.get(PAGE).text)
    in_chinese = first.get(PAGE, headers={"Accept-Language": "zh-TW"}).text
    assert "還剩 9 組備用碼" in in_chinese


@pytest.mark.both
def test_new_recovery_codes_end_the_old_ones(installation: Installation) -> None:
    page, phone, recovery_codes = set_up(installation)

    answer = post(page, f"{PAGE}/recovery-codes", code=phone.code())

    new = re.findall(r"<li><code>([^<]+)</code></li>", answer.text)
    assert (len(new), set(new) & set(recovery_codes)) == (10, set())
    other, _ = sign_in(installation)
    assert [give(other, recovery_codes[0]).status_code, give(other, new[0]).status_code] == [422, 303]


def test_codes_are_tried_within_a_limit_that_the_right_one_clears(installation: Installation) -> None:
    _, phone, _ = set_up(installation)
    page, _ = sign_in(installation)
    statuses = [give(page, "000000").status_code for _ in range(tries.OF_CODES.at_once + 1)]
    held_back = give(page, phone.code())
    installation.clock.advance(tries.OF_CODES.every)
    late = give(page, phone.code())
    page, _ = sign_in(installation)

    assert statuses == [422] * tries.OF_CODES.at_once + [429]
    assert (held_back.status_code, held_back.headers["retry-after"]) == (429, "300")
    assert (late.status_code, "code came too late" in late.text) == (401, True)
    assert give(page, phone.code()).status_code == 303
    assert give(sign_in(installation)[0], "000000").status_code == 422


def test_half_a_sign_in_is_one_browsers_and_ends_with_its_use_and_the_account(
    installation: Installation,
) -> None:
    _, phone, _ = set_up(installation)
    page, _ = sign_in(installation)

    assert give(browser(installation), phone.code()).status_code == 401
    assert give(page, phone.code()).status_code == 303
    assert give(page, phone.code(steps=1)).status_code == 401
    page, _ = sign_in(installation)
    user = installation.user("tina")
    installation.db.write(
        lambda session: accounts.deactivate(session, user=user, by=COMMAND_LINE, now=installation.clock())
    )
    assert give(page, phone.code(steps=1)).status_code == 401


def test_a_program_sends_the_code_beside_the_password_and_earlier_tokens_go_on(
    installation: Installation,
) -> None:
    _, phone, _ = set_up(installation)
    api = installation.client(None)

    without = api.post("/api/tokens", json=BODY)
    wrong = api.post("/api/tokens", json=BODY | {"code": "000000"})
    right = api.post("/api/tokens", json=BODY | {"code": phone.code()})

    assert [without.json()["error"]["code"], wrong.json()["error"]["code"]] == ["code_needed", "wrong_code"]
    assert (without.status_code, wrong.status_code, right.status_code) == (401, 422, 201)
    assert "--code" in without.json()["error"]["message"]
    assert installation.client("tina").get("/api/me").status_code == 200


def test_a_new_password_leaves_the_second_factor_on(installation: Installation) -> None:
    _, phone, _ = set_up(installation)
    user, password_hash = installation.user("tina"), accounts.chosen_password_hash("another long password")
    installation.db.write(
        lambda session: accounts.set_password(
            session, user=user, password_hash=password_hash, by=COMMAND_LINE, now=installation.clock()
        )
    )
    page = browser(installation)
    fields = {"username": "tina", "password": "another long password"}

    answer = page.post("/sign-in", data=fields, follow_redirects=False)

    assert answer.headers["location"] == "/sign-in/code"
    assert give(page, phone.code()).status_code == 303


def test_its_owner_switches_it_off_by_a_code_and_an_admin_with_a_reason(installation: Installation) -> None:
    page, phone, _ = set_up(installation)
    root, path = browser(installation, "root"), f"/people/{installation.user('tina').id}/second-factor"
    refused = [post(page, f"{PAGE}/off", code="000000"), post(root, path), post(page, path, reason="x")]
    assert [answer.status_code for answer in refused] == [422, 422, 403]

    assert post(page, f"{PAGE}/off", code=phone.code()).status_code == 303
    assert is_in(sign_in(installation)[0])
    set_up(installation)
    assert post(root, path, reason="Her phone was stolen").status_code == 303

    assert is_in(sign_in(installation)[0])
    written = select(AuditEntry.act, AuditEntry.reason).order_by(AuditEntry.id)
    entries = installation.db.read(lambda session: session.execute(written).all())
    assert [tuple(entry) for entry in entries if entry.act.startswith("second_factor")][1:] == [
        ("second_factor_ended", ""),
        ("second_factor_set_up", ""),
        ("second_factor_removed", "Her phone was stolen"),
    ]
    counted = [select(func.count()).select_from(table) for table in (SecondFactor, RecoveryCode, HalfSignIn)]
    assert installation.db.read(lambda session: [session.scalar(query) for query in counted]) == [0, 0, 0]


def test_it_is_on_once_its_first_code_was_right_and_takes_the_password(installation: Installation) -> None:
    page = browser(installation, "tina")

    without = post(page, PAGE, password="wrong")
    begun = post(page, PAGE, password=PASSWORD)
    wrong = post(page, f"{PAGE}/confirm", code="000000")

    assert (without.status_code, begun.status_code, wrong.status_code) == (422, 303, 422)
    assert is_in(sign_in(installation)[0])


def test_students_are_offered_none(installation: Installation) -> None:
    page = browser(installation, "student0")

    assert [page.get(PAGE).status_code, post(page, PAGE, password=PASSWORD).status_code] == [403, 403]
    assert "Second factor" not in page.get("/account").text
    assert "Second factor: off" in browser(installation, "tina").get("/account").text


def test_the_database_alone_holds_no_key_and_no_code(installation: Installation) -> None:
    page, phone, recovery_codes = set_up(installation)
    rows = everything(installation)
    key = phone._app.secret

    assert key not in rows
    assert not any(code in rows or code.replace("-", "") in rows for code in recovery_codes)
    (installation.folder / "data" / "build-secret").write_text("0" * 64)
    page, _ = sign_in(installation)
    lost = give(page, phone.code())
    assert (lost.status_code, "An admin can switch" in lost.text) == (422, True)


def test_where_staff_must_have_one_their_pages_lead_to_it_and_nobody_elses(
    installation: Installation,
) -> None:
    config = installation.app.state.settings
    installation.app.state.settings = config.model_copy(update={"staff_second_factor": True})
    page, student = browser(installation, "tina"), browser(installation, "student0")

    sent_on = page.get("/competitions/tiny/staff")
    over_api = page.get("/api/competitions/tiny")

    assert (sent_on.url.path, sent_on.url.params["next"]) == (PAGE, "/competitions/tiny/staff")
    assert (over_api.status_code, over_api.json()["error"]["code"]) == (403, "second_factor_needed")
    assert student.get("/competitions/tiny").url.path == "/competitions/tiny"
    assert installation.client("tina").get("/api/competitions/tiny").status_code == 200


def test_whoever_must_have_one_sets_it_up_there_and_goes_on(installation: Installation) -> None:
    config = installation.app.state.settings
    installation.app.state.settings = config.model_copy(update={"staff_second_factor": True})
    page = browser(installation, "tina")
    token = re.search(r'name="form_token" value="([^"]+)"', page.get(PAGE).text)
    assert token is not None
    fields = {"form_token": token[1], "next": "/competitions/tiny/staff"}

    begun = page.post(PAGE, data=fields | {"password": PASSWORD})
    key = re.search(r'<code class="key">([^<]+)</code>', begun.text)
    assert key is not None
    phone = Phone(installation, key[1].replace(" ", ""))
    done = page.post(f"{PAGE}/confirm", data=fields | {"code": phone.code()})

    assert '<a class="button main" href="/competitions/tiny/staff">' in done.text
    assert page.get("/competitions/tiny/staff").url.path == "/competitions/tiny/staff"


def test_the_command_line_switches_it_off_for_the_last_admin_and_the_trail_tells(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPLITBOARD_DATA_DIR", str(installation.folder / "data"))
    monkeypatch.setenv("SPLITBOARD_DATABASE_URL", installation.db.url)
    set_up(installation, "root")
    words = ["user", "second-factor-off", "root"]

    statuses = []
    for each in ([*words, "--reason", " "], [*words, "--reason", "Phone and paper lost"], words):
        with pytest.raises(SystemExit) as left:
            command_line([*each, "--reason", "Again"] if each is words else each)
        statuses.append(left.value.code)

    entry = installation.db.read(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.act == "second_factor_removed")
        ).one()
    )
    assert statuses == [1, 0, 1]
    assert (entry.reason, entry.by) == ("Phone and paper lost", None)
    assert is_in(sign_in(installation, "root")[0])


def test_who_was_of_some_staff_may_have_one_and_who_never_was_may_not(installation: Installation) -> None:
    """The same who are handed no link by a course: more than a student is said once."""
    former = update(Member).where(Member.user_id == installation.user("tina").id).values(is_active=False)
    installation.db.write(lambda session: session.execute(former))

    statuses = {
        name: post(browser(installation, name), PAGE, password=PASSWORD).status_code
        for name in ("tina", "student0", "root")
    }

    assert statuses == {"tina": 303, "student0": 403, "root": 303}
