"""How a course counts is changed on a page: first whose points move, then the change, and its way back."""

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import Conflict, Invalid
from server.domain.grades import rule_changes
from server.domain.grades.rule_changes import RuleOrder, Tables
from server.models import AuditEntry, Course, GradeAdjustment
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation
from tests.support.points_by_hand import count_by_hand

PAGE = "/courses/ml/grade-rules"
POINTS = "/api/courses/ml/points"


@pytest.fixture
def counted(installation: Installation) -> Installation:
    """Weight 0.5, cap 12, a bonus, code of 2 and report of 4; student0 has passed a tier."""
    count_by_hand(installation)
    installation.train("simple")
    installation.submit_accuracy("student0", 0.75, seed=1)
    return installation


def fields_of(installation: Installation, **changes: str) -> dict[str, str]:
    """The form as the page has it, with these changes."""
    own = browser(installation, "iris")
    text = own.get(PAGE).text
    fields = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', text)}
    fields |= {
        name: unescape(value) for name, value in re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)<', text)
    }
    return fields | {name.replace("__", "."): value for name, value in changes.items()}


def post(installation: Installation, fields: dict[str, str], act: str) -> Any:
    own = browser(installation, "iris")
    data = fields | {"form_token": form_token(own), "act": act}
    return own.post(PAGE, data=data, follow_redirects=False)


def seen_of(answer: Any) -> str:
    return re.search(r'name="seen" value="(\w+)"', answer.text)[1]  # type: ignore[index]


def earned(installation: Installation, name: str = "student0") -> float:
    points: float = installation.client(name).get(POINTS).json()["earned"]
    return points


def change(installation: Installation, **changes: str) -> Any:
    """Look at a change, then apply it."""
    fields = fields_of(installation, reason="Code is worth more.", **changes)
    fields["seen"] = seen_of(post(installation, fields, "preview"))
    return post(installation, fields, "apply")


def test_a_change_first_shows_whose_points_move_and_changes_nothing(counted: Installation) -> None:
    before = earned(counted)

    answer = post(counted, fields_of(counted, weight__tiny="2", reason="x"), "preview")

    text = words(answer.text)
    assert answer.status_code == 200
    assert "1 of 3 students: 1 would have more, 0 less." in text
    assert "Student0" in text
    assert earned(counted) == before == 1.25  # the tier and the code, of half weight
    assert (
        post(counted, fields_of(counted, weight__tiny="2", reason="x", seen="another"), "apply").status_code
        == 200
    )
    assert earned(counted) == before


@pytest.mark.both
def test_a_change_stands_in_the_trail_and_is_taken_back_by_another(counted: Installation) -> None:
    change(counted, weight__tiny="2", items__tiny="code 3\nreport 4", drop_lowest="0", cap="50")
    changed = earned(counted)
    entry = counted.db.read(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.act == "grade_rules_changed").order_by(AuditEntry.id.desc())
        ).first()
    )
    page = browser(counted, "iris").get(f"{PAGE}?back={entry.id}")
    fields = {
        name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page.text)
    }
    fields["items.tiny"] = "code 2\nreport 4"

    post(counted, fields, "apply")

    assert changed == 5.0
    assert (entry.reason, entry.by) == ("Code is worth more.", counted.user("iris").id)
    assert (entry.before["tiny"]["weight"], entry.after["tiny"]["weight"]) == (0.5, 2.0)
    assert entry.after["tiny"]["items"] == {"code": 3.0, "report": 4.0}
    assert "1 of 3 students: 0 would have more, 1 less." in words(page.text)
    assert earned(counted) == 1.25


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weight__tiny": "heavy"}, "'heavy' is no number."),
        ({"weight__tiny": "-1"}, "'weight' should be a number from 0 to 100, but is -1.0."),
        ({"drop_lowest": "1.5"}, "'drop_lowest' should be a whole number from 0 to 100, but is 1.5."),
        ({"bonus_percent__tiny": "5"}, "either bonus_places or bonus_percent, but not both of them"),
        ({"items__tiny": "code"}, "'code' is no item: write its name, a blank and its most points."),
        ({"items__tiny": "code 2\ncode 3"}, "There are two items 'code'."),
        ({"items__tiny": "code 1\nreport 4"}, "1 student has points for the item 'code', up to 1.5."),
        ({"items__tiny": "report 4"}, "1 student has points for the item 'code', up to 1.5."),
        ({"reason": ""}, "Say why, in 1 to 2,000 characters"),
    ],
)
def test_rules_that_do_not_hold_are_refused_in_words(
    counted: Installation, changes: dict[str, str], sentence: str
) -> None:
    fields = fields_of(counted, **({"reason": "Why not", "cap__tiny": "9"} | changes))
    answer = post(counted, fields, "preview")
    if answer.status_code == 200:
        fields["seen"] = seen_of(answer)
        answer = post(counted, fields, "apply")

    assert answer.status_code in (409, 422)
    assert sentence in unescape(words(answer.text))
    assert earned(counted) == 1.25


@pytest.mark.both
def test_rules_that_somebody_else_has_changed_are_not_overwritten(counted: Installation) -> None:
    course_id = counted.competition().course_id

    def tables(session: Any) -> Tables:
        competitions, current = rule_changes.current_rules(session, course_id)
        return rule_changes.as_tables(current, competitions)

    stale = counted.db.read(tables)
    change(counted, cap="40")

    def again(session: Any) -> None:
        order = RuleOrder(
            stale | {"course": {"drop_lowest": 2, "cap": 1.0}}, rule_changes.version_of(stale), "x"
        )
        course = session.get_one(Course, course_id)
        rule_changes.change_rules(session, order, course=course, by=COMMAND_LINE, now=counted.clock())

    with pytest.raises(Conflict, match="changed since you looked"):
        counted.db.write(again)
    with pytest.raises(Invalid, match="Nothing would change"):
        counted.db.write(
            lambda session: rule_changes.change_rules(
                session,
                RuleOrder(tables(session), rule_changes.version_of(tables(session)), "x"),
                course=session.get_one(Course, course_id),
                by=COMMAND_LINE,
                now=counted.clock(),
            )
        )


def test_rules_are_for_those_who_may_change_them_and_see_the_points(counted: Installation) -> None:
    assert browser(counted, "student0").get(PAGE).status_code == 403
    assert browser(counted, "mallory").get(PAGE).status_code == 404
    assert browser(counted, "tina").get(PAGE).status_code == 200


def adjust(installation: Installation, name: str = "student0", **fields: str) -> Any:
    own = browser(installation, "iris")
    path = f"/courses/ml/people/{installation.user(name).id}/adjustments"
    return own.post(path, data={"form_token": form_token(own)} | fields, follow_redirects=False)


@pytest.mark.both
def test_an_adjustment_counts_is_read_by_the_student_and_is_taken_back(counted: Installation) -> None:
    adjust(counted, homework="tiny", points="-0,5", reason="A day late.")
    adjust(counted, points="", factor="0.5", reason="Copied.")
    lowered = earned(counted)
    page = unescape(words(browser(counted, "student0").get("/courses/ml/results").text))
    rows = counted.db.read(lambda session: session.query(GradeAdjustment).filter_by(reason="Copied.").all())
    own = browser(counted, "iris")
    back = f"/courses/ml/people/{counted.user('student0').id}/adjustments/{rows[0].id}/revoke"

    first = own.post(
        back, data={"form_token": form_token(own), "reason": "A mistake."}, follow_redirects=False
    )
    second = own.post(back, data={"form_token": form_token(own), "reason": "Again."}, follow_redirects=False)

    acts = counted.db.read(
        lambda session: [
            (entry.act, entry.reason)
            for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))
            if entry.act in ("points_adjusted", "adjustment_revoked")
        ]
    )
    assert lowered == 0.5  # (1 + 1.5 - 0.5) / 2, and half of that
    assert "A day late." in page
    assert "× 0.5 : Copied." in page or "× 0.5: Copied." in page
    assert (first.status_code, second.status_code, earned(counted)) == (303, 409, 1.0)
    assert acts == [
        ("points_adjusted", "A day late."),
        ("points_adjusted", "Copied."),
        ("adjustment_revoked", "A mistake."),
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"points": "1"}, "Say why"),
        ({"reason": "x"}, "Nothing would change"),
        ({"reason": "x", "points": "many"}, "'many' is no number."),
        ({"reason": "x", "points": "2000"}, "at most 1000 points"),
        ({"reason": "x", "factor": "-1"}, "its factor from 0 to 10"),
        ({"reason": "x", "excused": "yes"}, "Say which homework is excused"),
        ({"reason": "x", "points": "1", "homework": "other"}, "no competition 'other'"),
    ],
)
def test_an_adjustment_that_says_nothing_is_refused(
    counted: Installation, fields: dict[str, str], sentence: str
) -> None:
    answer = adjust(counted, **fields)

    assert answer.status_code in (404, 422)
    assert sentence in unescape(words(answer.text))
    assert earned(counted) == 1.25
