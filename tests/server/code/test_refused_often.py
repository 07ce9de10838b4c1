"""Files that are refused as code are read so many times an hour; what was taken never counts."""

import pytest

from server.domain.people.accounts import tries
from tests.server.code.files import PYTHON
from tests.server.code.test_code import hand_in, rows, send_form
from tests.support.browser import words
from tests.support.installation import Installation

pytestmark = pytest.mark.both
LIMIT = tries.OF_CODE_FILES


def test_after_many_refusals_the_next_file_waits_and_another_persons_does_not(
    installation: Installation,
) -> None:
    refused = [hand_in(installation, "student0", b"", "x.zip").status_code for _ in range(LIMIT.at_once)]
    held = hand_in(installation, "student0", PYTHON)
    page = send_form(installation, "student0", PYTHON, "code.py")
    other = hand_in(installation, "student1", PYTHON)
    installation.clock.advance(LIMIT.every)
    later = hand_in(installation, "student0", PYTHON)

    assert refused == [422] * LIMIT.at_once
    assert (held.status_code, held.json()["error"]["code"]) == (429, "too_many_invalid")
    assert 0 < held.json()["error"]["details"]["resets_in_seconds"] <= LIMIT.every.total_seconds()
    assert page.status_code == 429
    assert "were refused as code within an hour" in words(page.text)
    assert (other.status_code, later.status_code) == (201, 201)


def test_code_that_is_taken_does_not_count(installation: Installation) -> None:
    statuses = {hand_in(installation, "student0", PYTHON).status_code for _ in range(LIMIT.at_once + 2)}

    assert statuses == {200, 201}
    assert rows(installation) == 1
