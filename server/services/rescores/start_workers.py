"""The rescore workers that this server process has started: one process for each rescore that is due.

Each ends when its work is done, or when this process does, however that ends (grader/processes.py).
"""

import subprocess
import threading

from grader.processes import end_group
from server.processes.environment import environment_of
from server.processes.supervisor import Program, start_program
from server.settings import Settings


class RescoreStarter:
    """Starts a rescore worker for what is due, and remembers it until it has ended."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()  # a last sweep may still run while the server ends
        self._closed = False

    def tend(self, due: list[int]) -> None:
        """Start a rescore worker for each of these rescores that none of ours works on."""
        with self._lock:
            if not self._closed:
                self._tend(due)

    def _tend(self, due: list[int]) -> None:
        for rescore_id, child in list(self._children.items()):
            if child.poll() is not None:
                end_group(child)  # whatever it has left behind
                del self._children[rescore_id]
        for rescore_id in due:
            if rescore_id not in self._children:
                self._children[rescore_id] = start_program(self._program(rescore_id))

    def close(self) -> None:
        """End them all; another server, or the next start, goes on where they stood."""
        with self._lock:
            self._closed = True
            for child in self._children.values():
                end_group(child)
                child.wait()
            self._children.clear()

    def _program(self, rescore_id: int) -> Program:
        return Program(
            name=f"the rescore worker of {rescore_id}",
            module="server.services.rescores.worker",
            arguments=(str(rescore_id),),
            environment=environment_of(self._settings),
        )
