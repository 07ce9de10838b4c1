"""The background workers that this server process has started: one process for each thing that is due.

Each ends when its work is done, or when this process does, however that ends (grader/processes.py).
"""

import subprocess
import threading

from grader.processes.children import end_group
from server.processes.environment import environment_of
from server.processes.supervisor import Program, start_program
from server.settings import Settings


class WorkerStarter:
    """Starts a worker for what is due, and remembers it until it has ended.

    module: what it runs, with the number of what is due as its one argument. name: what to call it.
    """

    def __init__(self, settings: Settings, *, module: str, name: str) -> None:
        self._settings = settings
        self._module, self._name = module, name
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()  # a last sweep may still run while the server ends
        self._closed = False

    def tend(self, due: list[int]) -> None:
        """Start a worker for each of these that none of ours works on."""
        with self._lock:
            if not self._closed:
                self._tend(due)

    def _tend(self, due: list[int]) -> None:
        for number, child in list(self._children.items()):
            if child.poll() is not None:
                end_group(child)  # whatever it has left behind
                del self._children[number]
        for number in due:
            if number not in self._children:
                self._children[number] = start_program(self._program(number))

    def close(self) -> None:
        """End them all; another server, or the next start, goes on where they stood."""
        with self._lock:
            self._closed = True
            for child in self._children.values():
                end_group(child)
                child.wait()
            self._children.clear()

    def _program(self, number: int) -> Program:
        return Program(
            name=f"{self._name} {number}",
            module=self._module,
            arguments=(str(number),),
            environment=environment_of(self._settings),
        )
