"""How sure the difference of two submissions is: their files read again, in their sender's turn.

What two files say of each other under one answer key never changes, so the latest answers are kept.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from grader.compare import SplitComparison, file_pair
from grader.errors import InvalidSubmission
from server.domain.grading import grading_key
from server.domain.grading.grading_key import GradingKey
from server.domain.submissions.comparison import Split, SubmissionPair
from server.logs import carried, logger_of
from server.services.grading.context import GradingContext
from server.services.grading.queue import Sender

COMPARISONS_MOST = 256  # that a process keeps
log = logger_of(__name__)

Comparison: TypeAlias = Mapping[Split, SplitComparison]  # a split that nothing is known of is left out
_Name: TypeAlias = tuple[str, str, int, bool]


@dataclass
class Comparisons:
    """The comparisons that this process has made last; whoever asks for one has been seen to be allowed."""

    context: GradingContext
    _latest: OrderedDict[_Name, Comparison] = field(default_factory=OrderedDict)

    async def of(self, pair: SubmissionPair) -> Comparison:
        """What the rows of each split that the viewer may see say of the two."""
        competition = pair.access.competition
        key = await self.context.db.aread(lambda session: grading_key.current_key(session, competition))
        if key.metric_sha256 is not None:
            return {}  # only the homework's own metric knows what its rows are worth
        if key.answer_key_id != competition.answer_key_id:
            return {}  # a rescore has just been applied: the scores are still those of the key before
        name = (pair.first.sha256, pair.second.sha256, key.answer_key_id, pair.private is not None)
        if name not in self._latest:
            sender = Sender(pair.access.course.id, f"user {pair.access.user_id}")
            work = partial(carried(_compared), self.context, pair, key)
            self._latest[name] = await asyncio.wrap_future(self.context.graders.submit(sender, work))
        comparison = self._latest[name]
        self._latest.move_to_end(name)
        while len(self._latest) > COMPARISONS_MOST:
            self._latest.popitem(last=False)
        return comparison


def _compared(context: GradingContext, pair: SubmissionPair, key: GradingKey) -> Comparison:
    try:
        first, second = (context.store.read(row.sha256) for row in (pair.first, pair.second))
        files = file_pair(first, second, context.keys.get(key))
    except (InvalidSubmission, FileNotFoundError) as error:
        log.error("two files cannot be compared", first=pair.first.id, second=pair.second.id, why=str(error))
        return {}
    if files is None:
        return {}
    comparison: dict[Split, SplitComparison] = {"public": files.public} if pair.tells_rows else {}
    if pair.private is not None:
        comparison["private"] = files.private
    return comparison
