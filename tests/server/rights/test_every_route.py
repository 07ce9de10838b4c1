"""Every route for every role, against one table: who gets past the door, and who is turned away at it.

A route that is new joins a line of the table, or the test says so. What happens behind the door (which rights
a TA needs, say) is for test_rights.py and the tests of each noun.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from fastapi.responses import Response
from starlette.testclient import TestClient

from server.web.rendering import pages
from tests.server.first_law.test_first_law import PARAMETERS
from tests.server.http.test_drawn_values import Target, targets_in
from tests.support.browser import browser, form_token
from tests.support.drafts import Editor, begin_uploaded
from tests.support.installation import Installation
from tests.support.rescored import ready

NOBODY, WORKER, STRANGER, PEER, OWNER = "nobody", "worker", "mallory", "student1", "student0"
TA, INSTRUCTOR, OTHER, ADMIN = "tina", "iris", "ivan", "root"  # ivan: an instructor of another course
ROLES = (NOBODY, WORKER, STRANGER, OTHER, PEER, OWNER, TA, INSTRUCTOR, ADMIN)
PEOPLE = frozenset(ROLES) - {NOBODY, WORKER}
# Whom a door lets in, and of the others those who come nearest to it: all that the short test asks for.
DOORS: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "anybody": (frozenset(ROLES), ()),
    "people": (PEOPLE, (NOBODY, WORKER)),
    "people with a staff's account": (frozenset({OTHER, TA, INSTRUCTOR, ADMIN}), (WORKER, PEER)),
    "members": (frozenset({PEER, OWNER, TA, INSTRUCTOR, ADMIN}), (NOBODY, OTHER)),
    "students": (frozenset({PEER, OWNER}), (OTHER, TA)),
    "readers of a file": (frozenset({OWNER, TA, INSTRUCTOR, ADMIN}), (OTHER, PEER)),
    "owner of a file": (frozenset({OWNER}), (PEER, TA)),
    "staff": (frozenset({TA, INSTRUCTOR, ADMIN}), (OTHER, OWNER)),
    "leaders of a course": (frozenset({OTHER, INSTRUCTOR, ADMIN}), (OWNER, TA)),
    "instructors": (frozenset({INSTRUCTOR, ADMIN}), (OTHER, TA)),
    "admins": (frozenset({ADMIN}), (OTHER, INSTRUCTOR)),
    "workers": (frozenset({WORKER}), (NOBODY, ADMIN)),
}
S, C = r"/competitions/\{slug\}", r"/courses/\{course\}"
READ = r"announcements|code|commitment|comparison|costs|data|data\.zip|files|files/.*|rules|pictures/.*"
TABS = r"starters/.*|submissions|submit|team|tiers|trust|leaderboard|leaderboard/(at|hall|deadline)"
HOSTING = (  # of Kaggle's client
    r"(CreateCompetition.*|DeleteCompetitionPage|UpdateCompetition.*|GetCompetitionS.*|LaunchCompetition)"
)
# Of the lines that match an address, with its method before it, the first one holds; most leave /api out.
TABLE = (
    # What Kaggle's own client asks.
    (r"POST /api/v1/(security\..*|\{package\}.*)|PUT /api/v1/kaggle/uploads", "anybody"),
    (r"\w+ /api/v1/competitions(\.CompetitionApiService/ListCompetitions|/list)", "people"),
    (r"POST /api/v1/.*/(Get|Download)Submission|GET /api/v1/kaggle/submissions/.*", "readers of a file"),
    (rf"POST /api/v1/(blobs\..*|.*/{HOSTING})", "leaders of a course"),
    (r"POST /api/v1/.*/UpdateSubmissionBenchmark", "staff"),
    (r"\w+ /api/v1/.*", "members"),
    (r"\w+ /(sign-in|set-password|forgotten-password|language|languages|help)\b.*", "anybody"),
    (r"GET /(\.well-known|command-line)\b.*|\w+ /lti/(login|launch|canvas.json|keys.json).*", "anybody"),
    (r"POST /tokens|GET /receipt-key|GET /worker/files/.*", "anybody"),
    (r"GET /account/second-factor", "people with a staff's account"),
    (r"\w+ /(sign-out|account|notices|me|tokens|openapi.json)\b.*|GET /|GET /competitions", "people"),
    (r"\w+ /lti/contexts/.*", "people"),
    (r"\w+ /(people|lti|audit|audit\.\{format\})(/.*)?|\w+ /courses/new", "admins"),
    (rf"\w+ {S}/(archive|unarchive|clone|next-term)", "instructors"),
    (rf"\w+ {C}(/(archive|clone|competitions|drafts|invitations|lti|setup)\b.*)?", "instructors"),
    (rf"\w+ {C}/people/(roster|\{{user_id\}}/rights)", "instructors"),
    (rf"POST {C}/people(/\{{user_id\}}(/activity)?)?", "instructors"),
    (rf"GET {C}/(results|glance|glance.csv)", "members"),
    (rf"GET /api{C}/points", "students"),
    (rf"\w+ {C}/.*", "staff"),
    (rf"POST {S}/team(/.*)?|PUT {S}/team|POST /api{S}/code", "students"),
    (rf"GET {S}(/({READ}|{TABS}))?|\w+ {S}/(submit|submissions|code)", "members"),
    (rf"\w+ {S}/.*", "staff"),
    (
        r"GET /submissions/\{submission_id\}(/(file|receipt|receipt.json|comparisons/.*))?",
        "readers of a file",
    ),
    (r"\w+ /submissions/\{submission_id\}/(note|questions|final)", "owner of a file"),
    (r"\w+ /submissions/.*", "staff"),
    (r"\w+ /baseline-runs/\{run_id\}/(heartbeat|predictions|report|release|failure)", "workers"),
    (r"POST /worker/claim", "workers"),
    (r"\w+ /baseline-runs/\{run_id\}(/.*)?|\w+ /questions/.*", "staff"),
    (r"GET /code/.*", "readers of a file"),
)
# What these lead to is not there: whoever is let in gets 404, and only that others are not can be seen.
ABSENT = re.compile(
    r"/v1/.*/(CreateCompetition\w+|UpdateCompetition.*|GetCompetitionS.*|LaunchCompetition|.*Benchmark)$"
    r"|/(drafts/\{draft_id\}|exports/(\{version\}|partners)|pictures)(?=/|$)"
    r"|/lti/(\{platform_id\}|\{context_id\}|contexts)(?=/|$)"
    r"|/(data/files|code|allowances|invitations|identities|sessions|tokens|questions|rescores|integrity)/\{|/deadline$|/identities/new$"
    r"|/(CreateSubmission|DownloadDataFile|ListTeamPublicSubmissions|submission-url|submit/\{slug\})$"
)
# Addresses of one thing each, which `give_things` makes.
THINGS = re.compile(
    r"/(drafts|exports|rescores|code|data/files)/\{(draft_id|version|rescore_id|version_id)\}(?!/pictures)"
)
# Forms and bodies that come past the reading of them to the door, for those doors that are behind it; none of
# them says enough to change anything.
BODY = {
    **{
        "reason": "",
        "excluded": True,
        "selected": False,
        "note": "",
        "slug": "",
        "new_slug": "",
        "title": "",
    },
    **{"first_day": "2031-01-01", "kind": "canvas", "name": "x", "version": 0, "places": 0, "active": True},
    **{"role": "student", "student": "", "competition_name": "tiny", "competitionName": "tiny"},
}
PLACES = PARAMETERS | {"session_id": "999", "token_id": "999"}  # those of nobody here
ENDING = "/sign-out"  # the session that all the rest needs
REFUSED = (401, 403, 404)


class Doors:
    """An installation with something behind most addresses, and a client of each role for pages and API."""

    def __init__(self, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
        installation.kind_of_client = TestClient  # one that holds no answer to its description
        self.run = installation.train("simple")
        self.submission = installation.submit_accuracy("student0", 0.66, seed=1).id
        installation.kind_of_client = (
            TestClient  # no answer is held to its description here, which takes long
        )
        self.targets = sorted(
            {(each.method, each.path): each for each in targets_in(installation.app.router)}.values(),
            key=lambda each: (each.path == ENDING, each.method != "GET", each.path),
        )
        names = {role: None if role == NOBODY else role for role in ROLES}
        self.programs = {role: installation.client(name) for role, name in names.items()}
        self.browsers = {
            role: browser(installation, name if role != WORKER else None) for role, name in names.items()
        }
        self.tokens = {role: form_token(self.browsers[role]) for role in PEOPLE} | {NOBODY: "x", WORKER: "x"}
        for module in ("api", "web"):
            monkeypatch.setattr(f"server.{module}.integrity.start_comparison", lambda settings, slug: None)
        monkeypatch.setattr(pages, "render", lambda *_, status=200, **__: Response(status_code=status))
        monkeypatch.setattr("server.web.rendering.redraw.redrawn", _not_again)

    def status(self, role: str, target: Target) -> int:
        """What the route answers to this role; 401 for a page that sends to the sign-in."""
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda match: PLACES[match[1]], target.path).format(
            run=self.run, submission=self.submission
        )
        is_api = target.path.startswith("/api/")
        client: TestClient = (self.programs if is_api or role == WORKER else self.browsers)[role]
        sent: dict[str, Any] = {"data": BODY | {"form_token": self.tokens[role]}}
        if is_api:
            sent = {"json": BODY | {"ref": self.submission}, "params": {"kind": BODY["kind"]}}
        answer = client.request(
            target.method, path, follow_redirects=False, **({} if target.method == "GET" else sent)
        )
        leads_to_sign_in = answer.headers.get("location", "").startswith("/sign-in?")
        return 401 if leads_to_sign_in else answer.status_code


async def _not_again(*_: object) -> None:
    """No form is drawn again here."""


def door_of(target: Target) -> str:
    """The door of a route by the first line of the table that matches it."""
    return next(
        door for pattern, door in TABLE if any(re.fullmatch(pattern, each) for each in names_of(target))
    )


def names_of(target: Target) -> tuple[str, str]:
    """What the table calls a route: its method and its address, which is the API's or a page's."""
    return f"{target.method} {target.path}", f"{target.method} {target.path.removeprefix('/api')}"


def wrong_answers(doors: Doors, *, asks: Callable[[str, Target], bool]) -> Iterator[tuple[str, ...]]:
    """What lets in whom the table keeps out, or keeps out whom it lets in. asks: who is tried where."""
    for role in ROLES:
        for target in doors.targets:
            door = door_of(target)
            if door == "anybody" or not asks(role, target):
                continue
            status = doors.status(role, target)
            is_absent = status == 404 and ABSENT.search(target.path) is not None
            is_right = (status not in REFUSED or is_absent) if role in DOORS[door][0] else status in REFUSED
            if not is_right or status >= 500:
                yield door, role, target.method, target.path, str(status)


def give_things(installation: Installation) -> None:
    """One of each thing whose address is in THINGS: a rescore, a draft, code, a data file, an export."""
    ready(installation)
    begin_uploaded(Editor(installation))
    installation.client("student0").post(
        "/api/competitions/tiny/code", params={"file_name": "code.py"}, content=b"print(1)\n"
    ).raise_for_status()
    iris = browser(installation, "iris")
    fields = {"form_token": form_token(iris), "name": "notes.txt", "reason": "More to read."}
    iris.post("/competitions/tiny/data/files", data=fields, files={"file": ("notes.txt", b"x")})
    installation.client("iris").post("/api/courses/ml/exports", params={"kind": "moodle"}).raise_for_status()


def test_a_thing_that_is_there_opens_to_all_who_may_see_it_and_to_nobody_else(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_things(installation)
    doors = Doors(installation, monkeypatch)
    targets = [each for each in doors.targets if each.method == "GET" and THINGS.search(each.path)]

    statuses = {(role, each.path): doors.status(role, each) for each in targets for role in ROLES}

    wrong = {
        (role, each.path): statuses[role, each.path]
        for each in targets
        for role in ROLES
        if statuses[role, each.path] not in ((200,) if role in DOORS[door_of(each)][0] else REFUSED)
    }
    assert wrong == {}
    assert len(targets) >= 9


def test_every_route_stands_in_the_table_at_one_door(installation: Installation) -> None:
    targets = list(targets_in(installation.app.router))
    names = [name for each in targets for name in names_of(each)]

    assert {door_of(each) for each in targets} == set(DOORS)
    assert [pattern for pattern, _ in TABLE if not any(re.fullmatch(pattern, each) for each in names)] == []


def test_each_door_keeps_out_who_comes_nearest_and_each_act_is_open_to_the_least_who_may(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks(role: str, target: Target) -> bool:
        within, out = DOORS[door_of(target)]
        if target.method == "GET":
            return role in out[-1:]
        return role in (*out, next(each for each in ROLES if each in within))

    assert list(wrong_answers(Doors(installation, monkeypatch), asks=asks)) == []


@pytest.mark.long
def test_every_door_lets_in_every_role_that_it_should_and_no_other(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(wrong_answers(Doors(installation, monkeypatch), asks=lambda *_: True)) == []
