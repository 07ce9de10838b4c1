"""The rescore worker's end of its grading process (grader_process.py): hashes in, outcomes out, in order."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from grader.messages import Message
from grader.processes.children import end_group, own_environment, start
from server.domain.grading.outcome import Failed, Outcome
from server.services.rescores.grader_process import Line, from_line

WINDOW = 128  # files asked for ahead of their answers: the process is never idle, and no pipe is ever full
MOST_DEATHS = 2  # of the grading process by one file, before that is our fault


class KeyUnusable(Exception):
    """The version cannot be graded by: its file is gone, or is refused."""


class GraderDied(Exception):
    """The grading process ended in the middle of a file."""


@dataclass
class GraderClient:
    """One version's grading process, started at need and again when a file has ended it."""

    answer_key_id: int
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    deaths: dict[str, int] = field(default_factory=dict)

    def grade(self, hashes: Sequence[str]) -> Iterator[Outcome]:
        """The outcome of each file; one that has ended the process twice has failed by our fault.

        Raises KeyUnusable.
        """
        done = 0
        while done < len(hashes):
            try:
                for outcome in self._answers(hashes[done:]):
                    done += 1
                    yield outcome
            except GraderDied:
                suspect = hashes[done]
                self.deaths[suspect] = self.deaths.get(suspect, 0) + 1
                if self.deaths[suspect] >= MOST_DEATHS:
                    done += 1
                    yield Failed(
                        Message(
                            "The grading process ended {count} times while it read this file.",
                            count=MOST_DEATHS,
                        )
                    )

    def close(self) -> None:
        """End the process."""
        if self.process is None:
            return
        end_group(self.process)
        self.process.wait()
        for pipe in (self.process.stdout, self.process.stdin):
            with suppress(BrokenPipeError):  # by what was still to be sent
                _opened(pipe).close()
        self.process = None

    def _answers(self, hashes: Sequence[str]) -> Iterator[Outcome]:
        if self.process is None:
            self._start()
        self._ask(hashes[:WINDOW])
        for number in range(len(hashes)):
            answer = self._read()
            self._ask(hashes[number + WINDOW : number + WINDOW + 1])
            yield from_line(answer)

    def _start(self) -> None:
        self.process = start(
            "server.services.rescores.grader_process",
            [str(self.answer_key_id)],
            environment=own_environment(self.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        answer = self._read()
        if "error" in answer:
            self.close()
            raise KeyUnusable(answer["error"])

    def _ask(self, hashes: Sequence[str]) -> None:
        assert self.process is not None
        asking = _opened(self.process.stdin)
        try:
            asking.writelines(f"{sha256}\n".encode() for sha256 in hashes)
            asking.flush()
        except BrokenPipeError as error:
            self.close()
            raise GraderDied from error

    def _read(self) -> Line:
        assert self.process is not None
        line = _opened(self.process.stdout).readline()
        if not line.endswith(b"\n"):
            self.close()
            raise GraderDied
        answer: Line = json.loads(line)
        return answer


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "both pipes are asked for where the process is started"
    return pipe
