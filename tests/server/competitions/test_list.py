"""The list of competitions says of each what the competition itself says."""

import pytest

from tests.support.installation import Installation
from tests.support.tiny_homework import predictions


@pytest.mark.both
@pytest.mark.parametrize("name", ["student0", "tina"])
def test_the_list_tells_of_each_competition_what_it_tells_itself(
    installation: Installation, name: str
) -> None:
    """What is left today, too, of students read for all of them at once."""
    client = installation.client(name)
    sent = client.post("/api/competitions/tiny/submissions", content=predictions(400, accuracy=0.7, seed=1))
    assert sent.status_code == 201

    listed = client.get("/api/competitions").json()["competitions"]

    assert listed == [client.get(f"/api/competitions/{each['slug']}").json() for each in listed]
    assert [each["today"]["used"] for each in listed if each["slug"] == "tiny"] == [1]
