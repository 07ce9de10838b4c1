"""Every form that pages have, sent with what no route can take: refused, it comes back as it was filled."""

from collections.abc import Iterator
from typing import Any

from lxml import html
from starlette.testclient import TestClient

from server.web.rendering.forms import TOKEN
from tests.server.first_law.test_first_law import addresses
from tests.support.browser import browser, form_token, furnish, rules_form
from tests.support.drafts import Editor
from tests.support.installation import Installation

LONG = "x" * 30_000
TYPED = {
    **dict.fromkeys(("text", "search", "email", "url"), LONG),
    **{"number": "many", "date": "2030-02-31", "datetime-local": "2030-02-31T25:61", "password": "x"},
}


def fields_of(form: Any) -> dict[str, str]:
    """What a browser would send of this form, with something impossible in each field that is typed."""
    typed = dict(form.form_values())
    for each in form.inputs:
        kind = each.tag if each.tag != "input" else each.type
        if each.name and kind == "textarea":
            typed[each.name] = LONG
        elif each.name and kind in TYPED:
            typed[each.name] = TYPED[kind]
    return typed


def is_typed(each: Any) -> bool:
    return bool(each.name) and (each.tag == "textarea" or (each.tag == "input" and each.type in TYPED))


def forms(client: TestClient, paths: list[str]) -> Iterator[tuple[str, str, Any]]:
    """Each form with a field that is typed, once: the page that has it, its address, the form."""
    seen = set()
    for path in paths:
        answer = client.get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        for form in html.document_fromstring(answer.text).forms:
            action = (form.action or answer.url.path).partition("?")[0]
            if form.method == "POST" and action not in seen and any(map(is_typed, form.inputs)):
                seen.add(action)
                yield str(answer.url), action, form


def send(client: TestClient, page: str, action: str, form: Any) -> tuple[int, list[str]]:
    """Send a form as it is typed; the status, and the fields that do not come back as they were sent."""
    sent = fields_of(form)
    files = {each.name: ("", b"") for each in form.inputs if each.get("type") == "file"}
    plain = {name: value for name, value in sent.items() if name not in files}
    answer = client.post(
        action, data=plain, files=files or None, headers={"Referer": page}, follow_redirects=False
    )
    drawn = [
        each
        for each in html.document_fromstring(answer.text or "<p>").forms
        if each.action.partition("?")[0] == action and each.find(".//*[@role='alert']") is not None
    ]
    if not drawn:
        return answer.status_code, ["no form with a reason"]
    values = set(drawn[0].form_values())
    passwords = {each.name for each in form.inputs if each.get("type") == "password"}
    lost = [name for name, value in plain.items() if (name, value) not in values]
    return answer.status_code, [name for name in lost if name not in {TOKEN, *passwords}]


def test_every_form_with_a_typed_field_comes_back_as_it_was_filled(installation: Installation) -> None:
    """It takes some seconds, because it opens every page there is and sends each of their forms."""
    ids = furnish(installation)
    Editor(installation).post("/new", title="Waves", new_slug="waves")
    student = browser(installation, "student0")
    body = {"form_token": form_token(student), "body_md": "Why?"}
    student.post(f"/submissions/{ids['submission']}/questions", data=body)
    paths = [path for path in addresses(installation, ids["submission"], ids["run"]) if "/api/" not in path]
    own = [path for path in paths if "/submissions/" in path or path.startswith("/competitions/tiny/team")]

    answers = {
        (name, action): send(client, page, action, form)
        for name, client, pages in (
            ("root", browser(installation, "root"), paths),
            ("student0", student, own),
        )
        for page, action, form in list(forms(client, pages))
        if action != "/sign-in"  # of no session, and drawn by its own page
    }

    assert {each: answer for each, answer in answers.items() if answer != (422, [])} == {}
    actions = {action for _, action in answers}
    assert {"/questions/1/replies", f"/submissions/{ids['submission']}/questions"} <= actions
    assert len(actions) > 45


def test_a_reason_stands_at_the_field_that_it_speaks_of(installation: Installation) -> None:
    client = browser(installation, "iris")

    wrong = {"reset_zone": "Mars/Olympus", "reason": "as announced"}
    answer = client.post("/competitions/tiny/rules/change", data=rules_form(client) | wrong)

    page = html.document_fromstring(answer.text)
    (field,) = page.xpath("//*[@aria-invalid]")
    (reason,) = page.xpath("//*[@role='alert']")
    label = next(field.iterancestors("label"))
    assert answer.status_code == 422
    assert (field.name, field.value) == ("reset_zone", "Mars/Olympus")
    assert "Mars/Olympus" in reason.text
    assert label.getprevious() is reason
    assert field.get("aria-describedby").split()[0] == reason.get("id")
