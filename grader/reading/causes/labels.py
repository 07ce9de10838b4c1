"""Why a label is refused, seen from how it is written."""

import re

from grader.messages import Message, Text
from grader.reading.causes.numbers import FIND_NAN

WHOLE_FLOAT = re.compile(r"(-?[0-9]{1,15})\.0*")
PADDED = re.compile(r"(-?)0+([0-9]+)")
TRUTH = {"true": "1", "false": "0"}


def spelling_hint(name: str, labels: list[str]) -> Text:
    """What to do about labels that are not written as whole numbers. labels: the first few of them.

    >>> spelling_hint("y", ["cat", "True"])
    "'True' is not the label '1': write df['y'].astype(int)."
    """
    if all(label.strip().lower() == "nan" for label in labels):
        return FIND_NAN.filled(name=name)
    for label in labels:
        meant = whole_number_of(label)
        if meant is not None:
            return Message(
                "'{written}' is not the label '{meant}': write df['{name}'].astype(int).",
                written=label[:60],
                meant=meant,
                name=name,
            )
    return Message(
        "Labels are compared as text, exactly: write the numbers of the classes, as in the training data."
    )


def whole_number_of(label: str) -> str | None:
    """The whole number that is written in another way here; None where it is none.

    >>> whole_number_of("7.0"), whole_number_of(" 07"), whole_number_of("cat")
    ('7', '7', None)
    """
    text = label.strip().strip("'\"[]")
    text = TRUTH.get(text.lower(), text)
    if whole := WHOLE_FLOAT.fullmatch(text):
        text = whole.group(1)
    if padded := PADDED.fullmatch(text):
        text = padded.group(1) + padded.group(2)
    return text if text != label and re.fullmatch(r"0|-?[1-9][0-9]*", text) else None
