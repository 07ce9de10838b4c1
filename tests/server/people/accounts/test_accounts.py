"""Users and signing in, on both databases."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import Conflict, Invalid
from server.domain.people.accounts import accounts, password_rules
from server.models import AuditEntry, User
from tests.support.installation import PASSWORD, Installation

pytestmark = pytest.mark.both

WRONG = {"username": "student0", "password": "not the password", "name": "laptop"}
RIGHT = WRONG | {"password": PASSWORD}


def create(installation: Installation, username: str) -> User:
    return installation.db.write(
        lambda session: accounts.create_user(
            session, accounts.NewUser(username, ""), by=COMMAND_LINE, now=installation.clock()
        )
    )


def test_names_that_look_alike_are_one_name(installation: Installation) -> None:
    twins = ["Student0", "STUDENT0", " student0 ", "ｓｔｕｄｅｎｔ０"]

    assert {accounts.username_key(twin) for twin in twins} == {"student0"}
    with pytest.raises(Conflict, match="already"):
        create(installation, twins[0])


@pytest.mark.parametrize("bad", ["", "  ", "a b", "a\u200bb", "a\tb", "x" * 201, "\ufdfa" * 20])
def test_a_name_nobody_can_type_is_refused(bad: str) -> None:
    with pytest.raises(Invalid, match="user name"):
        accounts.username_key(bad)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201])
def test_a_password_has_eight_to_two_hundred_characters(password: str) -> None:
    with pytest.raises(Invalid, match=f"has {len(password)}"):
        accounts.chosen_password_hash(password)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("password1", "among the first"),
        ("PassWord1", "among the first"),
        ("Password1!", "among the first"),
        ("12345678!", "among the first"),
        ("qwerty123!", "among the first"),
        ("abcdefgh", "among the first"),
        ("87654321", "among the first"),
        ("\uff50assword1", "among the first"),
        ("aaaaaaaabb", "among the first"),
        ("b09901001!", "a name that others know"),
        ("2030 Ada Lovelace", "a name that others know"),
        ("ada@example.edu", "a name that others know"),
        ("Splitboard2030", "a name that others know"),
    ],
)
def test_a_password_that_anybody_would_guess_is_refused(password: str, words: str) -> None:
    ada = User(username="b09901001", display_name="Ada Lovelace", email="ada@example.edu")

    with pytest.raises(Invalid, match=words):
        password_rules.require_good(password, about=password_rules.words_about(ada))


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "ada's horse eats",
        "我的密碼很長吧好",
        "x7Kq-2mPz",
    ],
)
def test_a_password_needs_no_digit_no_capital_and_no_sign(password: str) -> None:
    ada = User(username="b09901001", display_name="Ada", email="")

    password_rules.require_good(password, about=password_rules.words_about(ada))


def test_signing_in_gives_a_token_that_acts_as_its_owner(installation: Installation) -> None:
    answer = installation.client(None).post("/api/tokens", json=RIGHT | {"username": "STUDENT0"})

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["user"] == {
        "username": "student0",
        "display_name": "Student0",
        "is_admin": False,
        "wants_mail": True,
        "language": "",
        "zone": "",
        "courses": [{"slug": "ml", "title": "ML", "role": "student"}],
    }
    me = installation.client(None).get("/api/me", headers={"Authorization": f"Bearer {body['token']}"})
    assert me.json() == body["user"]
    assert me.headers["cache-control"] == "no-store"


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(installation: Installation) -> None:
    client = installation.client(None)

    answers = [
        client.post("/api/tokens", json=WRONG | {"username": name}) for name in ("student0", "nobody", "a b")
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_the_first_sign_in_stores_a_hash_at_full_cost(installation: Installation) -> None:
    before = installation.user("student0").password_hash or ""

    installation.client(None).post("/api/tokens", json=RIGHT)

    after = installation.user("student0").password_hash or ""
    assert "m=8,t=1,p=1" in before
    assert "m=19456,t=2,p=1" in after
    assert installation.client(None).post("/api/tokens", json=RIGHT).status_code == 201


def test_an_admin_is_an_instructor_of_every_course(installation: Installation) -> None:
    shown = installation.client("root").get("/api/me").json()

    assert [(course["slug"], course["role"]) for course in shown["courses"]] == [
        ("ml", "instructor"),
        ("other", "instructor"),
    ]


def test_every_new_user_is_in_the_audit_trail(installation: Installation) -> None:
    def count(session: Session) -> tuple[int | None, int | None]:
        created = select(func.count()).select_from(AuditEntry).where(AuditEntry.act == "user_created")
        return session.scalar(created), session.scalar(select(func.count()).select_from(User))

    entries, users = installation.db.read(count)

    assert entries == users


@pytest.mark.parametrize(
    ("username", "password", "says"),
    [
        ("student0", "wrong password ", "begins or ends with a blank"),
        ("student0@example.edu", "wrong password", "A mail address is a user name only where"),
    ],
)
def test_a_refusal_says_what_was_typed_oddly_and_the_same_of_everybody(
    installation: Installation, username: str, password: str, says: str
) -> None:
    client = installation.client(None)
    names = (username, username.replace("student0", "nobody"))

    refusals = {
        client.post("/api/tokens", json={"username": name, "password": password, "name": "x"}).text
        for name in names
    }

    assert len(refusals) == 1
    assert says in refusals.pop()
