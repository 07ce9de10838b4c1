"""A text is looked at before it is posted: the same form, filled as it was, the text as it will be read."""

import pytest
from sqlalchemy import func, select

from server.models import Announcement, AuditEntry
from tests.support.browser import TINY, browser, form_token, rules_form
from tests.support.installation import Installation

BODY = "Look at $x^2$ and <script>alert(1)</script>\n\n![x](https://a.example/x.png)"


def counts(installation: Installation) -> list[int | None]:
    queries = [select(func.count()).select_from(row) for row in (Announcement, AuditEntry)]
    return installation.db.read(lambda session: [session.scalar(query) for query in queries])


def test_an_announcement_is_previewed_in_its_form_and_not_posted(installation: Installation) -> None:
    staff = browser(installation, "tina")
    before = counts(installation)
    sent = {"form_token": form_token(staff), "title": "A <b>title", "body_md": BODY, "preview": "yes"}

    answer = staff.post(f"{TINY}/announcements", data=sent)

    shown = answer.text.partition('class="preview"')[2].partition("</section>")[0]
    assert answer.status_code == 200
    assert "<math" in shown
    assert "&lt;script&gt;" in shown
    assert "<img" not in shown
    assert 'value="A &lt;b&gt;title"' in answer.text
    assert "Look at $x^2$ and &lt;script&gt;" in answer.text
    assert counts(installation) == before


def test_a_description_is_previewed_in_each_language_with_the_rules_of_now(
    installation: Installation,
) -> None:
    staff = browser(installation, "tina")
    before = counts(installation)
    text = "# Task\n\n{{ daily_limit }} a day\n\n<!-- zh-TW -->\n# 題目\n\n每天 {{ daily_limit }} 次\n"
    fields = rules_form(staff) | {"description_md": text, "title": "Another", "reason": "", "preview": "yes"}

    answer = staff.post(f"{TINY}/rules/change", data=fields)

    shown = answer.text.partition('class="preview"')[2].partition("</section>")[0]
    assert '<div class="prose" lang="en"><h2>Task</h2>\n<p>5 a day</p>' in shown
    assert '<div class="prose" lang="zh-TW"><h2>題目</h2>\n<p>每天 5 次</p>' in shown
    assert 'value="Another"' in answer.text
    assert "Another" not in staff.get(TINY).text
    assert counts(installation) == before


@pytest.mark.parametrize("path", ["announcements", "rules/change"])
def test_students_preview_nothing(installation: Installation, path: str) -> None:
    student = browser(installation, "student0")
    sent = {"form_token": form_token(student), "body_md": "x", "description_md": "x", "preview": "yes"}

    assert student.post(f"{TINY}/{path}", data=sent).status_code == 403
