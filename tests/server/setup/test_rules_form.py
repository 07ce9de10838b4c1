"""The form by which staff change a competition's rules: its units, its times, what is no value."""

import html
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock import iso
from server.web.rendering.units import stored, typed
from server.web.setup.rules import RulesForm
from tests.server.setup.test_rules import change, entries
from tests.support.browser import TINY, browser, form_token, rules_form, words
from tests.support.installation import Installation


def test_staff_change_rules_by_the_form_and_what_they_leave_alone_stays_exact(
    installation: Installation,
) -> None:
    exact = installation.competition().late_until + timedelta(microseconds=250)
    change(
        installation, late_until=iso(exact), merge_until=None, description_md="# A\n\nb\n"
    ).raise_for_status()
    client = browser(installation, "tina")
    fields = rules_form(client)

    sent = fields | {"deadline_at": "2030-03-17T23:59", "reason": "Holiday", "has_practice": ""}
    answer = client.post(f"{TINY}/rules/change", data=sent)
    again = client.post(f"{TINY}/rules/change", data=sent)

    assert set(fields) | {"reason"} == set(RulesForm.model_fields) | {"form_token"}
    assert (answer.status_code, again.status_code) == (200, 409)
    assert "because “Holiday”" in words(answer.text)
    last = entries(installation)[-1]
    assert set(last.after or {}) == {"deadline_at", "has_practice"}
    assert installation.competition().late_until == exact


def test_the_form_has_the_units_that_students_read_and_says_the_zone(installation: Installation) -> None:
    change(installation, upload_limit_bytes=1_048_576, late_penalty=0.125).raise_for_status()
    client = browser(installation, "tina")
    fields, page = rules_form(client), words(client.get(f"{TINY}/rules/change").text)

    typed = {"upload_limit_bytes": "2.5", "late_penalty": "7", "reason": "Larger files"}
    answer = client.post(f"{TINY}/rules/change", data=fields | typed)

    assert (fields["upload_limit_bytes"], fields["late_penalty"]) == ("1.048576", "12.5")
    assert "Deadline Mon 18 Mar 2030, 12:00 (Asia/Taipei) Late uploads until" in page
    row = installation.competition()
    assert (row.upload_limit_bytes, row.late_penalty) == (2_500_000, 0.07)
    assert "points lost for each day late from 12.5 % to 7 %" in words(answer.text)
    assert "largest file from 1.048576 MB to 2.5 MB" in words(answer.text)


@given(st.integers(1, 2**40), st.floats(0, 1))
def test_what_the_form_shows_of_a_size_or_a_share_is_what_it_keeps(size: int, share: float) -> None:
    assert stored(typed(size, "upload_limit_bytes"), "upload_limit_bytes", int, name="size") == size
    assert stored(typed(share, "late_penalty"), "late_penalty", float, name="share") == share


def test_a_form_that_changes_nothing_is_told_so(installation: Installation) -> None:
    client = browser(installation, "tina")
    fields = rules_form(client)

    answer = client.post(f"{TINY}/rules/change", data=fields | {"reason": "x"})

    assert answer.status_code == 422
    assert "Nothing would change" in answer.text


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("deadline_at", "soon", "is no time"),
        ("daily_limit", "many", "is no number"),
        ("grace_seconds", "", "is no number"),
        ("late_penalty", "1e999999999", "is no number"),
        ("daily_limit", "2.5", "is no whole number"),
        ("upload_limit_bytes", "1.0000005", "MB are no whole number of bytes"),
        (
            "upload_limit_bytes",
            "2000000",
            "2000000 MB is beyond the bounds; it may be 0.000001 to 1099511.627776",
        ),
        ("code_limit_bytes", "-1", "-1 MB is beyond the bounds; it may be 0 to 2000 MB"),
        ("late_penalty", "150", "150 % is beyond the bounds; it may be 0 to 100 %"),
    ],
)
def test_a_form_with_nonsense_is_told_which(
    installation: Installation, field: str, text: str, sentence: str
) -> None:
    client = browser(installation, "tina")
    fields = rules_form(client)

    answer = client.post(f"{TINY}/rules/change", data=fields | {field: text, "reason": "x"})

    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)


def test_a_time_that_the_clocks_leave_out_is_refused(installation: Installation) -> None:
    change(installation, reset_zone="Europe/Berlin").raise_for_status()
    client = browser(installation, "tina")
    fields = rules_form(client)

    moved = {"reveal_at": "2030-03-31T02:30", "reason": "x", "form_token": form_token(client)}
    answer = client.post(f"{TINY}/rules/change", data=fields | moved)

    assert answer.status_code == 422
    assert "the clocks leave it out" in answer.text
