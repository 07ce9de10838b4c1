"""The card of a submission: facts for a program, a table in a notebook, text elsewhere, nothing private."""

import dataclasses

import pytest

import client
from client.notebook.card import SubmissionCard
from tests.client import answers
from tests.client.notebook.conftest import DOOR
from tests.client.stub_server import Answer, StubServer

FILE = b"id,label\na1,1\na2,0\n"


def card(food: StubServer, **changes: object) -> SubmissionCard:
    food.prepare("POST", DOOR, Answer(201, answers.receipt(**changes)))
    return client.submit("food", FILE)


def test_a_card_has_the_facts_of_the_receipt(food: StubServer) -> None:
    shown, receipt = card(food), answers.receipt()

    assert (shown.score, shown.rank, shown.tiers) == (
        receipt["public_score"],
        receipt["rank"],
        tuple(receipt["tiers_passed"]),
    )
    assert shown.left_today == receipt["today"]["left"]
    assert shown.url == f"{food.url}/submissions/{receipt['id']}"


@pytest.mark.parametrize(
    ("language", "score", "left"), [("en", "Public score", "Left today"), ("zh_TW", "公開分數", "今日剩餘")]
)
def test_a_card_speaks_the_language_of_its_reader(
    food: StubServer, monkeypatch: pytest.MonkeyPatch, language: str, score: str, left: str
) -> None:
    monkeypatch.setenv("SPLITBOARD_LANGUAGE", language)
    shown = card(food)

    for text in (str(shown), shown._repr_html_()):
        assert score in text
        assert left in text
        assert shown.url in text


def test_what_others_write_is_no_markup(food: StubServer) -> None:
    food.prepare(
        "GET", "/api/competitions/food", Answer(body=answers.competition(title="<script>x</script>"))
    )

    assert "<script>" not in card(food)._repr_html_()


def test_a_file_that_was_sent_before_and_one_that_waits_say_so(food: StubServer) -> None:
    repeated = card(food, repeated=True)
    waiting = dataclasses.replace(repeated, state="received", score=None)

    assert "sent this very file before" in str(repeated)
    assert "still being scored" in waiting._repr_html_()


def test_no_private_score_has_a_place_on_a_card(food: StubServer) -> None:
    shown = card(food, private_score=0.123456, private_rank=7)

    everything = str(dataclasses.asdict(shown)) + str(shown) + shown._repr_html_()
    assert "0.123456" not in everything
    assert "private" not in {field.name for field in dataclasses.fields(shown)}
