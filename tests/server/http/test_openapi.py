"""The description of the API: kept in the repository, whole, and of one mind with docs/api.md."""

import re

import pytest
from fastapi.routing import iter_route_contexts

from server.api import openapi
from server.api.kaggle.dialects import KaggleRoute
from server.settings import PROJECT
from tests.support import published
from tests.support.installation import Installation
from tests.support.published import DOCUMENT, REWRITE, Operation

ROUTE = re.compile(r"`(GET|POST|PUT|DELETE) (/api/[^\s`?]*)")
STATUS = re.compile(r"\b(20[0-4]|4\d\d)\b")


def template(path: str) -> str:
    """A path without the names of its parameters, which differ between a page and a program."""
    return re.sub(r"\{\w+(:\w+)?\}", "{}", path)


def api_rows() -> list[tuple[tuple[str, str], str]]:
    """The rows of docs/api.md's tables that are about one route: the route, and the words beside the code."""
    lines = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8").splitlines()
    rows = [(ROUTE.findall(line), line) for line in lines if line.startswith("| `")]
    return [
        ((routes[0][0], template(routes[0][1])), re.sub(r"`[^`]*`", "", line))
        for routes, line in rows
        if len(routes) == 1
    ]


def by_route() -> dict[tuple[str, str], Operation]:
    """The published operations by method and path."""
    return {(each.method, template(each.path)): each for each in published.operations()}


def test_the_repository_holds_the_description_of_these_routes() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == openapi.text(), f"the API has changed; run {REWRITE}"


def test_every_route_of_the_api_is_described(installation: Installation) -> None:
    served = {
        (method, template(route.path))
        for route in iter_route_contexts(installation.app.routes)
        for method in (route.methods or ())
        if (route.path or "").startswith("/api/") and not isinstance(route.original_route, KaggleRoute)
    }

    assert served == set(by_route())


def test_every_operation_has_a_summary_a_tag_and_a_name_of_its_own() -> None:
    operations = published.operations()

    assert [
        each.path for each in operations if not each.description["summary"] or not each.description["tags"]
    ] == []
    assert len({each.name for each in operations}) == len(operations)


def test_every_answer_has_a_shape_but_files_and_nothing() -> None:
    shapeless = {
        each.name
        for each in published.operations()
        for status, answer in each.description["responses"].items()
        if status.startswith("2") and not answer.get("content", {}).get("application/json", {}).get("schema")
    }

    assert shapeless == {
        "audit_export_of_competition",
        "audit_export_of_installation",
        "boards_export_board",
        "code_as_one_zip",
        "code_file",
        "competitions_download",
        "submissions_file",
        "grades_download",
        "grades_export_grades",
        "openapi_show",
        "people_revoke_token",
        "rescores_answer_key",
        "rescores_preview_csv",
        "worker_claim",
        "worker_download",
    }


def test_every_refusal_has_the_one_shape() -> None:
    responses = published.document()["components"]["responses"]

    shapes = {answer["content"]["application/json"]["schema"]["$ref"] for answer in responses.values()}

    assert shapes == {"#/components/schemas/RefusalJson"}


def test_every_plain_field_and_every_refusal_has_an_example_that_is_one() -> None:
    document = published.document()
    fields = {
        (shape, name): field
        for shape, schema in document["components"]["schemas"].items()
        for name, field in schema.get("properties", {}).items()
    }

    assert {each for each, field in fields.items() if "examples" not in field and is_plain(field)} == set()
    for status, answer in document["components"]["responses"].items():
        example = answer["content"]["application/json"]["example"]
        published.check_of("#/components/schemas/RefusalJson")(example)
        assert example["error"]["message"].endswith("."), status


def is_plain(field: dict[str, object]) -> bool:
    """Whether a field is a text, a number, a truth or one of some values, and not built of others."""
    return field.get("type") in {"string", "integer", "number", "boolean"} or "enum" in field


def test_every_read_of_json_says_that_it_is_unchanged(installation: Installation) -> None:
    json_reads = {
        each.name
        for each in published.operations()
        if each.method == "GET"
        and "application/json" in each.description["responses"]["200"].get("content", {})
    }
    unchanged = {each.name for each in published.operations() if "304" in each.description["responses"]}

    assert json_reads - {"openapi_show"} <= unchanged


def test_no_two_shapes_share_a_name() -> None:
    assert [name for name in published.document()["components"]["schemas"] if "__" in name] == []


def test_the_page_names_each_route_that_there_is_and_no_other() -> None:
    text = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")

    named = {(method, template(path)) for method, path in ROUTE.findall(text)}

    assert {_answer(route) for route in named} == set(by_route())


def _answer(route: tuple[str, str]) -> tuple[str, str]:
    """The page writes out the three answers to an invitation, which are one route."""
    method, path = route
    return method, re.sub(r"(?<=invitations/\{\}/)\w+$", "{}", path)


def test_the_page_names_the_statuses_that_are_published() -> None:
    rows, operations = api_rows(), by_route()

    for route, words in rows:
        statuses = set(operations[_answer(route)].description["responses"])
        named = set(STATUS.findall(words))
        successes = {status for status in statuses if status.startswith("2")}
        assert named <= statuses, f"{route} does not answer {named - statuses}"
        assert successes == ({status for status in named if status.startswith("2")} or {"200"}), route
    assert len(rows) > 50


@pytest.mark.parametrize(("username", "status"), [(None, 401), ("student0", 200), ("worker", 403)])
def test_whoever_is_signed_in_may_read_the_description(
    installation: Installation, username: str | None, status: int
) -> None:
    answer = installation.client(username).get("/api/openapi.json")

    assert answer.status_code == status
    assert (answer.text == openapi.text()) == (status == 200)


def test_an_answer_that_is_not_as_published_is_found() -> None:
    check = published.check_of("#/components/schemas/OwnRowJson")

    nobody: dict[str, object] = {"row": None, "ahead": [], "next_tier": None}
    check(nobody)
    for wrong in ({}, nobody | {"row": 3}, nobody | {"score_all": 0.5}):
        with pytest.raises(published.JsonSchemaException):
            check(wrong)
