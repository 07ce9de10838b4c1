"""The rights of TAs, as a property over rights and routes: each act takes what the table says and no more."""

import re
from collections.abc import Iterable

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.domain.audit.actor import COMMAND_LINE
from server.domain.people import courses
from server.domain.people.members import member as members
from server.domain.rights.of_tas import give
from server.models import ALL_RIGHTS, AuditEntry, Right
from tests.server.first_law.test_first_law import PARAMETERS, addresses, crawl, private_values
from tests.support.browser import browser, form_token, rules_form
from tests.support.installation import Installation
from tests.support.person import furnish_person

NOTHING: frozenset[Right] = frozenset()
BOTH = frozenset({Right.SEE_PRIVATE, Right.SEE_NAMES})
GRANTING = frozenset({Right.GRANT, Right.SEE_NAMES})
RESCORING = BOTH | {Right.RESCORE}
# What each act of the staff in a competition takes, by its address without `/api`.
ACTS: dict[str, frozenset[Right]] = {
    "/competitions/{slug}/allowances": GRANTING,
    "/competitions/{slug}/allowances/extension": GRANTING,
    "/competitions/{slug}/allowances/grant": GRANTING,
    "/competitions/{slug}/allowances/{allowance_id}/revoke": GRANTING,
    "/competitions/{slug}/announcements": NOTHING,
    "/competitions/{slug}/announcements/refused-mails": NOTHING,
    "/competitions/{slug}/announcements/{announcement_id}/withdrawal": NOTHING,
    "/competitions/{slug}/baseline-runs": frozenset({Right.SEE_PRIVATE}),
    "/competitions/{slug}/baselines": frozenset({Right.SEE_PRIVATE}),
    "/competitions/{slug}/baselines/thresholds": frozenset({Right.SEE_PRIVATE, Right.CHANGE_RULES}),
    "/competitions/{slug}/baselines/thresholds/file": frozenset({Right.SEE_PRIVATE, Right.CHANGE_RULES}),
    "/competitions/{slug}/data/files": frozenset({Right.CHANGE_RULES}),
    "/competitions/{slug}/data/files/removal": frozenset({Right.CHANGE_RULES}),
    "/competitions/{slug}/data/files/{version_id}": frozenset({Right.CHANGE_RULES}),
    "/competitions/{slug}/integrity": BOTH,
    "/competitions/{slug}/items": frozenset({Right.SEE_NAMES}),
    "/competitions/{slug}/items/file": frozenset({Right.SEE_NAMES}),
    "/competitions/{slug}/rescores": RESCORING,
    "/competitions/{slug}/rescores/{rescore_id}/apply": RESCORING,
    "/competitions/{slug}/rescores/{rescore_id}/cancel": RESCORING,
    "/competitions/{slug}/rescores/{rescore_id}/undo": RESCORING,
    "/competitions/{slug}/rules": frozenset({Right.CHANGE_RULES}),
    "/competitions/{slug}/rules/change": frozenset({Right.CHANGE_RULES}),
    "/competitions/{slug}/teams/moves": frozenset({Right.SEE_NAMES}),
    "/competitions/{slug}/teams/moves/new": frozenset({Right.SEE_NAMES}),
    "/competitions/{slug}/teams/{team_id}": frozenset({Right.SEE_NAMES}),
    "/competitions/{slug}/thresholds/{tier}": frozenset({Right.SEE_PRIVATE, Right.CHANGE_RULES}),
    "/submissions/{submission_id}/excluded": frozenset({Right.SEE_NAMES, Right.EXCLUDE}),
    "/baseline-runs/{run_id}/again": frozenset({Right.SEE_PRIVATE}),
    "/baseline-runs/{run_id}/stop": frozenset({Right.SEE_PRIVATE}),
    "/courses/{course}/grade-rules": BOTH | {Right.CHANGE_RULES},
    "/courses/{course}/grade-rules/preview": BOTH | {Right.CHANGE_RULES},
    "/courses/{course}/people/{user_id}/adjustments": frozenset({Right.SEE_NAMES, Right.CHANGE_RULES}),
    "/courses/{course}/people/{user_id}/adjustments/{adjustment_id}/revoke": frozenset(
        {Right.SEE_NAMES, Right.CHANGE_RULES}
    ),
    "/courses/{course}/people/{user_id}/notes": frozenset({Right.SEE_NAMES}),
    "/courses/{course}/people/{user_id}/password": frozenset({Right.SEE_NAMES}),
}
# Acts of Kaggle's clients, of students on what is theirs, of instructors alone, and of workers.
OF_OTHERS = re.compile(
    r"/v1/"
    r"|/competitions/\{slug\}/(submit|submissions|code|team|archive|unarchive|clone)\b"
    r"|/submissions/\{submission_id\}/(final|questions|note)"
    r"|/courses/\{course\}/(?!grade-rules|people/\{user_id\}/(notes|password|adjustments))"
    r"|/baseline-runs/\{run_id\}/(heartbeat|predictions|report|release|failure)"
)


def withhold(installation: Installation, *rights: Right) -> None:
    """Let the TA have all rights but these."""

    def work(session: Session) -> None:
        course = courses.course_named(session, "ml")
        about = members.person_in(session, course=course, user_id=tina.id)
        give(
            session,
            course=course,
            ta=about.member,
            rights=ALL_RIGHTS - set(rights),
            by=COMMAND_LINE,
            now=installation.clock(),
        )

    tina = installation.user("tina")
    installation.db.write(work)


def acts(installation: Installation) -> Iterable[tuple[str, str]]:
    """The method and the address, with its parameters' names, of every act on a competition or below one."""
    for route in iter_route_contexts(installation.app.routes):
        path = route.path or ""
        for method in set(route.methods or ()) - {"GET", "HEAD"}:
            if re.search(r"\{(slug|submission_id|run_id|course)\}", path):
                yield method, path


def filled(path: str, run: int, submission: int) -> str:
    """The address with a value for each parameter."""
    path = re.sub(r"\{(\w+)(:\w+)?\}", lambda match: PARAMETERS[match[1]], path)
    return path.format(run=run, submission=submission)


def test_each_act_takes_the_rights_of_the_table_and_no_more(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, submission = installation.train("simple"), installation.submit_accuracy("student0", 0.6, 1).id
    api, page = installation.client("tina"), browser(installation, "tina")
    body = {"excluded": True, "reason": "It was agreed.", "body": "A note."}
    fields = {"form_token": form_token(page), **body}
    for module in ("api", "web"):
        monkeypatch.setattr(f"server.{module}.integrity.start_comparison", lambda settings, slug: None)
    wrong = []
    for right in Right:
        withhold(installation, right)
        for method, path in sorted(acts(installation)):
            plain = path.removeprefix("/api")
            if OF_OTHERS.search(plain):
                continue
            address = filled(path, run, submission)
            is_page = plain == path
            answer = (
                page.post(address, data=fields, follow_redirects=False)
                if is_page
                else api.request(method, address, json=body)
            )
            if (answer.status_code == 403) is not (right in ACTS[plain]):
                wrong.append((right, method, path, answer.status_code))

    assert wrong == []


def test_every_act_is_in_the_table_or_of_others(installation: Installation) -> None:
    plain = {path.removeprefix("/api") for _, path in acts(installation)}

    assert {path for path in plain if not OF_OTHERS.search(path)} == set(ACTS)


def test_without_the_right_to_private_scores_a_ta_reads_none_before_the_reveal(
    installation: Installation,
) -> None:
    run = installation.train("simple")
    installation.train("strong")
    submission = installation.submit_accuracy("student0", 0.63, seed=1)
    installation.submit_accuracy("student1", 0.84, seed=2)
    secrets, paths = private_values(installation), list(addresses(installation, submission.id, run))
    crawl(installation.client("iris"), paths)  # whoever may see has filled every cache
    withhold(installation, Right.SEE_PRIVATE)

    answers = crawl(installation.client("tina"), paths)

    assert {path: text for path, answer in answers.items() for text in secrets if text in answer} == {}
    assert '"score"' in answers["/api/competitions/tiny/leaderboard/public"]
    assert "Something broke here" not in "".join(answers.values())
    assert installation.client("tina").get("/competitions/tiny/staff").status_code == 200
    installation.clock.now = installation.competition().reveal_at
    assert installation.client("tina").get("/api/competitions/tiny/leaderboard/private").status_code == 200


def test_without_the_right_to_names_a_ta_reads_nobodys(installation: Installation) -> None:
    furnish_person(installation)
    paths = list(addresses(installation, 2, 1))
    words = ["weiling", "B10902042", "Dept-of-Secrets", "my-name-is-wei"]
    seen = crawl(installation.client("tina"), paths)
    withhold(installation, Right.SEE_NAMES)

    answers = crawl(installation.client("tina"), paths)

    assert any(word in answer for answer in seen.values() for word in words)
    assert {path: word for path, answer in answers.items() for word in words if word in answer} == {}
    search = installation.client("tina").get("/competitions/tiny/leaderboard", params={"q": "B10902042"})
    assert "0 rows for" in search.text


@pytest.mark.parametrize("path", ["grades.csv", "audit.csv", "audit.jsonl"])
def test_without_the_right_to_export_no_file_is_taken_away(installation: Installation, path: str) -> None:
    address = f"/api/competitions/tiny/{path}"
    before = installation.client("tina").get(address).status_code
    withhold(installation, Right.EXPORT)

    assert (before, installation.client("tina").get(address).status_code) == (200, 403)
    assert address not in installation.client("tina").get("/competitions/tiny/grades").text


def test_without_the_right_to_rescore_the_answer_key_is_not_handed_out(installation: Installation) -> None:
    address = "/api/competitions/tiny/answer-key.csv"
    before = installation.client("tina").get(address).status_code
    withhold(installation, Right.RESCORE)

    assert (before, installation.client("tina").get(address).status_code) == (200, 403)


@pytest.mark.parametrize("way", ["page", "API"])
def test_without_the_right_to_private_scores_nobody_opens_the_private_board(
    installation: Installation, way: str
) -> None:
    """Or whoever may change rules would move the reveal to now, and read what was withheld."""
    withhold(installation, Right.SEE_PRIVATE)
    tina, api = browser(installation, "tina"), installation.client("tina")
    form, rules = rules_form(tina), api.get("/api/competitions/tiny/rules").json()
    moved = {"reveal_at": "2030-03-25T12:00"}

    def change(changes: dict[str, str]) -> int:
        if way == "page":
            path = "/competitions/tiny/rules/change"
            return tina.post(
                path, data=form | changes | {"reason": "Because."}, follow_redirects=False
            ).status_code
        body = {"changes": changes, "version": rules["version"], "reason": "Because."}
        return api.put("/api/competitions/tiny/rules", json=body).status_code

    before = installation.competition().reveal_at
    assert change({key: f"{value}:00Z" for key, value in moved.items()} if way == "API" else moved) == 403
    assert installation.competition().reveal_at == before
    same = {"reveal_at": form["reveal_at"] if way == "page" else rules["rules"]["reveal_at"]}
    assert change({"title": "Another title"} | same) in {200, 303}


def form_of(installation: Installation, name: str, by: str, *rights: Right) -> tuple[int, str]:
    """Send the form of somebody's rights; the status and the page."""
    client: TestClient = browser(installation, by)
    address = f"/courses/ml/people/{installation.user(name).id}"
    data = {"form_token": form_token(client), "rights": [right.value for right in rights]}
    answer = client.post(f"{address}/rights", data=data)
    return answer.status_code, answer.text


@pytest.mark.both
def test_an_instructor_gives_and_withholds_rights_and_the_trail_tells(installation: Installation) -> None:
    status, page = form_of(installation, "tina", "iris", Right.SEE_PRIVATE, Right.SEE_NAMES)
    entry = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "rights_changed")).one()
    )

    assert status == 200
    assert page.count(" checked>") == 2
    assert entry.before == {"rights": sorted(ALL_RIGHTS)}
    assert entry.after == {"rights": ["see_names", "see_private"]}
    assert form_of(installation, "tina", "iris", *Right)[0] == 200
    assert form_of(installation, "tina", "tina", *Right)[0] == 403
    assert form_of(installation, "student0", "iris", *Right)[0] == 422
    assert form_of(installation, "iris", "root")[0] == 422
