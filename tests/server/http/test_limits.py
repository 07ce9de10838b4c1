"""What is left of a limit, in the head of an answer."""

import re

from server.domain.people.accounts.tries import OF_ACCOUNT_THERE
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

UPLOADS = "/api/competitions/tiny/submissions"
LEFT = re.compile(r'"([a-z-]+)";r=(\d+);t=(\d+)')


def test_an_upload_says_how_many_are_left_today_until_none_is(installation: Installation) -> None:
    program = installation.client("student0")
    limit = installation.competition().daily_limit

    answers = [
        program.post(UPLOADS, content=predictions(400, accuracy=0.6, seed=seed)) for seed in range(limit + 1)
    ]

    heads = [LEFT.fullmatch(each.headers["ratelimit"]) for each in answers]
    assert [head and (head[1], int(head[2])) for head in heads] == [
        ("daily-submissions", left) for left in [*reversed(range(limit)), 0]
    ]
    policies = {each.headers["ratelimit-policy"] for each in answers}
    assert policies == {f'"daily-submissions";q={limit};w=86400'}
    assert answers[-1].status_code == 429
    assert heads[-1] is not None
    assert answers[-1].headers["retry-after"] == heads[-1][3]


def test_a_repeated_file_costs_nothing_and_says_so(installation: Installation) -> None:
    program, data = installation.client("student0"), predictions(400, accuracy=0.6, seed=1)

    first, again = (program.post(UPLOADS, content=data) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["ratelimit"] == again.headers["ratelimit"]


def test_a_limit_without_a_known_quota_says_when_to_try_again(installation: Installation) -> None:
    body = {"username": "student0", "password": "a wild guess", "name": "laptop"}
    answers = [
        installation.client(None).post("/api/tokens", json=body) for _ in range(OF_ACCOUNT_THERE.at_once + 1)
    ]

    refused = answers[-1]
    head = LEFT.fullmatch(refused.headers["ratelimit"])
    assert refused.status_code == 429
    assert head is not None
    assert (head[1], head[2], head[3]) == ("tries", "0", refused.headers["retry-after"])
    assert "ratelimit-policy" not in refused.headers
    assert "ratelimit" not in answers[0].headers


def test_whoever_invites_too_often_is_told_when_to_go_on(installation: Installation) -> None:
    program = installation.client("student0")
    address = "/api/competitions/tiny/team/invitations"
    statuses = []
    for _ in range(60):
        answer = program.post(address, json={"student": "nobody-here"})
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break

    assert statuses[-1] == 429
    assert int(answer.headers["retry-after"]) > 0
    assert LEFT.fullmatch(answer.headers["ratelimit"]) is not None
