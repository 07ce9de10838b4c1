"""Mail addresses: which the roster and the mailer take for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.notices.outbox import ClaimedMail
from server.domain.people.addresses import require_address
from server.services.mail.postbox import message_of
from tests.support.tiny_homework import NOW

LETTERS = "ab1.-_+@[](){}<>\"'\\,;:!#=?~ é王\u200b\u00ad\r\n"


@pytest.mark.parametrize(
    "address", ["ann@example.edu", "a.b+c@mail.example.edu", "o'neil@ex-1.tw", "root@localhost"]
)
def test_an_address_is_taken(address: str) -> None:
    require_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@x.edu",
        "ann@",
        "a@b@c",
        "a..b @c",
        "a..b@x.edu",
        "c@x.edu; d@x.edu",
        "d@[dept",
        "a@.edu",
        "a@-b.c",
        "Ann <a@b.c>",
    ],
)
def test_what_is_no_address_is_named(address: str) -> None:
    with pytest.raises(Invalid, match="is no mail address"):
        require_address(address)


@given(st.text(LETTERS, max_size=12), st.text(LETTERS, max_size=8))
def test_no_address_breaks_the_writing_of_a_mail(local: str, domain: str) -> None:
    mail = ClaimedMail(1, f"{local}@{domain}", "News", "Text", 0, NOW)

    assert written(mail) in ("a mail", "parked")


def written(mail: ClaimedMail) -> str:
    try:
        message_of(mail, sender="ML <ml@example.edu>", origin=None).as_bytes()
    except ValueError:  # which the mailer parks
        return "parked"
    return "a mail"
