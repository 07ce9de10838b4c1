"""A form that is refused comes back with what was typed, the reason beside it."""

from typing import Any

import pytest
from lxml import html

from tests.support.browser import TINY, browser, form_token, rules_form
from tests.support.installation import Installation
from tests.support.teamwork import in_teams_of

LONG = "It was agreed on by the whole staff, after two evenings of talk."
FORMS: list[tuple[str, str, dict[str, str], int, str]] = [
    ("tina", f"{TINY}/allowances/extension", {"to": "B404", "deadline": "2030-03-16T10:00"}, 404, "B404"),
    ("tina", f"{TINY}/allowances/grant", {"to": "student0", "slots": "0", "day": ""}, 422, ""),
    ("student0", f"{TINY}/team/invitations", {"student": "B00777"}, 404, "user name"),
    ("tina", f"{TINY}/announcements", {"title": "  ", "body_md": LONG}, 422, ""),
    ("iris", f"{TINY}/clone", {"into": "ml", "new_slug": "tiny", "first_day": "2031-02-17"}, 409, "tiny"),
    ("iris", "/courses/ml/clone", {"new_slug": "ml", "title": "Next", "first_day": "2031-02-17"}, 409, "ml"),
    ("iris", "/courses/ml/setup", {"title": "ML", "zone": "Taipei", "holidays": "2030-04-02/4"}, 422, "'4'"),
    ("root", "/courses/new", {"new_slug": "ml", "title": "ML", "zone": "Asia/Taipei"}, 409, "ml"),
    ("tina", f"{TINY}/rescores", {"metric": "", "metric_arguments": "{", "direction": ""}, 422, ""),
]


def forms_of(page: str, action: str) -> list[Any]:
    return [form for form in html.document_fromstring(page).forms if form.action == action]


@pytest.mark.parametrize(("username", "action", "fields", "status", "word"), FORMS)
def test_a_refused_form_keeps_what_was_typed(
    installation: Installation, username: str, action: str, fields: dict[str, str], status: int, word: str
) -> None:
    in_teams_of(installation, 2)
    client = browser(installation, username)
    sent = {**fields, "reason": LONG, "form_token": form_token(client)}

    answer = client.post(action, data=sent, headers={"Referer": f"http://testserver{TINY}/next-term"})

    (form,) = [each for each in forms_of(answer.text, action) if each.find(".//*[@role='alert']") is not None]
    assert answer.status_code == status
    assert word in form.find(".//*[@role='alert']").text
    for name in set(form.inputs.keys()) & (sent.keys() - {"form_token"}):
        assert form.fields[name] == sent[name], name


@pytest.mark.parametrize(("file_name", "again"), [("", False), ("canvas.csv", True)])
def test_only_a_file_that_was_chosen_must_be_chosen_again(
    installation: Installation, file_name: str, again: bool
) -> None:
    client, action = browser(installation, "iris"), "/courses/ml/exports"
    fields = {"form_token": form_token(client), "kind": "blackboard"}

    answer = client.post(action, data=fields, files={"file": (file_name, b"x" if file_name else b"")})

    (form,) = [each for each in forms_of(answer.text, action) if each.find(".//*[@role='alert']") is not None]
    assert answer.status_code == 422
    assert ("must be chosen again" in form.find(".//*[@role='alert']").text) is again


def test_refused_rules_keep_every_field_and_say_the_reason_in_plain_words(installation: Installation) -> None:
    client = browser(installation, "tina")
    sent = rules_form(client) | {"reset_zone": "Taipei", "daily_limit": "7", "reason": LONG}

    answer = client.post(f"{TINY}/rules/change", data=sent)

    (form,) = forms_of(answer.text, f"{TINY}/rules/change")
    reason = form.find(".//*[@role='alert']").text
    assert answer.status_code == 422
    assert "'Taipei'" in reason
    assert "Value error" not in reason
    assert (form.fields["reset_zone"], form.fields["daily_limit"]) == ("Taipei", "7")
    assert form.fields["reason"] == LONG


def test_rules_that_somebody_else_changed_meanwhile_are_not_overwritten_by_the_second_try(
    installation: Installation,
) -> None:
    mine, other = browser(installation, "tina"), browser(installation, "iris")
    sent = rules_form(mine) | {"daily_limit": "7", "reason": LONG}
    other.post(f"{TINY}/rules/change", data=rules_form(other) | {"final_selections": "1", "reason": LONG})

    (form,) = forms_of(mine.post(f"{TINY}/rules/change", data=sent).text, f"{TINY}/rules/change")
    again = mine.post(f"{TINY}/rules/change", data=dict(form.form_values()), follow_redirects=False)

    assert again.status_code == 409
    assert installation.competition().final_selections == 1


def test_a_form_from_elsewhere_is_not_shown_with_its_values(installation: Installation) -> None:
    client = browser(installation, "tina")

    answer = client.post(f"{TINY}/announcements", data={"title": "Buy", "body_md": "here", "form_token": "x"})

    assert answer.status_code == 403
    assert "Buy" not in answer.text
