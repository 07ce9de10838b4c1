"""What can go wrong between this machine and the server; cli.py gives each kind an exit code.

ClientError
  ApiError            the server answered and refused; its words are kept as they came
  Unreachable         no answer: wrong address, no network, a connection cut, a timeout
  SentOn              the server lives at another address, which it names
  UnexpectedAnswer    an answer that is not the documented one: another service, or another version
  DamagedDownload     the bytes that came are not the bytes the server announced
  NotSignedIn         there is no token on this machine to ask with
  InvalidFile         the offline check found problems; nothing was sent
  NotProven           a receipt, a commitment or an answer key does not fit what was signed or promised
  Misuse              what was asked for makes no sense: a wrong id, a column that does not exist
"""

from collections.abc import Mapping

from client.api.decode import Json
from client.api.types.competitions import ReportedProblem
from grader.messages import Message, counted, joined


class ClientError(Exception):
    """Base of everything this package raises on purpose.

    sentence: for people, in all languages where it is ours; `str()` is the English one.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ApiError(ClientError):
    """The server refused: `status` and `code` for programs, `message` for people, `details` the facts."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, Json]) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


class Unreachable(ClientError):
    """No answer came from the server. way: a sentence about the proxy in between, where there is one."""

    def __init__(self, url: str, reason: str, *, way: str = "") -> None:
        silence = Message("No answer from {url}: {reason}.", url=url, reason=reason)
        super().__init__(joined(silence, way, Message("Check the address and the connection.")))
        self.url = url
        self.reason = reason


class SentOn(ClientError):
    """The server sends us on. Nobody is followed: a POST would arrive as a GET, and the token elsewhere.

    server: the address in the target, where it is one of the same machine; None for any other.
    """

    def __init__(self, url: str, target: str, server: str | None) -> None:
        remedy = (
            Message("Is this the course's server? A network that asks you to sign in first sends on, too.")
            if server is None
            else Message("Use its new address: `splitboard login --url {server}`.", server=server)
        )
        refusal = Message(
            "{url} sends us on to {target}, and nothing was sent there.", url=url, target=target
        )
        super().__init__(joined(refusal, remedy))
        self.target = target


class UnexpectedAnswer(ClientError):
    """Something answered, but not what docs/api.md promises."""

    def __init__(self, where: str, received: str) -> None:
        super().__init__(
            Message(
                "{where} answered something this client does not understand ({received}). "
                "Is this the address of a Splitboard server, and is the client as new as the server?",
                where=where,
                received=received,
            )
        )
        self.where = where
        self.received = received


class DamagedDownload(ClientError):
    """The file that arrived differs from the one the server announced; nothing was kept."""

    def __init__(self, name: str, *, expected: str, received: str) -> None:
        super().__init__(
            Message(
                "{name} was damaged on its way: expected {expected}, found {received}. Try again.",
                name=name,
                expected=expected,
                received=received,
            )
        )
        self.name = name
        self.expected = expected
        self.received = received


class NotSignedIn(ClientError):
    """A command needs a token and this machine has none for that server."""

    def __init__(self, reason: str = Message("You are not signed in.")) -> None:
        remedy = Message("Run `splitboard login` first, or set SPLITBOARD_URL and SPLITBOARD_TOKEN.")
        super().__init__(joined(reason, remedy))


class InvalidFile(ClientError):
    """The offline check found problems in a file."""

    def __init__(self, name: str, problems: tuple[ReportedProblem, ...]) -> None:
        super().__init__(
            counted(
                "{name} is not a valid submission: one kind of problem. Nothing was sent.",
                "{name} is not a valid submission: {count} kinds of problems. Nothing was sent.",
                len(problems),
                name=name,
            )
        )
        self.name = name
        self.problems = problems


class NotProven(ClientError):
    """What was to be verified does not hold; the text says what fits what, and what does not."""


class Misuse(ClientError):
    """The arguments of a command contradict each other or what the server knows."""
