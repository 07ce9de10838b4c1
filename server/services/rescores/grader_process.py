"""Grades stored files at the lowest priority: `grader_process ANSWER_KEY_ID`, the rescore worker's child.

A line on its input asks for a file by its hash, a line on its output says what that came to; first of all, a
line says whether the answer key can be graded by. It never writes to the database: however long it is kept
from the processor, nobody waits for a lock that it holds. It ends when its input does: with its parent.
"""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from typing import IO, Any

from grader.errors import BadSpec, InvalidAnswerKey, InvalidSubmission, Problem
from grader.grade import Grade
from grader.messages import packed, restored
from server import logs
from server.database.database import Database
from server.domain.files.file_store import FileStore
from server.domain.grading.grading_key import GradingKey
from server.domain.grading.outcome import Failed, Outcome, PublicGrade
from server.domain.rescores import verdicts as rescore_verdicts
from server.services.grading.answer_keys import AnswerKeys
from server.services.grading.grade import outcome_of_file
from server.settings import get_settings

LOWEST = 19
Line = dict[str, Any]


def to_line(outcome: Outcome) -> Line:
    """An outcome as JSON values; floats come back to the last bit."""
    match outcome:
        case Grade():
            return {"grade": {name: getattr(outcome, name) for name in Grade.__dataclass_fields__}}
        case PublicGrade():
            return {"public_grade": {"public": outcome.public, "reason": packed(outcome.reason)}}
        case InvalidSubmission():
            return {"problems": [packed(asdict(problem)) for problem in outcome.problems]}
        case Failed():
            return {"failed": packed(outcome.reason)}


def from_line(line: Line) -> Outcome:
    """The outcome that `to_line` wrote."""
    if "grade" in line:
        return Grade(**line["grade"])
    if "public_grade" in line:
        return PublicGrade(**restored(line["public_grade"]))
    if "failed" in line:
        return Failed(restored(line["failed"]))
    return InvalidSubmission(
        tuple(
            replace(Problem(**each), lines=tuple(each["lines"]), examples=tuple(each["examples"]))
            for each in restored(line["problems"])
        )
    )


def main(arguments: list[str]) -> None:
    """Answer until the input ends."""
    os.nice(LOWEST)
    settings = get_settings()
    logs.configure(settings.log_level)
    logs.begin(answer_key=int(arguments[0]))
    db = Database(settings.url)
    try:
        answer_key_id = int(arguments[0])
        key = db.read(lambda session: rescore_verdicts.key_of_version(session, answer_key_id))
    finally:
        db.close()
    store = FileStore(settings.files_dir)
    keys = AnswerKeys(store, unconfined_metrics=settings.unconfined_metrics)
    try:
        _serve(store, key, keys, sys.stdin, sys.stdout)
    finally:
        keys.close()


def _serve(store: FileStore, key: GradingKey, keys: AnswerKeys, requests: IO[str], answers: IO[str]) -> None:
    try:
        keys.get(key)
    except (BadSpec, InvalidAnswerKey, OSError) as error:
        _say(answers, {"error": f"{type(error).__name__}: {error}"})
        return
    with suppress(BrokenPipeError):  # the rescore worker has ended in the middle of a file
        _say(answers, {"ready": True})
        for line in requests:
            _say(answers, to_line(outcome_of_file(store, line.strip(), key=key, keys=keys)))


def _say(answers: IO[str], line: Line) -> None:
    answers.write(json.dumps(line) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
