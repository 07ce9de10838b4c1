"""`./splitboard load` tells the truth: its client, its files, and what it finds in the database."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.campus import Campus
from benchmarks.load.floor import generator_alone
from benchmarks.load.people import UPLOADS, Files, Person, Tally
from benchmarks.load.truth import Truth, truth_of
from tests.support import tiny_homework
from tests.support.installation import Installation

ROWS = 400
ACCEPTED = b'HTTP/1.1 201 Created\r\nContent-Length: 9\r\nETag: "x"\r\n\r\n{"id": 7}'


def campus_in(folder: Path, url: str = "") -> Campus:
    """A campus of one student."""
    return Campus(url, folder, ROWS, ["ann"], {"ann": "sbp_x"}, {"ann": "y"})


async def served_to(person: Person, answers: list[bytes]) -> int:
    """The id of an upload whose requests are answered so; an empty answer is a connection that breaks."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]))
        writer.write(answers.pop(0))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    person.port = server.sockets[0].getsockname()[1]
    try:
        return await person.upload(b"id,label\n", key="k")
    finally:
        person.hang_up()
        server.close()


def test_no_two_files_are_alike_and_all_are_graded(installation: Installation) -> None:
    files = [Files(ROWS).number(number) for number in (0, 1, 2**29)]

    assert len({*files, tiny_homework.predictions(ROWS, accuracy=0.7, seed=1)}) == 4
    assert {installation.submit("student0", data).state.value for data in files} == {"scored"}


def test_an_upload_whose_server_dies_is_sent_again(tmp_path: Path) -> None:
    person = Person(campus_in(tmp_path), "ann", 0, Tally())

    submission_id = asyncio.run(served_to(person, [b"", b"HTTP/1.1 2", ACCEPTED]))

    assert submission_id == 7
    assert (len(person.tally.times["upload"]), person.tally.repeated) == (1, 2)
    assert person.tally.failures == {}


def test_a_refusal_is_a_failure(tmp_path: Path) -> None:
    person = Person(campus_in(tmp_path), "ann", 0, Tally())
    refusal = b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n"

    with pytest.raises(RuntimeError, match="429"):
        asyncio.run(served_to(person, [refusal]))

    assert person.tally.failures == {"upload: 429": 1}


def test_a_file_that_was_accepted_and_is_not_there_is_called_lost(installation: Installation) -> None:
    student = installation.client("student0")
    answers = [
        student.post(UPLOADS, content=Files(ROWS).number(number), headers={"Idempotency-Key": f"{number}"})
        for number in range(3)
    ]
    ids = [each.json()["id"] for each in answers]

    truth = truth_of(campus_in(installation.folder, installation.db.url), {*ids[:2], 10**6})

    assert truth == Truth(accepted=3, lost=1, unanswered=1)


def test_the_generator_is_measured_against_a_server_that_answers_at_once() -> None:
    generator = generator_alone(0.2)

    assert generator.rate > 0
    assert generator.microseconds > 0
