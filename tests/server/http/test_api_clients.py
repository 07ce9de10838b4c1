"""The example of docs/api-clients.md, run as its reader would run it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server.domain.people.accounts.scopes import TokenTerms
from server.domain.people.accounts.tokens import make_token
from server.models import Scope
from server.settings import PROJECT
from tests.support.installation import Installation
from tests.support.served import served
from tests.support.tiny_homework import predictions
from tests.test_documents import indented_blocks

PAGE = (PROJECT / "docs" / "api-clients.md").read_text(encoding="utf-8")


def token_of(installation: Installation, *scopes: Scope) -> str:
    terms = TokenTerms(frozenset(scopes))
    user, now = installation.user("student0"), installation.clock()
    return installation.db.write(
        lambda session: make_token(session, user=user, name="example", terms=terms, now=now).secret
    )


def run(program: Path, *arguments: str, url: str, token: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SPLITBOARD_URL": url, "SPLITBOARD_TOKEN": token}
    return subprocess.run(
        [sys.executable, str(program), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The page's example as a file."""
    (code,) = [code for _, code in indented_blocks(PAGE) if code.startswith("import ")]
    path = tmp_path / "client.py"
    path.write_text(code)
    return path


def test_the_example_sends_a_file_and_says_what_is_left(installation: Installation, program: Path) -> None:
    file = program.with_name("pred.csv")
    file.write_bytes(predictions(400, accuracy=0.7, seed=1))
    with served(installation) as url:
        both = token_of(installation, Scope.READ, Scope.SUBMIT)
        sent = run(program, "tiny", str(file), url=url, token=both)
        again = run(program, "tiny", str(file), url=url, token=both)
        refused = run(program, "tiny", str(file), url=url, token=token_of(installation, Scope.READ))

    assert (sent.returncode, sent.stderr) == (0, "")
    state, score, rank = sent.stdout.split()[:3]
    assert (state, rank) == ("scored", "1")
    assert 0 < float(score) < 1
    assert re.search(r'"daily-submissions";r=4;t=\d+', sent.stdout)
    assert again.stdout == sent.stdout.replace(sent.stdout.split(";t=")[1], again.stdout.split(";t=")[1])
    assert refused.returncode == 1
    assert "`submit`" in refused.stderr


def test_the_codes_that_the_page_names_are_those_of_the_api() -> None:
    listed = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")

    codes = set(re.findall(r"\d{3} `([a-z_]+)`", PAGE))

    assert codes >= {"not_signed_in", "token_over", "scope_needed"}
    assert {code for code in codes if f"`{code}`" not in listed} == set()
