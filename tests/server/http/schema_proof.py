"""Requests that are drawn from the description of the API: each answer is one that it promises, and no fault.

`python -m tests.server.http.schema_proof --cases 20000 --seed 7` draws so many, over all operations;
tests/server/http/test_schema_proof.py a share of them. Source: schemathesis, which draws what a schema takes,
and its edges.
"""

import argparse
import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case
from starlette.testclient import TestClient

from tests.server.first_law.test_first_law import PARAMETERS
from tests.support import published
from tests.support.installation import Installation, installed
from tests.support.published import API, DOCUMENT, NotAsPublished

PEOPLE = ("root", "iris", "student0", "worker")  # who asks, in turn
ENDING = re.compile(r"/(archive|erasure)$|/tokens/\{token_id\}$")  # they end what the others need
LIKELY = 7  # of ten requests are about what is there
Operation = APIOperation[Any, Any, Any, Any]


@dataclass
class Proof:
    """How many requests were sent, and what was wrong with which answers, once for each kind of fault."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)


def operations() -> list[Operation]:
    """Every operation of the description, but those that end what the others need."""
    schema = schemathesis.openapi.from_path(str(DOCUMENT))
    described = [each.ok() for each in schema.get_all_operations()]
    return [each for each in described if not ENDING.search(each.path)]


def prove(installation: Installation, *, cases: int, number: int, every: int = 1) -> Proof:
    """Send about so many requests, drawn by the seed `number`, and hold each answer to the description.

    every: of so many operations one is taken.
    """
    proof, programs = Proof(), {name: program(installation, name) for name in PEOPLE}
    described = operations()[number % every :: every]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("server.api.integrity.start_comparison", lambda *_: None)  # a process for each request
        for operation in described:
            _prove_one(operation, programs, proof, cases=-(-cases // len(described)), number=number)
    return proof


def program(installation: Installation, name: str) -> TestClient:
    """A program of somebody's that is answered whatever happens."""
    return TestClient(
        installation.app,
        headers={"Authorization": f"Bearer {installation.tokens[name]}"},
        raise_server_exceptions=False,
        follow_redirects=False,
    )


def _prove_one(
    operation: Operation, programs: dict[str, TestClient], proof: Proof, *, cases: int, number: int
) -> None:
    @seed(number)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(), st.sampled_from(PEOPLE), st.integers(1, 10))
    def ask(case: Case, name: str, chance: int) -> None:
        if chance <= LIKELY:
            _aim(case)
        request = case.as_transport_kwargs(base_url=f"http://testserver{API}")
        request["headers"].pop("Authorization", None)
        request.pop("cookies", None)
        if isinstance(request.get("data"), bytes | str):
            request["content"] = request.pop("data")
        answer = programs[name].request(**request)
        proof.requests += 1
        proof.statuses[answer.status_code] += 1
        for fault in _faults(answer):
            sent = f"{name}: {request['method']} {request['url']} {str(request)[:400]}"
            proof.faults.setdefault(fault, sent)

    ask()


def _aim(case: Case) -> None:
    """Let the places of an address name what is there."""
    for name in case.path_parameters:
        if name in PARAMETERS:
            case.path_parameters[name] = PARAMETERS[name].format(run=1, submission=1)


def _faults(answer: Any) -> Iterator[str]:
    if answer.status_code >= 500:
        yield f"{answer.request.method} {answer.request.url.path[:80]} is answered {answer.status_code}"
    try:
        published.hold(answer)
    except NotAsPublished as fault:
        yield str(fault)[:300]


def main() -> None:
    """Draw, count, and tell of every fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    begun = time.monotonic()
    logging.disable()
    with TemporaryDirectory() as folder, installed("sqlite", Path(folder)) as installation:
        installation.train("simple")
        installation.submit_accuracy("student0", 0.6, seed=1)
        proof = prove(installation, cases=arguments.cases, number=arguments.seed)
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"{proof.requests} requests in {seconds:.0f} s, {dict(sorted(proof.statuses.items()))}\n"
    )
    for fault, sent in proof.faults.items():
        sys.stdout.write(f"FAULT {fault}\n  {sent}\n")
    sys.stdout.write(f"{len(proof.faults)} faults\n")
    sys.exit(1 if proof.faults else 0)


if __name__ == "__main__":
    main()
