"""A competition is found by the name that stands in its address, and by no other."""

import pytest

from server.domain.competitions.named import competition_named
from server.domain.errors import NotFound
from tests.support.installation import Installation


@pytest.mark.both
def test_a_competition_is_found_by_its_slug_alone(installation: Installation) -> None:
    row = installation.db.read(lambda session: competition_named(session, "tiny"))

    assert row.id == installation.competition().id
    with pytest.raises(NotFound, match="Tiny"):
        installation.db.read(lambda session: competition_named(session, "Tiny"))
