"""A share of the requests that are drawn from the description of the API (schema_proof.py)."""

import pytest

from tests.server.http.schema_proof import operations, prove
from tests.support.installation import Installation

SHORT, LONG = (100, 20260101, 4), (2_000, 20260102, 1)


@pytest.mark.parametrize(("cases", "seed", "every"), [SHORT, pytest.param(*LONG, marks=pytest.mark.long)])
def test_no_request_of_the_description_is_answered_otherwise_than_it_promises(
    installation: Installation, cases: int, seed: int, every: int
) -> None:
    installation.train("simple")
    installation.submit_accuracy("student0", 0.6, seed=1)

    proof = prove(installation, cases=cases, number=seed, every=every)

    assert proof.faults == {}
    assert proof.requests >= cases
    assert {200, 201, 403, 404, 422} <= set(proof.statuses)


def test_nearly_all_operations_are_drawn() -> None:
    assert len(operations()) > 100
