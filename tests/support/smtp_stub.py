"""A mail server of a few lines, in a thread of its own, that answers as a test wants."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

HANG_SECONDS = 30.0


@dataclass
class MailServer:
    """What the stub says to each command, and the mails it has taken: address and bytes.

    answers: by command, such as {"RCPT": "550 no such user"}; "hang" says nothing at all, "cut" hangs up.
    only_for: addresses to which the answer to RCPT is restricted; empty: everybody.
    """

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    only_for: tuple[str, ...] = ()
    most_a_connection: int = 1000
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    released: threading.Event = field(default_factory=threading.Event)  # ends every hanging

    @property
    def url(self) -> str:
        """Its address as SPLITBOARD_SMTP_URL has it."""
        return f"smtp://127.0.0.1:{self.port}"


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        stub: MailServer = self.server.stub  # type: ignore[attr-defined]
        stub.connections += 1
        count, address = 0, ""
        if not self._say(stub.answers.get("CONNECT", "220 stub")):
            return
        while line := self.rfile.readline().decode().strip():
            command = line[:4].upper()
            answer = stub.answers.get(command, "250 ok")
            if command == "RCPT":
                address = line[line.index("<") + 1 : line.index(">")]
                if stub.only_for and address not in stub.only_for:
                    answer = "250 ok"
            if command == "MAIL" and count >= stub.most_a_connection:
                answer = "421 enough for one connection"
            if command == "DATA" and answer.startswith("250"):
                self._say("354 go on")
                data = b"".join(iter(self.rfile.readline, b".\r\n"))
                answer = stub.answers.get("END", "250 taken")
                if answer.startswith("250"):
                    stub.taken.append((address, data))
                    count += 1
            if not self._say("221 bye" if command == "QUIT" else answer) or command == "QUIT":
                return

    def _say(self, answer: str) -> bool:
        if answer == "hang":
            stub: MailServer = self.server.stub  # type: ignore[attr-defined]
            stub.released.wait(HANG_SECONDS)
        if answer in ("hang", "cut"):
            return False
        self.wfile.write(answer.encode() + b"\r\n")
        return not answer.startswith("421")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False  # a conversation that hangs must not hold the test


@contextmanager
def mail_server(**settings: object) -> Iterator[MailServer]:
    """A running mail server."""
    stub = MailServer(**settings)  # type: ignore[arg-type]
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.stub = stub  # type: ignore[attr-defined]
        stub.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield stub
        stub.released.set()
        server.shutdown()
        thread.join()
