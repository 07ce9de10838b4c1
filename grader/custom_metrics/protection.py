"""What keeps a custom metric from the server it runs beside, in words for whoever operates it."""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.messages import COMMA, Message, Text, joined


@dataclass(frozen=True, slots=True)
class Protection:
    """What the sandbox found when it tried, in a process confined as a metric is, to do what none may.

    namespaces, seccomp: set up. landlock: its version, 0 for none. threads: metrics may start some. root: the
    sandbox runs as root. The others: the deed was refused.
    """

    namespaces: bool
    landlock: int
    seccomp: bool
    threads: bool
    root: bool
    no_network: bool
    no_local_sockets: bool
    no_files: bool
    no_processes: bool
    no_signals: bool

    @classmethod
    def of(cls, facts: Mapping[str, int]) -> "Protection":
        """From what the child says of itself."""
        return cls(
            landlock=facts["landlock"],
            **{name: bool(facts[name]) for name in cls.__slots__ if name != "landlock"},
        )

    @property
    def complete(self) -> bool:
        """Whether everything that a metric must not do is refused here."""
        return not list(self.weaknesses())

    def weaknesses(self) -> Iterator[Text]:
        """What a metric could do here that it should not, a sentence each."""
        for is_refused, sentence in (
            (
                self.no_network,
                Message("A custom metric is not fully confined on this machine: it can reach the network."),
            ),
            (
                self.no_local_sockets,
                Message(
                    "A custom metric is not fully confined on this machine: it can talk to local services "
                    "through their sockets."
                ),
            ),
            (
                self.no_files,
                Message(
                    "A custom metric is not fully confined on this machine: it can read every file that the "
                    "server can read, answer keys included."
                ),
            ),
            (
                self.no_processes,
                Message(
                    "A custom metric is not fully confined on this machine: it can start processes that "
                    "outlive it."
                ),
            ),
            (
                self.no_signals,
                Message(
                    "A custom metric is not fully confined on this machine: it can end other processes of "
                    "the same user."
                ),
            ),
        ):
            if not is_refused:
                yield sentence

    def lines(self) -> list[Text]:
        """The whole report, for a status page or a doctor: the verdict first, then what does it."""
        walls = [
            f"Landlock {self.landlock}" if self.landlock else "",
            "seccomp" if self.seccomp else "",
            "namespaces" if self.namespaces else "",
            Message("limits of memory, time and descriptors"),
        ]
        verdict = list(self.weaknesses()) or [
            Message("Custom metrics are confined: no network, no files but the libraries', no other process.")
        ]
        notes = [
            Message(
                "Held by {walls} ({system}).",
                walls=joined(*walls, between=COMMA),
                system=f"{platform.system()} {platform.release()}",
            )
        ]
        if self.root:
            notes.append(Message("The sandbox runs as root; give the server a user of its own."))
        if not self.threads:
            notes.append(Message("Metrics may start no threads here, since the kernel would not count them."))
        return [*verdict, *notes]
