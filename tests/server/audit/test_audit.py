"""The audit trail: every act of staff once, with who, when, what and why; filters, pages and files."""

import ast
import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.domain.audit import trail as audit
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.audit.trail import COMMAND_LINE_NAME, Entry, EntryFilter
from server.models import AuditEntry, Competition
from tests.support import rescored
from tests.support.browser import TINY, browser, form_token, rules_form, words
from tests.support.installation import Installation
from tests.support.own_routes import ADMINS, BY_HAND, KAGGLE, LTI, OWN

pytestmark = pytest.mark.both

PATH = "/api/competitions/tiny/audit"
RULES = "/api/competitions/tiny/rules"
ACT = re.compile(r"[a-z]+(_[a-z]+)+")
ROOT = Path(__file__).resolve().parents[3]
NEWS = {"title": "News", "body_md": "Text"}
SLOTS = {"to": "student0", "reason": "Ill"}
WHY = {"reason": "Because"}
NEXT = {"first_day": "2031-03-01", "title": "Next"}
# Each route by which staff change something, with what it is asked: as JSON by the API, by a form on a page.
# They are asked in this order; a route that is new joins this table, or the next one.
ACTS: dict[str, dict[str, Any]] = {
    "/api/competitions/{slug}/baseline-runs": {"tiers": ["simple"], "seed": 1},
    "/competitions/{slug}/baselines": {"tiers": ["simple"], "seeds": "1"},
    "/api/baseline-runs/{run_id}/stop": {},
    "/baseline-runs/{run_id}/stop": {},
    "/api/baseline-runs/{run_id}/again": {"seed": 2},
    "/baseline-runs/{run_id}/again": {"seed": "2"},
    "/api/competitions/{slug}/thresholds/{tier}": WHY | {"rule": "all_runs"},
    "/competitions/{slug}/baselines/thresholds": WHY | {"tier": "boss", "choice": "all_runs"},
    "/api/competitions/{slug}/announcements": NEWS,
    "/competitions/{slug}/announcements": NEWS,
    "/api/competitions/{slug}/announcements/{announcement_id}/withdrawal": WHY,
    "/competitions/{slug}/announcements/{announcement_id}/withdrawal": WHY,
    "/api/competitions/{slug}/announcements/refused-mails": {},
    "/competitions/{slug}/announcements/refused-mails": {},
    "/api/competitions/{slug}/rules": WHY | {"changes": {"daily_limit": 6}},
    "/competitions/{slug}/rules/change": WHY | {"daily_limit": "7"},
    "/api/competitions/{slug}/allowances": SLOTS | {"extra_slots": 1},
    "/competitions/{slug}/allowances/grant": SLOTS | {"slots": "1"},
    "/competitions/{slug}/allowances/extension": SLOTS | {"deadline": "2030-03-19T12:00"},
    "/api/competitions/{slug}/allowances/{allowance_id}/revoke": WHY,
    "/competitions/{slug}/allowances/{allowance_id}/revoke": WHY,
    "/api/submissions/{submission_id}/excluded": WHY | {"excluded": True},
    "/submissions/{submission_id}/excluded": WHY | {"excluded": "true"},
    "/api/competitions/{slug}/teams/{team_id}": WHY | {"name": "Foxes"},
    "/competitions/{slug}/teams/{team_id}": WHY | {"name": "Bears"},
    "/api/competitions/{slug}/teams/moves": WHY | {"username": "student2"},
    "/competitions/{slug}/teams/moves/new": WHY | {"username": "student2", "beside": "student0"},
    "/api/competitions/{slug}/clone": NEXT | {"slug": "tiny-2"},
    "/competitions/{slug}/clone": NEXT | {"new_slug": "tiny-3", "into": "ml"},
    "/api/courses/{course}/clone": NEXT | {"slug": "ml-2"},
    "/courses/{course}/clone": NEXT | {"new_slug": "ml-3"},
    "/api/competitions/{slug}/archive": WHY,
    "/api/competitions/{slug}/unarchive": WHY,
    "/competitions/{slug}/archive": WHY,
    "/competitions/{slug}/unarchive": WHY,
    "/api/courses/{course}/archive": WHY,
    "/courses/{course}/archive": WHY,
}
NOTHING_TO_DO = {
    f"{api}/competitions/{{slug}}/announcements/refused-mails" for api in ("", "/api")
}  # none was
# By a form with a file, whose entry has a test in tests/server/baselines/test_threshold_files.py.
FILES = {"/competitions/{slug}/baselines/thresholds/file"}
ANOTHER_COURSE = {"/courses/{course}/archive": "ml-2"}  # a clone, since the first is archived by then
# The life of a rescore, which has a test of its own below.
RESCORES = {
    f"{api}/competitions/{{slug}}/rescores{word}"
    for api in ("", "/api")
    for word in ("", *(f"/{{rescore_id}}/{act}" for act in ("apply", "undo", "cancel")))
}
# What is about the people of a course, whose entries have tests in tests/server/people, rights and questions.
PEOPLE = {
    *(f"/courses/{{course}}/people{word}" for word in ("", "/roster", "/{user_id}")),
    *(f"/courses/{{course}}/people/{{user_id}}/{word}" for word in ("activity", "notes", "rights")),
    *(f"/questions/{{question_id}}/{word}" for word in ("replies", "closed")),
}
# How a course is set up, whose entries have tests in tests/server/setup; a draft keeps its own steps.
SETTING_UP = {"/courses/new", "/courses/{course}/setup", "/courses/{course}/setup/steps/{way}"}
SETTING_UP |= {f"/competitions/{{slug}}/data/files{word}" for word in ("", "/removal", "/{version_id}")}
DRAFTS = "/courses/{course}/drafts/"
# What starts a comparison of files beside the server, which changes nothing.
LOOKING = {"/competitions/{slug}/integrity", "/api/competitions/{slug}/integrity"}


def write(
    installation: Installation, act: str, *, by: str | None = "tina", subject: str = "x", **facts: Any
) -> None:
    """An entry of the competition, written as domain functions do."""
    actor = COMMAND_LINE if by is None else Actor(installation.user(by).id)
    competition = installation.competition()
    installation.db.write(
        lambda session: audit.record(
            session,
            audit.Act(act, subject, competition=competition, **facts),
            by=actor,
            now=installation.clock(),
        )
    )


def newest(installation: Installation, most: int = 1) -> list[Entry]:
    return installation.db.read(lambda session: audit.entries(session, EntryFilter(), most=most))


def count(installation: Installation) -> int:
    counted = select(func.count()).select_from(AuditEntry)
    return installation.db.read(lambda session: session.execute(counted).scalar_one())


def acts_listed(
    installation: Installation, username: str = "tina", path: str = PATH, **query: Any
) -> list[str]:
    """The acts that the API answers with."""
    answer = installation.client(username).get(path, params=query)
    answer.raise_for_status()
    return [each["act"] for each in answer.json()["entries"]]


def changing_routes(installation: Installation) -> dict[str, str]:
    """Every route that changes something: its method by its path."""
    return {
        route.path or "": method
        for route in iter_route_contexts(installation.app.routes)
        for method in sorted((route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"})
    }


def fresh_ids(installation: Installation, staff: TestClient) -> dict[str, list[int]]:
    """Two things of each kind to act upon."""
    tiny = "/api/competitions/tiny"
    asked_for = {
        "announcement_id": (f"{tiny}/announcements", NEWS),
        "allowance_id": (f"{tiny}/allowances", SLOTS | {"extra_slots": 1}),
    }
    installation.db.write(lambda session: session.execute(update(Competition).values(team_size=2)) and None)
    sent = [installation.submit_accuracy(f"student{number}", 0.7, seed=number) for number in range(2)]
    runs = staff.post(f"{tiny}/baseline-runs", json={"tiers": ["boss"], "seeds": [1, 2, 3, 4]}).json()["runs"]
    known = {"run_id": [run["id"] for run in runs], "tier": ["boss"]}
    known |= {"submission_id": [each.id for each in sent], "team_id": [each.team_id for each in sent]}
    return known | {
        name: [staff.post(path, json=body).json()["id"] for _ in range(2)]
        for name, (path, body) in asked_for.items()
    }


def test_every_route_that_changes_something_is_an_act_of_staff_or_ones_own(
    installation: Installation,
) -> None:
    routes = {path for path in changing_routes(installation) if not path.startswith(DRAFTS)}

    known = (
        set(ACTS) | FILES | OWN | LOOKING | SETTING_UP | RESCORES | ADMINS | PEOPLE | BY_HAND | LTI | KAGGLE
    )
    assert routes == known


def test_every_act_of_staff_leaves_one_entry(installation: Installation) -> None:
    staff, page, methods = (
        installation.client("iris"),
        browser(installation, "iris"),
        changing_routes(installation),
    )
    ids = fresh_ids(installation, staff)

    for path, asked_for in ACTS.items():
        chosen = {name: left.pop() for name, left in ids.items() if name in path}
        address = path.format(slug="tiny", course=ANOTHER_COURSE.get(path, "ml"), **chosen)
        before = count(installation)
        if path.startswith("/api/"):
            body = {"version": staff.get(RULES).json()["version"]} | asked_for
            answer = staff.request(methods[path], address, json=body)
        else:
            answer = page.request(methods[path], address, data=rules_form(page) | asked_for)

        assert answer.status_code < 300, (path, answer.text)
        entries = newest(installation, count(installation) - before) if path not in NOTHING_TO_DO else []
        assert bool(entries) == (path not in NOTHING_TO_DO), path
        assert len({(entry.act, entry.subject) for entry in entries}) == len(entries), path
        assert {entry.by for entry in entries} <= {"iris"}, path
        assert all(entry.course and ACT.fullmatch(entry.act) for entry in entries), path


@pytest.mark.parametrize("api", ["", "/api"])
def test_every_step_of_a_rescore_leaves_one_entry(installation: Installation, api: str) -> None:
    installation.submit_accuracy("student0", 0.7, seed=1)
    key, page = rescored.other_key(), browser(installation, "tina")
    fields = {"reason": "Because", "form_token": form_token(page)}
    base = f"{api}/competitions/tiny/rescores"
    acts: list[tuple[str, str]] = []

    def ask(path: str, **sent: Any) -> None:
        before = count(installation)
        answer = page.post(base + path, **sent)
        assert answer.status_code < 300, answer.text
        acts.extend((entry.act, entry.by) for entry in newest(installation, count(installation) - before))

    answers: dict[str, Any] = {"json": WHY} if api else {"data": fields}
    on_page = {"data": fields, "files": {"answer_key": ("key.csv", key, "text/csv")}}
    asked_for = {"json": WHY | {"answer_key": key.decode()}} if api else on_page
    ask("", **asked_for)
    ask("/1/cancel", **answers)
    rescore_id = rescored.ready(installation).id
    ask(f"/{rescore_id}/apply", **answers)
    ask(f"/{rescore_id}/undo", **answers)

    steps = ("requested", "cancelled", "applied", "undone")
    assert [each for each in acts if each[0].startswith("rescore")] == [
        (f"rescore_{step}", "tina") for step in steps
    ]


def test_every_act_in_the_code_is_a_noun_and_a_verb() -> None:
    acts = {
        f"{path.name}: {word.value}"
        for path in sorted((ROOT / "server").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.Act"
        for word in ast.walk(node.args[0])
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    }

    assert len(acts) > 10
    assert [each for each in acts if not ACT.fullmatch(each.partition(": ")[2])] == []


def test_the_database_refuses_to_change_or_delete_an_entry(installation: Installation) -> None:
    for change in (update(AuditEntry).values(act="nothing_done"), delete(AuditEntry)):
        with pytest.raises(DBAPIError, match="only grows"):
            installation.db.write(_doing(change))


def _doing(change: Any) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        session.execute(change)

    return work


def test_an_entry_tells_who_when_what_and_why(installation: Installation) -> None:
    write(
        installation,
        "deadline_moved",
        subject="competition tiny",
        reason="Typhoon",
        before={"deadline_at": "Monday"},
        after={"deadline_at": "Friday"},
    )

    entry = installation.client("tina").get(PATH).json()["entries"][0]
    page = words(browser(installation, "tina").get(f"{TINY}/audit").text)

    assert entry | {"id": 0} == {
        "id": 0,
        "at": "2030-03-13T04:00:00.000000Z",
        "by": "tina",
        "act": "deadline_moved",
        "subject": "competition tiny",
        "course": "ml",
        "competition": "tiny",
        "reason": "Typhoon",
        "before": {"deadline_at": "Monday"},
        "after": {"deadline_at": "Friday"},
        "details": {},
    }
    assert "Wed 13 Mar 2030, 12:00 (Asia/Taipei) tina deadline moved competition tiny “Typhoon”" in page
    assert "deadline Monday → Friday" in page


def test_entries_are_filtered_by_act_person_day_and_text(installation: Installation) -> None:
    write(installation, "first_done", by="iris", subject="team 王", after={"name": "王小明 100%"})
    installation.clock.advance(timedelta(hours=12))  # midnight in Taipei
    write(installation, "second_done", by=None, reason="Because of a_thing")
    write(installation, "third_done", by="tina", subject="Team X")

    assert acts_listed(installation, act="third_done") == ["third_done"]
    assert acts_listed(installation, by="iris") == ["first_done"]
    assert "first_done" not in acts_listed(installation, by=COMMAND_LINE_NAME)
    assert acts_listed(installation, by=COMMAND_LINE_NAME, act="second_done") == ["second_done"]
    assert acts_listed(installation, since="2030-03-14") == ["third_done", "second_done"]
    assert acts_listed(installation, until="2030-03-13", by="iris") == ["first_done"]
    assert acts_listed(installation, text="小明 100%") == ["first_done"]
    assert acts_listed(installation, text="team x") == ["third_done"]
    assert acts_listed(installation, text="a_thing") == ["second_done"]
    assert acts_listed(installation, text="axthing") == []
    assert installation.client("tina").get(PATH, params={"since": "14.3."}).status_code == 422


def test_a_long_trail_comes_in_pages_that_miss_and_repeat_nothing(installation: Installation) -> None:
    for number in range(7):
        write(installation, f"act_done_{'abcdefg'[number]}")
    client, query = installation.client("tina"), {"limit": 3, "text": "x"}

    seen: list[str] = []
    following: int | None = 10**6
    while following is not None:
        page = client.get(PATH, params=query | {"below": following}).json()
        seen += [each["act"] for each in page["entries"] if each["act"].startswith("act_done")]
        following = page["next"]
        write(installation, "act_in_between", subject="y")

    assert seen == [f"act_done_{letter}" for letter in "gfedcba"]


def test_the_page_leads_to_older_entries_and_back(installation: Installation) -> None:
    for number in range(60):
        write(installation, "thing_done", subject=f"thing {number:02}")
    client = browser(installation, "tina")

    first = client.get(f"{TINY}/audit?act=thing_done").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = client.get(older[1].replace("&amp;", "&")).text

    assert ("thing 59" in first, "thing 09" in first) == (True, False)
    assert ("thing 09" in second, "thing 10" in second) == (True, False)
    assert f'href="{TINY}/audit?act=thing_done"' in second


def test_staff_see_their_competition_and_course_and_admins_see_everything(
    installation: Installation,
) -> None:
    inside = set(acts_listed(installation))
    whole = set(acts_listed(installation, username="root", path="/api/audit", limit=500))
    people = [each["course"] for each in installation.client("tina").get(PATH).json()["entries"]]

    assert {"homework_imported", "member_added", "course_created"} <= inside
    assert set(people) == {"ml"}
    assert {"user_created", "worker_token_made"} <= whole - inside
    assert browser(installation, "root").get("/audit").status_code == 200
    for path in ("/api/audit", "/api/audit.csv", "/audit"):
        assert installation.client("iris").get(path).status_code == 403


@pytest.mark.parametrize(
    ("username", "status"), [("student0", 403), ("mallory", 404), ("ivan", 404), (None, 401)]
)
def test_nobody_else_reads_the_trail(installation: Installation, username: str | None, status: int) -> None:
    client = installation.client(username)

    statuses = [client.get(f"{PATH}{ending}").status_code for ending in ("", ".csv", ".jsonl")]

    assert statuses == [status] * 3


def test_the_trail_is_exported_as_csv_without_formulas(installation: Installation) -> None:
    write(installation, "thing_done", subject="=1+1", reason="@x, y", after={"a": "-1"})

    answer = installation.client("tina").get(f"{PATH}.csv", params={"act": "thing_done"})

    assert answer.headers["content-disposition"] == 'attachment; filename="tiny-audit-20300313-1200.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbfid,at,by,act,")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [(row["subject"], row["reason"], row["after"]) for row in rows] == [
        ("'=1+1", "'@x, y", '{"a": "-1"}')
    ]
    assert newest(installation)[0].act == "audit_exported"


def test_a_long_trail_is_exported_whole_as_json_lines(installation: Installation) -> None:
    user_id, now = installation.user("tina").id, installation.clock()
    every = [
        {"at": now, "by": user_id, "act": "thing_done", "subject": str(n), "details": {}, "reason": ""}
        for n in range(1203)
    ]
    installation.db.write(lambda session: session.execute(AuditEntry.__table__.insert(), every))

    answer = installation.client("root").get("/api/audit.jsonl", params={"act": "thing_done"})

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["subject"] for line in lines] == [str(n) for n in reversed(range(1203))]


def test_a_new_member_is_told_with_their_role(installation: Installation) -> None:
    entries = [entry for entry in newest(installation, 99) if entry.act == "member_added"]

    assert {entry.subject for entry in entries} >= {"user tina", "user student0"}
    assert {entry.after["role"] for entry in entries} == {"student", "ta", "instructor"}
