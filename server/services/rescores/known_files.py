"""The known files, graded again at each change: the sample submission and each tier's latest predictions.

Their scores under a version are kept; a file that comes to another score now tells that the grader, a library
or the store has changed, and then the boards are not switched.
"""

from grader.grade import Grade
from server.domain.errors import Conflict
from server.domain.grading import record as grading
from server.domain.grading.record import KeyOf, Outcome
from server.domain.rescores import verdicts as regrading
from server.domain.rescores.known_files import KnownFile, KnownFileCheck, known_files
from server.services.uploads.context import Judge


def checks(judge: Judge, *, before_id: int, after_id: int) -> list[KnownFileCheck]:
    """Each known file under the two versions, graded again. Slow where a key is not in memory yet."""
    found = []
    for old, new in zip(_known(judge, before_id), _known(judge, after_id), strict=True):
        pairs = ((old, before_id), (new, after_id))
        same = all(_is_same(judge, known, version_id) for known, version_id in pairs)
        found.append(KnownFileCheck(old.name, old.kept, new.kept, same))
    return found


def require_same_again(judge: Judge, version_id: int) -> None:
    """Raise Conflict when a known file comes to another score under the version than the kept one."""
    other = [known.name for known in _known(judge, version_id) if not _is_same(judge, known, version_id)]
    if other:
        raise Conflict(
            f"Graded again, {', '.join(other)} came to another score than the one that is kept, so nothing "
            "was changed. The grader, a library or the metric has changed since: ask for a new rescore."
        )


def _known(judge: Judge, version_id: int) -> list[KnownFile]:
    return judge.db.read(lambda session: known_files(session, version_id), private=True)


def _is_same(judge: Judge, known: KnownFile, version_id: int) -> bool:
    """Whether grading the file now gives the kept scores; true where none are kept to compare with."""
    key = judge.db.read(lambda session: regrading.key_of_version(session, version_id))
    return known.kept is None or known.kept == _scores(
        key, grading.grade_file(judge.store, known.sha256, key=key, keys=judge.keys)
    )


def _scores(key: KeyOf, outcome: Outcome) -> tuple[float, float] | None:
    return (outcome.public, outcome.private) if isinstance(outcome, Grade) else None
