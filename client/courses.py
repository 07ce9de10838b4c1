"""Which course is meant where none is named."""

from client.api.client import Api
from client.api.errors import Misuse
from grader.messages import COMMA, Message, joined


def only_course(api: Api) -> str:
    """The only course that one is a student of; raises Misuse with their slugs where there are others."""
    slugs = sorted({each.slug for each in api.me().courses if each.role == "student"})
    if len(slugs) == 1:
        return slugs[0]
    listed = joined(*slugs, between=COMMA) if slugs else Message("none")
    raise Misuse(Message("Say which course: {listed}.", listed=listed))
