"""A comparison of all teams' files, from reading them to the report, in a process of its own.

The server starts it at the lowest priority, so that no upload waits for it. Every file is read once: its
sketch is kept, and the next comparison reads what is new.
"""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from grader.errors import InvalidSubmission
from grader.processes.children import end_group
from grader.similarity.compare import AlikePair, Comparison, compare
from grader.similarity.error_cells import Answers
from grader.similarity.examples import Examples
from grader.similarity.pair_facts import PairCounter
from grader.similarity.sketches import Sketch, Sketcher
from server.clock import iso
from server.database.database import Database
from server.domain.competitions import access as competitions
from server.domain.files.file_store import FileStore
from server.domain.grading import grading_key
from server.domain.grading.grading_key import GradingKey
from server.domain.integrity import look_alikes
from server.domain.integrity.look_alikes import Probing, SharedFile, UploadedFile
from server.domain.integrity.report_files import IntegrityFiles
from server.models import Competition
from server.processes.environment import environment_of
from server.processes.supervisor import Program, start_program
from server.services.grading.answer_keys import AnswerKeys
from server.settings import Settings

PAIRS_MOST = 100  # told of, one for each two teams
LOOKED_AT = 1_000  # pairs of files among which they are found, since a team has several
SAMPLE_LIMIT = 64_000_000  # bytes of a public file that may be a sample submission
Json = dict[str, Any]


@dataclass(frozen=True)
class _Work:
    """What there is to compare, as the database says it at one instant."""

    key: GradingKey
    uploads: list[UploadedFile]
    baselines: list[str]
    handed_out: list[str]


def start_comparison(settings: Settings, slug: str) -> None:
    """Start `splitboard look-alikes SLUG` as a process that ends with this one; nobody waits for it."""
    threads = str(max(1, (os.cpu_count() or 1) // 2))
    program = Program(
        name="a comparison",
        module="client",
        arguments=("look-alikes", slug),
        environment=environment_of(settings) | {"OPENBLAS_NUM_THREADS": threads},
        niceness=19,
    )
    process = start_program(program)

    def reap() -> None:
        process.wait()
        end_group(process)  # its guard, which waits for us

    threading.Thread(target=reap, name="comparison", daemon=True).start()


def run(
    db: Database,
    store: FileStore,
    *,
    competition: Competition,
    now: datetime,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Json:
    """Compare a competition's files and keep the report; the report. tell: files read, of how many.

    Raises Conflict while another process does the same.
    """
    files = IntegrityFiles(store.root)
    with files.alone(competition.id, now=now):
        began = time.monotonic()
        work = db.read(lambda session: _work(session, competition))
        keys = AnswerKeys(store)
        try:
            sketcher = Sketcher(keys.get(work.key))
        finally:
            keys.close()
        reader = _Reader(store, files, sketcher, work.key.answer_key_id)
        report = _report(reader, work, tell) | {
            "made_at": iso(now),
            "seconds": round(time.monotonic() - began, 1),
            "answer_key_id": work.key.answer_key_id,
        }
        files.keep_report(competition.id, report)
        return report


def _work(session: Session, competition: Competition) -> _Work:
    return _Work(
        grading_key.current_key(session, competition),
        look_alikes.uploads_of(session, competition),
        look_alikes.baseline_files(session, competition),
        [
            each.sha256
            for each in competitions.files_of(session, competition.id)
            if "sample" in each.name and each.size <= SAMPLE_LIMIT
        ],
    )


@dataclass
class _Reader:
    """Sketches of stored files, from their kept ones where there are."""

    store: FileStore
    files: IntegrityFiles
    sketcher: Sketcher
    answer_key_id: int

    def sketch(self, sha256: str) -> Sketch | None:
        """The sketch of a file; None when it is gone or no valid submission (any more)."""
        stored = self.files.sketch(self.answer_key_id, sha256)
        if stored is not None and len(stored.values) == len(self.sketcher.truth):
            return stored
        try:
            new_sketch = self.sketcher.sketch(self.store.read(sha256))
        except (FileNotFoundError, InvalidSubmission):
            return None
        self.files.keep_sketch(self.answer_key_id, sha256, new_sketch)
        return new_sketch


def _report(reader: _Reader, work: _Work, tell: Callable[[int, int], None]) -> Json:
    known = [
        sketch for sketch in map(reader.sketch, [*work.baselines, *work.handed_out]) if sketch is not None
    ]
    read = _Read({each.submission_id for each in look_alikes.chosen(work.uploads)})
    read.trivial |= {sketch.digest for sketch in known}
    by_team: dict[int, list[UploadedFile]] = defaultdict(list)
    for each in work.uploads:
        by_team[each.team_id].append(each)
    for uploads in by_team.values():
        read.team(uploads, reader)
        tell(len(read.digests), len(work.uploads))
    sketcher, compared = (
        reader.sketcher,
        [each for each in work.uploads if each.submission_id in read.vectors],
    )
    answers = _answers(sketcher, [read.vectors[each.submission_id] for each in compared], compared, known)
    digests = [read.digests.get(each.submission_id) for each in work.uploads]
    shared = look_alikes.shared(work.uploads, digests, known=read.trivial)
    return {
        "is_labels": sketcher.is_labels,
        "rows": sketcher.key.rows,
        "sampled_rows": len(sketcher.rows),
        "teams": len({each.team_id for each in compared}),
        "files_compared": len(compared),
        "files_read": len(read.digests),
        "baselines": len(known),
        **_of_pairs(answers, compared, sketcher),
        "probing": [_json(each) for each in sorted(read.probing, key=lambda probing: -probing.edits)],
        "shared": [_shared(each) for each in shared[:PAIRS_MOST]],
    }


@dataclass
class _Read:
    """What is kept of all files while they are read, team by team.

    chosen: the submissions to compare; trivial: digests of what two teams may well have said by themselves.
    """

    chosen: set[int]
    digests: dict[int, str] = field(default_factory=dict)
    vectors: dict[int, NDArray[np.generic]] = field(default_factory=dict)
    trivial: set[str] = field(default_factory=set)
    probing: list[Probing] = field(default_factory=list)

    def team(self, uploads: list[UploadedFile], reader: _Reader) -> None:
        """Read one team's uploads, which are in order of receipt."""
        sketches = {each.sha256: reader.sketch(each.sha256) for each in uploads}
        read = [(each, sketch) for each in uploads if (sketch := sketches[each.sha256]) is not None]
        for each, sketch in read:
            self.digests[each.submission_id] = sketch.digest
            if each.submission_id in self.chosen:
                self.vectors[each.submission_id] = sketch.values
            if _is_constant(sketch.values, reader.sketcher.columns):
                self.trivial.add(sketch.digest)
        self.probing += _probing(read)


def _is_constant(values: NDArray[np.generic], columns: int) -> bool:
    """Whether a file says the same on every row: two such files are alike for no reason."""
    table = values.reshape(-1, columns)
    return bool((table == table[0]).all())


def _probing(read: Sequence[tuple[UploadedFile, Sketch]]) -> list[Probing]:
    if len(read) <= look_alikes.EDITS_LEAST:
        return []
    vectors = np.stack([sketch.values for _, sketch in read])
    probing = look_alikes.probing([each for each, _ in read], [sketch.digest for _, sketch in read], vectors)
    return [] if probing is None else [probing]


def _answers(
    sketcher: Sketcher,
    vectors: list[NDArray[np.generic]],
    compared: list[UploadedFile],
    known: list[Sketch],
) -> Answers:
    teams = np.array([each.team_id for each in compared], dtype=np.int64)
    every = [sketcher.truth, *vectors, *(sketch.values for sketch in known)]
    uploaded, count, columns = slice(1, 1 + len(vectors)), 1 + len(vectors), sketcher.columns
    if not sketcher.is_labels:
        table = np.array(every, dtype=np.float32)
        return Answers.numbers(
            table[uploaded], truth=table[0], teams=teams, baselines=table[count:], columns=columns
        )
    codes = np.array(every, dtype=np.int32)
    if not sketcher.is_coded:
        codes = np.unique(codes, return_inverse=True)[1].reshape(codes.shape).astype(np.int32)
    return Answers.labels(
        codes[uploaded], truth=codes[0], teams=teams, baselines=codes[count:], columns=columns
    )


def _of_pairs(answers: Answers, compared: list[UploadedFile], sketcher: Sketcher) -> Json:
    result = compare(answers, most=LOOKED_AT)
    pairs = _one_for_two_teams(result, compared)
    counter, examples = PairCounter(answers), Examples(sketcher, answers)
    return {
        "pairs_compared": result.compared,
        "groups": result.groups,
        "explained": [compared[each].submission_id for each in result.explained],
        "pairs": [
            _json(pair)
            | _facts(counter, pair)
            | {
                "one": _json(compared[pair.one]),
                "other": _json(compared[pair.other]),
                "examples": examples.of(pair.one, pair.other),
            }
            for pair in pairs
        ],
    }


def _facts(counter: PairCounter, pair: AlikePair) -> Json:
    facts = asdict(counter.facts(pair.one, pair.other))
    return facts | {"expected_shared": facts.pop("expected")}  # `expected` is how many pairs are


def _one_for_two_teams(result: Comparison, compared: list[UploadedFile]) -> list[AlikePair]:
    """The most alike two files of each two teams, the most alike teams first."""
    pairs: dict[tuple[int, ...], AlikePair] = {}
    for pair in result.pairs:
        both = tuple(sorted((compared[pair.one].team_id, compared[pair.other].team_id)))
        pairs.setdefault(both, pair)
    return list(pairs.values())[:PAIRS_MOST]


def _shared(file: SharedFile) -> Json:
    return _json(file) | {"uploads": [_json(each) for each in file.uploads]}


def _json(value: UploadedFile | Probing | SharedFile | AlikePair) -> Json:
    fields = asdict(value)
    return {name: iso(each) if isinstance(each, datetime) else each for name, each in fields.items()}
