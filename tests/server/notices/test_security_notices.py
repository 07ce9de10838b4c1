"""What is changed about who can open an account: its owner hears of it at the bell and by mail, always."""

import pytest
from sqlalchemy import select, update

from server.domain.notices import notice_mails
from server.models import LinkedIdentity, Mail, User
from tests.server.people.second_factor.test_codes import PAGE, post, set_up
from tests.support.browser import browser, form_token
from tests.support.installation import PASSWORD, Installation
from tests.support.sign_on import sign_on

pytestmark = pytest.mark.both

ORIGIN = "https://judge.example.edu"


def sentences_of(installation: Installation, name: str) -> list[str]:
    """What the bell tells somebody about their account, the oldest first."""
    listed = installation.client(name).get("/api/me/notices").json()["notices"]
    of_account = [each for each in reversed(listed) if each["kind"] == "security"]
    assert {(each["course"], each["competition"], each["url"]) for each in of_account} <= {
        (None, None, "/account")
    }
    return [each["text"] for each in of_account]


def mails(installation: Installation) -> list[Mail]:
    """The mails that the mailer writes of all notices."""
    installation.db.write(
        lambda session: notice_mails.decide(session, origin=ORIGIN, now=installation.clock())
    )
    return installation.db.read(lambda session: list(session.scalars(select(Mail).order_by(Mail.id))))


def choose(installation: Installation, name: str, **values: object) -> None:
    """Let somebody have an address and these settings."""
    of_them = update(User).where(User.username == name).values(email=f"{name}@example.edu", **values)
    installation.db.write(lambda session: session.execute(of_them))


def test_a_token_is_told_of_from_the_page_and_from_the_command_line(installation: Installation) -> None:
    body = {"username": "student0", "password": PASSWORD, "name": "laptop"}
    installation.client(None).post("/api/tokens", json=body).raise_for_status()
    page = browser(installation, "student1")
    form = {"form_token": form_token(page), "name": "notebook", "password": PASSWORD, "scopes": "read"}
    page.post("/account/tokens", data=form)

    sentence = ["An API token was made for your account."]
    assert sentences_of(installation, "student0") == sentences_of(installation, "student1") == sentence
    assert sentences_of(installation, "student2") == []
    assert "/account" in browser(installation, "student0").get("/notices").text


def test_the_mail_comes_in_ones_own_language_whatever_one_chose_or_read(installation: Installation) -> None:
    choose(installation, "student0", language="zh-TW", wants_mail=False)
    choose(installation, "student1")
    for name in ("student0", "student1"):
        body = {"username": name, "password": PASSWORD, "name": "laptop"}
        installation.client(None).post("/api/tokens", json=body).raise_for_status()
    installation.client("student0").post("/api/me/notices/read", json={}).raise_for_status()

    chinese, english = mails(installation)

    assert chinese.address == "student0@example.edu"
    assert chinese.subject == "你的帳號新增了一個 API 權杖。"
    assert f"{ORIGIN}/forgotten-password" in chinese.body
    assert english.subject == "An API token was made for your account."
    assert f"If it was not you, set a new password at {ORIGIN}/forgotten-password" in english.body
    assert "Choose which notices" not in english.body
    kinds = installation.client("student0").get("/api/me/notices/kinds").json()["kinds"]
    assert "security" not in {each["kind"] for each in kinds}


def test_whoever_has_chosen_no_language_reads_in_that_of_their_course(installation: Installation) -> None:
    choose(installation, "student0")
    page = browser(installation, "iris")
    fields = {"form_token": form_token(page), "title": "ML", "zone": "Asia/Taipei", "language": "zh-TW"}
    page.post("/courses/ml/setup", data=fields)
    body = {"username": "student0", "password": PASSWORD, "name": "laptop"}
    installation.client(None).post("/api/tokens", json=body).raise_for_status()

    assert [each.subject for each in mails(installation)] == ["你的帳號新增了一個 API 權杖。"]


def test_a_second_factor_is_told_of_set_up_and_off_and_by_an_admin(installation: Installation) -> None:
    page, phone, _ = set_up(installation)
    post(page, f"{PAGE}/off", code=phone.code())
    set_up(installation)
    root = browser(installation, "root")
    post(root, f"/people/{installation.user('tina').id}/second-factor", reason="Her phone was stolen")

    assert sentences_of(installation, "tina") == [
        "A second factor was set up for your account.",
        "The second factor of your account was switched off.",
        "A second factor was set up for your account.",
        "An admin has switched off the second factor of your account.",
    ]
    assert sentences_of(installation, "root") == []


def test_a_linked_identity_is_told_of_and_that_it_ended(installation: Installation) -> None:
    with sign_on(installation) as way:
        way.sign_in("/sign-in/provider?next=/account")
        way.confirm()
        linked = installation.db.read(lambda session: session.scalars(select(LinkedIdentity.id)).one())
        fields = {"form_token": form_token(way.browser)}
        way.browser.post(f"/account/identities/{linked}/unlink", data=fields)

        assert sentences_of(installation, "student0") == [
            "An account of an identity provider now opens your account.",
            "An account of an identity provider opens your account no more.",
        ]
