"""A team's pages after a rescore: what a public score was, and nothing of private ones."""

import random
from datetime import timedelta

from server.domain.grading.answer_keys import KeyChange
from tests.support import tiny_homework
from tests.support.browser import TINY, browser, words
from tests.support.installation import Installation
from tests.support.rescored import REASON, apply, other_truth, ready, score_under, undo

MINE = f"{TINY}/submissions"


def sent(installation: Installation) -> tuple[bytes, str]:
    """A file of student0, and the address of its page."""
    data = tiny_homework.predictions(400, accuracy=0.72, seed=1)
    return data, f"/submissions/{installation.submit('student0', data).id}"


def page(installation: Installation, address: str) -> str:
    answer = browser(installation, "student0").get(address)
    assert answer.status_code == 200
    return words(answer.text).replace(" :", ":")


def private_key() -> bytes:
    """The answer key with other labels in private rows alone."""
    source, lines = random.Random(3), ["id,label,Usage"]
    pairs = zip(tiny_homework.truth(400), tiny_homework.usage(400), strict=True)
    for number, (label, usage) in enumerate(pairs):
        is_other = usage == "Private" and number < 100
        written = source.choice(tiny_homework.CLASSES.replace(label, "")) if is_other else label
        lines.append(f"{number},{written},{usage}")
    return ("\n".join(lines) + "\n").encode()


def test_a_public_score_that_a_rescore_moved_says_what_it_was_and_why(installation: Installation) -> None:
    data, address = sent(installation)
    rescore = ready(installation)
    waiting = page(installation, MINE)
    installation.clock.advance(timedelta(minutes=1))
    apply(installation, rescore.id)

    mine, one = page(installation, MINE), page(installation, address)

    before, after = (tiny_homework.score_of(data, "Public"), score_under(data, other_truth(), "Public"))
    assert before != after
    assert f"was {before:.4f}" not in waiting
    assert f"{after:.4f} was {before:.4f}" in mine
    assert f"Rescored on Wed 13 Mar 2030, 12:01 (Asia/Taipei): {REASON} 1 public score in the table" in mine
    assert f"public score {before:.4f} → {after:.4f}" in one
    undo(installation, rescore.id)
    assert f"was {before:.4f}" not in page(installation, MINE)


def test_a_rescore_that_moves_private_scores_alone_leaves_no_trace(installation: Installation) -> None:
    _, address = sent(installation)
    installation.clock.advance(timedelta(minutes=1))
    before = [page(installation, each) for each in (MINE, address)]

    apply(installation, ready(installation, KeyChange(key=private_key())).id)

    assert [page(installation, each) for each in (MINE, address)] == before


def test_files_of_one_minute_are_told_apart_and_their_names_lead_to_them(installation: Installation) -> None:
    _, address = sent(installation)

    mine = browser(installation, "student0").get(MINE).text

    assert '>13 Mar, 12:00:00</time><span class="only-small file">' in mine
    assert mine.count(f'<a href="{address}">') == 2
    assert f'<a href="{address}"><bdi>pred.csv</bdi></a>' in mine
