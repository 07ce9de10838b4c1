"""Pseudonyms: a name of two words and a number that a team bears on a kind board, drawn by chance.

It is drawn anew in each competition, so that it tells neither who is behind it, nor in which order teams
came, nor which two teams of two competitions are the same people.
"""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import Team

QUALITIES = (
    *("Agile", "Amber", "Azure", "Bold", "Brisk", "Calm", "Candid", "Clever", "Coral", "Crisp", "Deft"),
    *("Eager", "Fabled", "Frosty", "Gentle", "Golden", "Hardy", "Hazel", "Honest", "Indigo", "Ivory"),
    *("Jolly", "Keen", "Lilac", "Lively", "Lucid", "Lunar", "Maple", "Mellow", "Merry", "Misty", "Nimble"),
    *("Noble", "Olive", "Patient", "Pearl", "Placid", "Quiet", "Rapid", "Ruby", "Sage", "Silver", "Sunny"),
    *("Swift", "Tidy", "Velvet", "Warm", "Witty"),
)
ANIMALS = (
    *(
        "Alpaca",
        "Badger",
        "Beaver",
        "Bison",
        "Bobcat",
        "Camel",
        "Civet",
        "Condor",
        "Coyote",
        "Crane",
        "Curlew",
    ),
    *("Dingo", "Dolphin", "Eagle", "Egret", "Falcon", "Ferret", "Finch", "Fox", "Gecko", "Gibbon", "Hare"),
    *("Hedgehog", "Heron", "Ibex", "Ibis", "Jackal", "Jaguar", "Kestrel", "Kiwi", "Koala", "Lemur", "Lynx"),
    *("Macaw", "Magpie", "Marmot", "Marten", "Mole", "Moose", "Narwhal", "Newt", "Ocelot", "Okapi"),
    *(
        "Otter",
        "Owl",
        "Panda",
        "Pangolin",
        "Pelican",
        "Penguin",
        "Puffin",
        "Puma",
        "Quail",
        "Rabbit",
        "Raven",
    ),
    *("Robin", "Salmon", "Seal", "Sparrow", "Stork", "Swan", "Tapir", "Turtle", "Vole", "Walrus", "Wombat"),
    *("Curlew", "Oriole", "Raven"),
)
NUMBERS = range(1000, 10_000)


def draw(session: Session, *, competition_id: int) -> str:
    """A pseudonym that no team of the competition bears."""
    while True:
        pseudonym = f"{secrets.choice(QUALITIES)} {secrets.choice(ANIMALS)} {secrets.choice(NUMBERS)}"
        bearer = select(Team.id).where(Team.competition_id == competition_id, Team.pseudonym == pseudonym)
        if session.scalar(bearer) is None:
            return pseudonym
