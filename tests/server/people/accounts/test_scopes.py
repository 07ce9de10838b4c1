"""Scopes of personal tokens: what one was made for, over every route of the API, and until when."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import select, update
from starlette.testclient import TestClient

from server.domain.people.accounts.scopes import DAYS, DAYS_MOST, TokenTerms
from server.domain.people.accounts.tokens import make_token
from server.http import deps
from server.http.scopes import all_of, scope_of
from server.models import ApiToken, BoardNames, Course, Scope, User
from tests.server.first_law.test_first_law import PARAMETERS
from tests.support import published
from tests.support.browser import browser, form_token
from tests.support.installation import LASTING, PASSWORD, Installation

TINY = "/api/competitions/tiny"


def client_with(installation: Installation, name: str, terms: TokenTerms) -> TestClient:
    """A program of somebody's, with a token on these terms."""
    new = installation.db.write(
        lambda session: make_token(
            session, user=installation.user(name), name="one", terms=terms, now=installation.clock()
        )
    )
    headers = {"Authorization": f"Bearer {new.secret}"}
    return TestClient(installation.app, headers=headers, raise_server_exceptions=False)


def routes(installation: Installation, submission: int = 1) -> Iterator[tuple[str, str, APIRoute]]:
    """Method, filled address and route of everything that a person's token may open."""
    for context in iter_route_contexts(installation.app.routes):
        route, path = context.original_route, context.path or ""
        if not isinstance(route, APIRoute) or not path.startswith("/api/"):
            continue
        for method in sorted(route.methods or ()):
            if deps.identity in {each.call for each in all_of(route.dependant)}:
                address = re.sub(r"\{(\w+)(:\w+)?\}", lambda match: PARAMETERS[match[1]], path)
                yield method, address.format(run=1, submission=submission), route


def is_of_workers(route: APIRoute) -> bool:
    operation = published.operation_of(min(route.methods or ()), f"/api{route.path}")
    return operation is not None and operation.description["security"] == [{"workerToken": []}]


@pytest.mark.parametrize("scope", Scope)
def test_a_token_of_one_scope_opens_the_routes_that_take_it_and_no_other(
    installation: Installation, scope: Scope
) -> None:
    program = client_with(installation, "root", TokenTerms(frozenset({scope})))
    wrong, asked_for = [], set()
    for method, address, route in routes(installation):
        if is_of_workers(route):
            continue
        needed = scope_of(route)
        answer = program.request(method, address)
        is_said = (
            method == "HEAD" or f"a token with the scope `{needed}`" in answer.text
        )  # a head has no text
        refused = answer.status_code == 403 and is_said
        asked_for.add(needed)
        if refused is not (needed is not scope):
            wrong.append((method, address, needed, answer.status_code, answer.text))

    assert wrong == []
    assert asked_for == set(Scope)


def test_what_a_student_may_not_read_takes_the_scope_of_staff(installation: Installation) -> None:
    """The scope follows from a route's dependencies or its mark: here from what it does."""
    installation.train("simple")
    submission = installation.submit_accuracy("student0", 0.6, seed=1).id
    student, admin = installation.client("student0"), installation.client("root")
    read = [
        (address, route)
        for method, address, route in routes(installation, submission)
        if method == "GET" and not is_of_workers(route)
    ]

    for_staff = {
        route.path
        for address, route in read
        if is_refused(student, address) and not is_refused(admin, address)
    }

    assert for_staff - {route.path for _, route in read if scope_of(route) is Scope.STAFF} == set()
    assert len(for_staff) > 15


def is_refused(program: TestClient, address: str) -> bool:
    """Whether it is not this person's to read; what waits for the reveal is."""
    answer = program.get(address)
    return answer.status_code in {403, 404} and answer.json()["error"]["code"] != "private_hidden"


def test_a_refusal_names_the_scope_for_programs_too(installation: Installation) -> None:
    program = client_with(installation, "student0", TokenTerms(frozenset({Scope.READ})))

    error = program.put("/api/me/mail", json={"wanted": True}).json()["error"]

    assert (error["code"], error["details"]) == ("scope_needed", {"scope": "submit", "scopes": ["read"]})


def test_the_description_names_the_scope_of_each_route(installation: Installation) -> None:
    for method, address, route in routes(installation):
        if address.startswith("/api/v1/") or is_of_workers(route):
            continue  # Kaggle's are described there
        operation = published.operation_of(method, f"/api{route.path}")
        assert operation is not None
        security = operation.description["security"]
        assert security == [{"personalToken": [scope_of(route)]}, {"session": []}], route.path


def test_a_worker_token_does_what_it_did(installation: Installation) -> None:
    assert installation.client("worker").post("/api/worker/claim", json={"worker": "w"}).status_code == 204


def test_a_board_from_the_cache_takes_the_scope_too(installation: Installation) -> None:
    address = f"{TINY}/leaderboard/public"
    reader = client_with(installation, "student0", TokenTerms(frozenset({Scope.READ})))
    sender = client_with(installation, "student0", TokenTerms(frozenset({Scope.SUBMIT})))

    statuses = [
        reader.get(address).status_code,
        reader.get(address).status_code,
        sender.get(address).status_code,
    ]

    assert statuses == [200, 200, 403]


def test_a_token_ends_at_its_last_instant_and_says_so(installation: Installation) -> None:
    ends_at = installation.clock() + timedelta(days=7)
    program = client_with(installation, "student0", TokenTerms(expires_at=ends_at))
    addresses = ["/api/me", f"{TINY}/leaderboard/public"]
    installation.clock.now = ends_at - timedelta(microseconds=1)
    before = [program.get(each).status_code for each in addresses]
    installation.clock.now = ends_at
    after = [program.get(each) for each in addresses]

    assert before == [200, 200]
    assert [each.status_code for each in after] == [401, 401]
    assert [each.json()["error"]["code"] for each in after] == ["token_over"] * 2
    assert "'one', ended on" in after[0].json()["error"]["message"]


def test_tokens_that_are_over_are_listed_and_make_room(installation: Installation) -> None:
    over = TokenTerms(expires_at=installation.clock() + timedelta(days=1))
    for _ in range(48):
        client_with(installation, "student0", over)
    body = {"username": "student0", "password": PASSWORD, "name": "laptop"}
    program = installation.client(None)

    program.post("/api/tokens", json=body).raise_for_status()
    full = program.post("/api/tokens", json=body)
    installation.clock.advance(timedelta(days=2))
    again = program.post("/api/tokens", json=body)

    assert (full.status_code, again.status_code) == (422, 201)
    assert len(installation.client("student0").get("/api/tokens").json()["tokens"]) == 51


def test_what_is_asked_for_is_what_the_token_has(installation: Installation) -> None:
    body = {"username": "tina", "password": PASSWORD, "name": "laptop"}
    program = installation.client(None)
    usual = program.post("/api/tokens", json=body).json()
    chosen = program.post("/api/tokens", json=body | {"scopes": ["submit", "read"], "days": 7}).json()
    refused = [
        program.post("/api/tokens", json=body | terms)
        for terms in ({"scopes": []}, {"scopes": ["root"]}, {"days": 0}, {"days": DAYS_MOST + 1})
    ]

    now = installation.clock()
    assert (usual["scopes"], usual["expires_at"]) == (list(Scope), stamp(now + timedelta(days=DAYS)))
    assert (chosen["scopes"], chosen["expires_at"]) == (["read", "submit"], stamp(now + timedelta(days=7)))
    assert [each.status_code for each in refused] == [422] * 4


def stamp(instant: object) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_a_page_takes_a_token_of_all_scopes_alone(installation: Installation) -> None:
    every = client_with(installation, "tina", LASTING)
    some = client_with(installation, "tina", TokenTerms(frozenset({Scope.READ, Scope.STAFF})))

    statuses = [each.get("/competitions/tiny/staff").status_code for each in (every, some)]

    assert statuses == [200, 403]


def test_the_page_offers_no_staff_scope_to_students_and_shows_what_a_token_may(
    installation: Installation,
) -> None:
    page = browser(installation, "student0")
    fields = {"form_token": form_token(page), "name": "colab", "password": PASSWORD}
    chosen = page.post("/account/tokens", data=fields | {"scopes": ["read", "submit"], "days": "7"})
    none = page.post("/account/tokens", data=fields)
    forged = page.get("/account", headers={"Cookie": "splitboard_new_token=sbp_x"})
    row = installation.db.read(
        lambda session: session.scalars(
            select(ApiToken).join(User, User.id == ApiToken.user_id).where(ApiToken.name == "colab")
        ).one()
    )

    assert 'value="staff"' not in chosen.text
    assert 'value="staff"' in browser(installation, "tina").get("/account").text
    assert "data-copy=" in chosen.text
    assert (none.status_code, "Choose at least one" in none.text) == (422, True)
    assert (row.can_read, row.can_submit, row.can_act_as_staff) == (True, True, False)
    assert row.expires_at == installation.clock() + timedelta(days=7)
    assert "sbp_x" not in forged.text


def test_a_token_of_staff_that_reads_shows_what_a_student_may_see(installation: Installation) -> None:
    """Not by the board from the cache either, which a token of all scopes has filled."""
    number = installation.submit_accuracy("student0", 0.6, seed=1).id
    private, submission = f"{TINY}/leaderboard/private", f"/api/submissions/{number}"
    rpc = "/api/v1/competitions.CompetitionApiService/GetSubmission"
    everything = client_with(installation, "tina", TokenTerms())
    reader = client_with(installation, "tina", TokenTerms(frozenset({Scope.READ, Scope.SUBMIT})))
    installation.db.write(
        lambda session: session.execute(update(Course).values(board_names=BoardNames.PSEUDONYMS))
    )
    public = f"{TINY}/leaderboard/public"

    statuses = [everything.get(each).status_code for each in (private, submission, public)]
    refused = [reader.get(private), reader.get(submission), reader.get(f"{submission}/receipt")]
    names = [program.get(public).json()["rows"][0]["team"] for program in (everything, reader)]

    assert statuses == [200, 200, 200]
    assert [answer.json()["error"]["code"] for answer in refused] == ["scope_needed"] * 3
    assert reader.post(rpc, json={"ref": number}).status_code == 403
    assert names[0] == "Student0" != names[1]
    installation.clock.now = installation.competition().reveal_at
    assert reader.get(private).status_code == 200
