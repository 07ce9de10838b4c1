"""Previews of rescores, each made once and kept until something that it shows may have changed.

Making one takes seconds in a large course, and a page of it is asked for again with every turn of the pager.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy.orm import Session

from server.domain.rescores import rescore as rescores
from server.domain.rescores.preview_state import PreviewState, preview_state
from server.services.grading.context import GradingContext
from server.services.rescores.acts import CheckedPreview, checked_preview

PREVIEWS_MOST = 4  # that a process keeps; staff look at one at a time


@dataclass
class PreviewCache:
    """The newest previews that this process has made; whoever asks for one has been seen to be staff."""

    context: GradingContext
    _previews: dict[int, tuple[PreviewState, CheckedPreview]] = field(default_factory=dict)
    _locks: defaultdict[int, Lock] = field(default_factory=lambda: defaultdict(Lock))

    def checked_preview(self, *, competition_id: int, rescore_id: int) -> CheckedPreview:
        """The preview, from memory while nothing has changed, else slowly made anew. Raises Conflict."""
        with self._locks[rescore_id]:  # one request makes it while the others wait for it
            state = self.context.db.read(lambda session: _state_of(session, competition_id, rescore_id))
            stored_state, preview = self._previews.get(rescore_id, (None, None))
            if preview is None or stored_state != state:
                preview = checked_preview(self.context, competition_id=competition_id, rescore_id=rescore_id)
                self._store(rescore_id, state, preview)
            return preview

    def _store(self, rescore_id: int, state: PreviewState, preview: CheckedPreview) -> None:
        self._previews.pop(rescore_id, None)
        self._previews[rescore_id] = (state, preview)  # as of before it was made: never newer than it says
        while len(self._previews) > PREVIEWS_MOST:
            self._previews.pop(next(iter(self._previews)), None)


def _state_of(session: Session, competition_id: int, rescore_id: int) -> PreviewState:
    rescore = rescores.get(session, competition_id=competition_id, rescore_id=rescore_id)
    return preview_state(session, rescore)
