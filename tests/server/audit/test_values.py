"""The values of an entry are told in words, whatever shape the trail keeps them in."""

import pytest

from server.domain.audit import trail as audit
from server.domain.audit.actor import COMMAND_LINE
from server.web.audit import value_text
from tests.support.browser import browser, words
from tests.support.installation import Installation


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (None, "–"),
        (0, "0"),
        (0.5, "0.5"),
        ({"added": "yes", "is_admin": False}, "added: yes, admin: no"),
        ({"7": {"role": None}}, "7: role: –"),
        (["simple", "boss"], "simple, boss"),
        ("2030-03-13T04:00:00.000000Z", "Wed 13 Mar 2030, 12:00 (Asia/Taipei)"),
        (["2030-03-13T04:00:00Z"], "Wed 13 Mar 2030, 12:00 (Asia/Taipei)"),
        ("x" * 301, "x" * 300 + " …"),
    ],
    ids=str,
)
def test_a_value_is_told_in_words(value: object, text: str) -> None:
    assert value_text(value, "Asia/Taipei") == text


def test_the_page_names_values_as_people_do(installation: Installation) -> None:
    act = audit.Act("something_done", "person 7", after={"is_admin": True, "deadline_at": "Friday"})
    installation.db.write(
        lambda session: audit.record(session, act, by=COMMAND_LINE, now=installation.clock())
    )

    page = words(browser(installation, "root").get("/audit").text)

    assert "admin yes deadline Friday" in page
