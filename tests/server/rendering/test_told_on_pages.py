"""What pages tell since somebody missed it: each a sentence or a fold that nothing else would hold."""

import re

from sqlalchemy import func, select

from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.grading.answer_keys import KeyChange
from server.models import AuditEntry
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import PASSWORD, Installation
from tests.support.rescored import ready


def test_a_tier_that_nobody_trained_is_told_so_to_students(installation: Installation) -> None:
    installation.train("simple")

    page = words(browser(installation, "student0").get(f"{TINY}/tiers").text)

    assert re.search(r"strong The strong idea\. The strong idea\. not trained yet", page), page
    assert "not requested" not in page


def test_who_has_sent_nothing_is_not_advised_to_send_the_sample(installation: Installation) -> None:
    page = words(browser(installation, "student0").get(f"{TINY}/submissions").text)

    assert "sample_submission.csv shows the form; sent as it is, it is scored like any other." in page


def test_a_rescore_says_where_a_metric_has_no_settings(installation: Installation) -> None:
    change = KeyChange(metric="fbeta_binary", metric_arguments={"beta": 2, "positive": "a"})
    rescore = ready(installation, change)

    page = words(browser(installation, "tina").get(f"{TINY}/rescores/{rescore.id}").text)

    assert 'Settings of the metric as usual beta = 2 positive = "a"' in page.replace("&#34;", '"')


def test_an_entry_of_many_values_is_folded_in_the_audit_trail(installation: Installation) -> None:
    competition, by = installation.competition(), Actor(installation.user("iris").id)
    for number in (2, 9):
        after = {f"value_{place}": str(place) for place in range(number)}
        act = audit.Act("rules_changed", "competition tiny", competition=competition, after=after)
        installation.db.write(
            lambda session, act=act: audit.record(session, act, by=by, now=installation.clock())
        )
    last = installation.db.read(lambda session: session.scalar(select(func.max(AuditEntry.id))))

    page = browser(installation, "tina").get(f"{TINY}/audit").text
    rows = {each: page.split(f'id="entry-{each}"')[1].split("</tr>")[0] for each in (last, last - 1)}

    assert "<details><summary>9 values</summary>" in rows[last]
    assert "<details>" not in rows[last - 1]


def test_a_form_under_another_address_is_told_what_the_operator_has_to_set(
    installation: Installation,
) -> None:
    client = browser(installation, "student0")
    sent = {"form_token": form_token(client)}
    elsewhere = {"Origin": "http://ml.example.edu"}

    unset = client.post("/account/zone", data=sent, headers=elsewhere)
    state = installation.app.state
    state.settings = state.settings.model_copy(update={"origin": "https://ml.example.edu"})
    signing_in = {"username": "student0", "password": PASSWORD}
    plain = client.post("/sign-in", data=signing_in, headers={"Origin": "http://testserver"})

    assert (unset.status_code, plain.status_code) == (403, 403)
    assert "Behind a proxy the operator has to set SPLITBOARD_ORIGIN" in words(unset.text).replace(
        "&#39;", "'"
    )
    assert "did not come from https://ml.example.edu, so nothing was done. Open the page there" in words(
        plain.text
    )
