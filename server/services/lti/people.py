"""The people of a platform's course, as its Names and Role Provisioning Service lists them, page by page."""

import asyncio
import re
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from server.domain.lti.contexts import LinkedContext
from server.domain.lti.people import PlatformPerson, PlatformRefuses, person_of
from server.logs import logger_of
from server.services.lti.asking import PlatformServices
from server.services.lti.platforms import MEMBERS_SCOPE
from server.services.sign_on.fetching import FetchedAnswer, NoAnswer, RefusedByProvider

PAGE = 50  # people; Canvas gives no more at once
PAGES_MOST = 500
CONTAINER = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
THROTTLED = (403, 429)  # Canvas says the first in its older pages
PAUSES = (0.5, 2.0, 5.0)  # seconds before a page that was held back is asked for again
NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)
log = logger_of(__name__)


async def people_of(services: PlatformServices, linked: LinkedContext) -> list[PlatformPerson]:
    """Everybody who is in the platform's course now. Raises PlatformRefuses."""
    label = linked.platform.label
    try:
        return await _people(services, linked)
    except (NoAnswer, RefusedByProvider) as error:
        log.warning("a platform did not list its people", label=label, reason=str(error))
        raise PlatformRefuses(label, str(error)) from None


async def _people(services: PlatformServices, linked: LinkedContext) -> list[PlatformPerson]:
    first = linked.context.members_url
    joint = "&" if "?" in first else "?"
    address = first if "limit=" in first else f"{first}{joint}{urlencode({'limit': PAGE})}"
    people: dict[str, PlatformPerson] = {}
    visited: set[str] = set()
    while address and address not in visited and len(visited) < PAGES_MOST:
        visited.add(address)
        answer = await _page(services, linked, address)
        for value in _members(answer):
            person = person_of(value)
            if person is not None:
                people[person.subject] = person
        address = _next(answer, address)
    return list(people.values())


async def _page(services: PlatformServices, linked: LinkedContext, address: str) -> FetchedAnswer:
    for pause in (*PAUSES, None):
        answer = await services.ask(
            linked.platform, "GET", address, scope=MEMBERS_SCOPE, headers={"Accept": CONTAINER}
        )
        if answer.status not in THROTTLED or pause is None:
            break
        await asyncio.sleep(pause)
    if answer.status != 200:
        raise NoAnswer(f"its list of people answered {answer.status}")
    return answer


def _members(answer: FetchedAnswer) -> list[Any]:
    value = answer.json()
    members = value.get("members") if isinstance(value, dict) else None
    if not isinstance(members, list):
        raise NoAnswer("its list of people is none")
    return members


def _next(answer: FetchedAnswer, address: str) -> str:
    """The address of the next page, "" after the last. Raises NoAnswer where it is another site's."""
    match = NEXT.search(answer.headers.get("link", ""))
    if match is None:
        return ""
    following = urljoin(address, str(match[1]))
    here, there = urlsplit(address), urlsplit(following)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise NoAnswer("its list of people goes on at another site")
    return following
