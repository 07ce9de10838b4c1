"""Scores and columns of a platform's gradebook: what is asked of its Assignment and Grade Services.

Source: 1EdTech Assignment and Grade Services 2.0; what Canvas and Moodle answer: `docs/lti.md`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx2

from server.clock import iso
from server.domain.lti.contexts import LinkedContext
from server.domain.lti.outbox import ClaimedScore, ScoreOutcome
from server.models import Competition, LtiPlatform
from server.services.lti.asking import PlatformServices
from server.services.lti.platforms import ITEM_SCOPE, RESULT_SCOPE, SCORE_SCOPE
from server.services.sign_on.fetching import FetchedAnswer, NoAnswer

ITEM = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
NO_ATTEMPT = {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}
THROTTLED = (403, 429)  # Canvas says the first in its older pages
GONE, OLDER, MALFORMED, NOT_THIS_ONE = (404, 410), 409, 400, 422
AWAY, PAUSE_MOST = timedelta(minutes=1), timedelta(hours=1)
NEAR = 1e-6  # of two points that are the same
EXCERPT = 160  # characters of an answer that staff read


@dataclass(frozen=True)
class ScoreReport:
    """What became of a try. pause: how long the platform takes nothing at all; gone: the column is."""

    outcome: ScoreOutcome
    error: str = ""
    pause: timedelta | None = None
    gone: bool = False


def message_of(score: ClaimedScore) -> dict[str, Any]:
    """A score as a platform reads it: final, without a new attempt in Canvas, of the instant it changed."""
    return {
        "userId": score.subject,
        "scoreGiven": score.points,
        "scoreMaximum": score.most,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": iso(score.changed_at),
        **NO_ATTEMPT,
    }


async def item_for(
    services: PlatformServices, linked: LinkedContext, competition: Competition, most: float
) -> str:
    """The address of the competition's column, which is made where there is none. Raises NoAnswer."""
    resource = f"splitboard-{competition.slug}"
    address = _with_query(linked.context.items_url, {"resource_id": resource})
    answer = await services.ask(linked.platform, "GET", address, scope=ITEM_SCOPE, headers={"Accept": ITEMS})
    known = answer.json() if answer.status == 200 else None
    if not isinstance(known, list):
        raise NoAnswer(f"its columns answered {answer.status}")
    own = [each for each in known if isinstance(each, dict) and each.get("resourceId") == resource]
    if not own:
        column = {"label": str(competition.title), "scoreMaximum": most, "resourceId": resource}
        answer = await services.ask(
            linked.platform,
            "POST",
            linked.context.items_url,
            scope=ITEM_SCOPE,
            headers={"Accept": ITEM, "Content-Type": ITEM},
            content=json.dumps(column).encode(),
        )
        value = answer.json() if answer.status in (200, 201) else None
        own = [value] if isinstance(value, dict) else []
    item = own[0].get("id") if own else None
    if not isinstance(item, str):
        raise NoAnswer(f"a new column answered {answer.status}")
    return item


async def send_score(
    services: PlatformServices,
    platform: LtiPlatform,
    score: ClaimedScore,
    *,
    item: str,
    looks_first: bool,
    client: httpx2.AsyncClient,
) -> ScoreReport:
    """Send one score, once. looks_first: whether it may be there and can be looked up. Raises NoAnswer."""
    if looks_first and await _is_there(services, platform, score, item=item, client=client):
        return ScoreReport(ScoreOutcome.SENT)
    answer = await services.ask(
        platform,
        "POST",
        _below(item, "scores"),
        scope=SCORE_SCOPE,
        headers={"Content-Type": SCORE},
        client=client,
        content=json.dumps(message_of(score)).encode(),
    )
    return report_of(answer)


def report_of(answer: FetchedAnswer) -> ScoreReport:
    """What a platform's answer to a score means."""
    text = answer.body.decode("utf-8", "replace")[:EXCERPT]
    error = f"{answer.status} {text}"
    if 200 <= answer.status < 300:
        return ScoreReport(ScoreOutcome.SENT)
    if answer.status in THROTTLED or answer.status >= 500:
        return ScoreReport(ScoreOutcome.DELAYED, error, pause=_pause(answer))
    if answer.status == OLDER or (answer.status == MALFORMED and "timestamp" in text.lower()):
        return ScoreReport(ScoreOutcome.NEWER)
    return ScoreReport(ScoreOutcome.REFUSED, error, gone=answer.status in GONE)


def _pause(answer: FetchedAnswer) -> timedelta:
    """For how long the platform wants to be left alone; a minute where it does not say."""
    seconds = answer.headers.get("retry-after", "")
    if not (seconds.isascii() and seconds.isdecimal()):
        return AWAY
    return min(timedelta(seconds=max(1, int(seconds[:9]))), PAUSE_MOST)


async def _is_there(
    services: PlatformServices,
    platform: LtiPlatform,
    score: ClaimedScore,
    *,
    item: str,
    client: httpx2.AsyncClient,
) -> bool:
    address = _with_query(_below(item, "results"), {"user_id": score.subject})
    answer = await services.ask(
        platform, "GET", address, scope=RESULT_SCOPE, headers={"Accept": RESULTS}, client=client
    )
    results = answer.json() if answer.status == 200 else None
    return isinstance(results, list) and any(_is_result_of(each, score) for each in results)


def _is_result_of(value: Any, score: ClaimedScore) -> bool:
    if not isinstance(value, dict) or value.get("userId") != score.subject:
        return False
    points, most = value.get("resultScore"), value.get("resultMaximum") or score.most
    if not isinstance(points, int | float) or not isinstance(most, int | float):
        return False
    return abs(points / most - score.points / score.most) < NEAR


def _below(item: str, part: str) -> str:
    """An address below a column's, which may have a query."""
    parts = urlsplit(item)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{part}"))


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
